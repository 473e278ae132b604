import { compareText } from '../../../model/compare-text.ts'
import type { Freeze, Interval } from '../../strategy/interval.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import type { RolloutInput } from '../input.ts'
import type { Wake } from '../wake.ts'
import { type CompiledWindows, compileScope, compileWindows, type Labels, labelsKey, labelsOf, windowsFor } from './scope.ts'

/** A time in which a target is not started: outside of all its windows, or in a freeze. `until` is infinite when it never ends. */
interface Blackout {
  readonly hold: Hold
  readonly until: number
}

/** The blackouts of one moment. An emergency has none. */
export class Blackouts {
  readonly #input: RolloutInput
  readonly #wake: Wake
  readonly #freeze: Blackout | undefined
  /** The windows of all targets; where some have windows of their own, by the values of the labels that decide it. */
  readonly #windows: Blackout | undefined
  readonly #byLabels: Map<string, Blackout | undefined> = new Map()
  readonly #targetWindows: readonly CompiledWindows[]
  readonly #labels: readonly string[]
  readonly #partial: readonly { readonly hold: Hold; readonly holds: (labels: Labels) => boolean }[]

  constructor(input: RolloutInput, wake: Wake) {
    const { now, windows, targetWindows = [], freezes = [] } = input
    this.#input = input
    this.#wake = wake
    this.#targetWindows = compileWindows(targetWindows)
    this.#labels = labelsOf(targetWindows)
    const active = input.emergency === undefined ? activeFreezes(freezes, now) : []
    const isWhole = ({ selector, zone }: Freeze): boolean => selector === undefined && zone === undefined
    const whole = active.find(isWhole)
    this.#freeze = whole && freezeBlackout(whole)
    this.#windows = windowBlackout(windows, now)
    this.#partial = active.flatMap((freeze) =>
      isWhole(freeze) ? [] : [{ hold: freezeBlackout(freeze).hold, holds: compileScope(freeze) }],
    )
  }

  /**
   * What holds a target of a stage, by its labels: a freeze of everything, then its windows and those of the stage, of which the one that
   * opens later is named, then the longest freeze of it and others.
   */
  of(stageWindows: readonly Interval[] | undefined): (labels: Labels | undefined) => Hold | undefined {
    if (this.#input.emergency !== undefined) return () => undefined
    const stage = windowBlackout(stageWindows, this.#input.now)
    return (labels = {}) =>
      (this.#freeze ?? later(this.#windowsOf(labels), stage))?.hold ?? this.#partial.find(({ holds }) => holds(labels))?.hold
  }

  /** Whether nothing holds any target of a stage. */
  isClear(stageWindows: readonly Interval[] | undefined): boolean {
    if (this.#input.emergency !== undefined) return true
    const isShut = this.#freeze !== undefined || this.#windows !== undefined || this.#partial.length > 0 || this.#targetWindows.length > 0
    return !isShut && windowBlackout(stageWindows, this.#input.now) === undefined
  }

  #windowsOf(labels: Labels): Blackout | undefined {
    if (this.#targetWindows.length === 0) return this.#windows
    const key = labelsKey(labels, this.#labels)
    const known = this.#byLabels.get(key)
    if (known !== undefined || this.#byLabels.has(key)) return known
    const blackout = this.#targetBlackout(labels)
    this.#byLabels.set(key, blackout)
    return blackout
  }

  #targetBlackout(labels: Labels): Blackout | undefined {
    const { now, windows } = this.#input
    const own = windowsFor(this.#targetWindows, windows, labels)
    if (own === undefined || own.intervals === windows) return this.#windows
    // Someone goes by these windows: when one of them opens or closes, that changes.
    for (const { from, to } of own.intervals) {
      this.#wake.add(from)
      this.#wake.add(to)
    }
    return windowBlackout(own.intervals, now, own.notes.toSorted(compareText)[0])
  }
}

function activeFreezes(freezes: readonly Freeze[], now: number): readonly Freeze[] {
  const order = (a: Freeze, b: Freeze): number => b.to - a.to || compareText(a.name, b.name) || compareText(a.note ?? '', b.note ?? '')
  return freezes.filter(({ from, to }) => from <= now && now < to).sort(order)
}

function freezeBlackout({ name, to, note }: Freeze): Blackout {
  return { hold: hold('frozen', `frozen by ${name} until ${timeText(to)}${after(note)}`, [`freeze:${name}`], to), until: to }
}

function windowBlackout(windows: readonly Interval[] | undefined, now: number, note?: string): Blackout | undefined {
  if (windows === undefined || windows.some(({ from, to }) => from <= now && now < to)) return undefined
  const coming = windows.filter(({ from, to }) => from > now && from < to)
  const until = coming.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY)
  const next = Number.isFinite(until) ? `the next opens at ${timeText(until)}` : 'none opens any more'
  return { hold: hold('window', `outside of all windows${after(note)}; ${next}`, ['windows'], until), until }
}

function after(note: string | undefined): string {
  return note === undefined ? '' : `: ${note}`
}

function later(a: Blackout | undefined, b: Blackout | undefined): Blackout | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.until >= b.until ? a : b
}
