import type { Problem } from '../../model/errors/problem.ts'
import type { AllowWindow, FreezeWindow } from '../../model/windows/windows.ts'
import type { RolloutInput } from '../planner/input.ts'
import type { Freeze, Interval } from '../strategy/interval.ts'
import type { TargetView } from '../target-view.ts'
import { plannerWindows } from '../windows/planner-windows.ts'
import { validateWindows } from '../windows/validate-windows.ts'
import type { RolloutWindows } from '../windows/windows.ts'
import type { ForecastInput } from './input.ts'

const dayMs = 86_400_000
/** How far windows are looked up at a time, and how far at all. */
const stretch = 367 * dayMs
const longest = 3660 * dayMs

type Times = Pick<RolloutInput, 'windows' | 'targetWindows' | 'freezes'>

/** The windows and freezes of a forecast as the planner takes them. Those that people wrote are looked up as time passes. */
export class Timing {
  readonly #given: Pick<ForecastInput, 'windows' | 'freezes'>
  readonly #written: { readonly allow: readonly AllowWindow[]; readonly freezes: readonly FreezeWindow[] }
  readonly #targets: readonly TargetView[]
  readonly #end: number
  #times: Times | undefined
  /** When they are looked up again; infinite when there is nothing more to be found. */
  until: number = Number.POSITIVE_INFINITY

  constructor({ windows, freezes }: ForecastInput, targets: readonly TargetView[], start: number) {
    this.#given = { windows, freezes }
    this.#written = { allow: windows?.filter(isWritten) ?? [], freezes: freezes?.filter(isWritten<FreezeWindow>) ?? [] }
    this.#targets = targets
    this.#end = start + longest
  }

  /** Windows and freezes as people write them, where all are written so: only the whole says who can start. */
  get lintable(): RolloutWindows | undefined {
    const { windows = [], freezes = [] } = this.#given
    return [...windows, ...freezes].every(isWritten) ? this.#written : undefined
  }

  /** What the planner is given at an instant. */
  at(now: number): Times {
    if (this.#times === undefined || now >= this.until) this.#times = this.#lookUp(now)
    return this.#times
  }

  #lookUp(now: number): Times {
    const { windows, freezes } = this.#given
    const intervals = windows?.filter((window): window is Interval => !isWritten(window)) ?? []
    const given = freezes?.filter((freeze): freeze is Freeze => !isWritten(freeze)) ?? []
    if (this.#written.allow.length + this.#written.freezes.length === 0) return this.#given as Times
    const found = plannerWindows(this.#written, { from: now, to: now + stretch, targets: this.#targets })
    this.until = found.until < this.#end ? found.until : Number.POSITIVE_INFINITY
    // Windows with a selector alone leave all others open at any time; an empty list does not.
    const isOpen = found.windows === undefined && intervals.length === 0 && windows?.length !== 0
    return {
      windows: isOpen ? undefined : [...intervals, ...(found.windows ?? [])],
      targetWindows: found.targetWindows,
      freezes: [...given, ...found.freezes],
    }
  }
}

/** What is wrong with windows and freezes as people write them. */
export function timingProblems({ windows = [], freezes = [] }: ForecastInput): readonly Problem[] {
  const problemsOf = (field: 'windows' | 'freezes', one: AllowWindow | FreezeWindow, index: number): readonly Problem[] =>
    validateWindows(field === 'windows' ? { allow: [one] } : { freezes: [one as FreezeWindow] }, '').map((problem) => ({
      ...problem,
      path: problem.path.replace(/^\.\w+\[0\]/, `${field}[${index}]`),
    }))
  return [
    ...windows.flatMap((window, index) => (isWritten(window) ? problemsOf('windows', window, index) : [])),
    ...freezes.flatMap((freeze, index) => (isWritten(freeze) ? problemsOf('freezes', freeze, index) : [])),
  ]
}

/** Intervals say when they begin in milliseconds. */
function isWritten<Written extends AllowWindow | FreezeWindow>(window: Interval | Written): window is Written {
  return typeof window.from !== 'number'
}
