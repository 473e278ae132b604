import { compileSelector } from '../../../model/compile-selector.ts'
import type { Freeze, Interval } from '../../strategy/interval.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import type { RolloutInput } from '../input.ts'

type Labels = Readonly<Record<string, string>>

/** A time in which nothing starts: outside of all windows, or in a freeze. `until` is infinite when it never ends. */
interface Blackout {
  readonly hold: Hold
  readonly until: number
}

/** The blackouts of one moment. An emergency has none. */
export class Blackouts {
  readonly #now: number
  readonly #emergency: boolean
  readonly #windows: Blackout | undefined
  readonly #freeze: Blackout | undefined
  readonly #partial: readonly { readonly hold: Hold; readonly holds: (labels: Labels) => boolean }[]

  constructor({ now, windows, freezes = [], emergency }: RolloutInput) {
    this.#now = now
    this.#emergency = emergency !== undefined
    const active = this.#emergency ? [] : activeFreezes(freezes, now)
    const whole = active.find(({ selector }) => selector === undefined)
    this.#freeze = whole && freezeBlackout(whole)
    this.#windows = windowBlackout(windows, now)
    this.#partial = active.flatMap((freeze) =>
      freeze.selector === undefined ? [] : [{ hold: freezeBlackout(freeze).hold, holds: compileSelector(freeze.selector) }],
    )
  }

  /** What holds every target under windows of a stage, beside those of the rollout. A freeze is stronger; of two the longer is named. */
  of(stageWindows: readonly Interval[] | undefined): Hold | undefined {
    if (this.#emergency) return undefined
    return (this.#freeze ?? later(this.#windows, windowBlackout(stageWindows, this.#now)))?.hold
  }

  /** The longest freeze that holds a target with `labels`, but not every target. */
  freezeOf(labels: Labels = {}): Hold | undefined {
    return this.#partial.length === 0 ? undefined : this.#partial.find(({ holds }) => holds(labels))?.hold
  }
}

function activeFreezes(freezes: readonly Freeze[], now: number): readonly Freeze[] {
  return freezes.filter(({ from, to }) => from <= now && now < to).sort((a, b) => b.to - a.to || (a.name < b.name ? -1 : 1))
}

function freezeBlackout({ name, to }: Freeze): Blackout {
  return { hold: hold('frozen', `frozen by ${name} until ${timeText(to)}`, [`freeze:${name}`], to), until: to }
}

function windowBlackout(windows: readonly Interval[] | undefined, now: number): Blackout | undefined {
  if (windows === undefined || windows.some(({ from, to }) => from <= now && now < to)) return undefined
  const coming = windows.filter(({ from, to }) => from > now && from < to)
  const until = coming.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY)
  const next = Number.isFinite(until) ? `the next opens at ${timeText(until)}` : 'none opens any more'
  return { hold: hold('window', `outside of all windows; ${next}`, ['windows'], until), until }
}

function later(a: Blackout | undefined, b: Blackout | undefined): Blackout | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.until >= b.until ? a : b
}
