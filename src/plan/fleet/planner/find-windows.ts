import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import type { RolloutInput } from '../../../rollout/planner/input.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import { plannerWindows } from '../../../rollout/windows/planner-windows.ts'
import type { RolloutWindows } from '../../../rollout/windows/windows.ts'

const dayMs = 86_400_000
/** Windows are found for so long ahead. */
const horizonMs: number = 400 * dayMs
/** They are found again after a month, which begins at a fixed time: it does not matter since when they are asked for. */
const monthMs: number = 30 * dayMs

/** Windows as the planner of a rollout takes them. */
export interface FoundWindows {
  readonly intervals: Pick<RolloutInput, 'windows' | 'targetWindows' | 'freezes'>
  /** When they are to be found again. */
  readonly until: number
  readonly problems: readonly Problem[]
  /** Whether they depend on the labels of clusters. */
  readonly isByLabel: boolean
}

const none: FoundWindows = { intervals: {}, until: Number.POSITIVE_INFINITY, problems: [], isByLabel: false }

/** Those that depend on no labels, by what they were written as: many modules have the same, and all have those of the fleet. */
const remembered: WeakMap<RolloutWindows, RememberedWindows> = new WeakMap()

interface RememberedWindows {
  readonly from: number
  readonly found: FoundWindows
}

/** The windows of a period, as they were written. */
export function findWindows(windows: RolloutWindows | undefined, now: number, targets: readonly TargetView[]): FoundWindows {
  if (windows == null) return none
  const wrong = listProblems(windows)
  if (wrong.length > 0) return { ...none, problems: wrong }
  const known = remembered.get(windows)
  if (known !== undefined && known.from <= now && now < known.found.until) return known.found
  // Those that open so often that they are not all found for a month are found for a day.
  const { from, found } = findFor(monthMs, windows, now, targets) ?? (findFor(dayMs, windows, now, targets) as RememberedWindows)
  if (!found.isByLabel) remembered.set(windows, { from, found })
  return found
}

/** The windows of a module, and the freezes of the fleet. */
export function joinWindows(own: FoundWindows, common: FoundWindows): FoundWindows {
  const freezes = [...(own.intervals.freezes ?? []), ...(common.intervals.freezes ?? [])]
  return {
    intervals: { ...own.intervals, ...(freezes.length > 0 && { freezes }) },
    until: Math.min(own.until, common.until),
    problems: [
      ...own.problems.map((problem) => ({ ...problem, path: `windows.${problem.path}` })),
      ...common.problems.map((problem) => ({ ...problem, path: `policy.${problem.path}` })),
    ],
    isByLabel: own.isByLabel || common.isByLabel,
  }
}

/** The windows of a period that `now` is in; `undefined` when these are too many to be found. Those of a day never are: windows are a minute long, and apart from each other. */
function findFor(periodMs: number, windows: RolloutWindows, now: number, targets: readonly TargetView[]): RememberedWindows | undefined {
  const { allow, freezes } = windows
  const from = Math.floor(now / periodMs) * periodMs
  const found = plannerWindows({ allow: allow ?? undefined, freezes: freezes ?? [] }, { from, to: from + horizonMs, targets })
  if (found.until < from + periodMs) return undefined
  const isByLabel = [...(allow ?? []), ...(freezes ?? [])].some((window) => window?.timeZoneLabel !== undefined)
  const intervals = {
    ...(found.windows !== undefined && { windows: found.windows }),
    ...(found.targetWindows.length > 0 && { targetWindows: found.targetWindows }),
    ...(found.freezes.length > 0 && { freezes: found.freezes }),
  }
  const problems = found.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^windows\./, '') }))
  return { from, found: { intervals, until: from + periodMs, problems, isByLabel } }
}

function listProblems(windows: unknown): readonly Problem[] {
  if (!isMap(windows)) return [{ path: '', found: describeValue(windows), accepted: 'allow and freezes, each a list' }]
  return ['allow', 'freezes'].flatMap((list) =>
    windows[list] == null || Array.isArray(windows[list]) ? [] : [{ path: list, found: describeValue(windows[list]), accepted: 'a list' }],
  )
}
