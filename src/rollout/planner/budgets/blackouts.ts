import { compareText } from '../../../model/compare-text.ts'
import { getOrMake } from '../../get-or-make.ts'
import type { Freeze, Interval } from '../../strategy/interval.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import type { Block } from '../snapshot/block.ts'
import type { Tick } from '../tick.ts'
import { type LabelClasses, labelClasses } from './label-classes.ts'
import { type CompiledWindows, compileScope, compileWindows, type Labels, labelsOf, windowsFor } from './scope.ts'

/** A time in which a target is not started: outside of all its windows, or in a freeze. `until` is infinite when it never ends. */
interface Blackout {
  readonly hold: Hold
  readonly until: number
}

/** What holds the targets of a stage at one moment. */
export interface StageBlackout {
  /**
   * What holds a target: a freeze of everything, then its windows and those of the stage, of which the one that opens later is named, then
   * the longest freeze of it and others.
   */
  readonly holdOf: (index: number) => Hold | undefined
  /** Whether it holds all targets of a block that could be started. */
  readonly holdsAll: (block: Block) => boolean
}

/** The blackouts of one moment. An emergency has none. */
export class Blackouts {
  readonly #tick: Tick
  readonly #freeze: Blackout | undefined
  /** The windows of all targets. */
  readonly #windows: Blackout | undefined
  readonly #targetWindows: readonly CompiledWindows[]
  readonly #partial: readonly { readonly hold: Hold; readonly holds: (labels: Labels) => boolean }[]
  readonly #classes: LabelClasses | undefined
  /** The windows of the targets of a class. */
  readonly #byClass: Map<number, Blackout | null> = new Map()

  constructor(tick: Tick) {
    const { now, windows, targetWindows = [], freezes = [] } = tick.input
    this.#tick = tick
    const active = activeFreezes(freezes, now)
    const isWhole = ({ selector, zone }: Freeze): boolean => selector === undefined && zone === undefined
    const whole = active.find(isWhole)
    const partial = active.filter((freeze) => !isWhole(freeze))
    this.#freeze = whole && freezeBlackout(whole)
    this.#windows = windowBlackout(windows, now)
    this.#targetWindows = compileWindows(targetWindows)
    this.#partial = partial.map((freeze) => ({ hold: freezeBlackout(freeze).hold, holds: compileScope(freeze) }))
    const scopes = [...targetWindows, ...partial]
    this.#classes = scopes.length === 0 ? undefined : labelClasses(tick.staged, labelsOf(scopes))
  }

  /** What holds the targets of a stage, by its own windows and all others. */
  of(stageWindows: readonly Interval[] | undefined): StageBlackout {
    const { now, emergency } = this.#tick.input
    if (emergency !== undefined) return blackoutOfAll(undefined)
    const stage = windowBlackout(stageWindows, now)
    const classes = this.#classes
    if (classes === undefined) return blackoutOfAll((this.#freeze ?? later(this.#windows, stage))?.hold)
    const known = new Map<number, Hold | null>()
    const ofClass = (number: number): Hold | null =>
      getOrMake(known, number, () => {
        const labels = classes.labels[number] as Labels
        const blackout = this.#freeze ?? later(this.#windowsOf(number, labels), stage)
        return blackout?.hold ?? this.#partial.find(({ holds }) => holds(labels))?.hold ?? null
      })
    return {
      holdOf: (index) => ofClass(classes.of(index)) ?? undefined,
      // All are asked: each may change at another time.
      holdsAll: (block) => Array.from(classes.startableIn(block), ofClass).every((held) => held !== null),
    }
  }

  /** Whether it is for some targets alone, by their labels. */
  get isByLabel(): boolean {
    return this.#classes !== undefined
  }

  #windowsOf(number: number, labels: Labels): Blackout | undefined {
    return getOrMake(this.#byClass, number, () => this.#targetBlackout(labels) ?? null) ?? undefined
  }

  #targetBlackout(labels: Labels): Blackout | undefined {
    const { now, windows } = this.#tick.input
    const own = windowsFor(this.#targetWindows, windows, labels)
    if (own === undefined) return this.#windows
    // Someone goes by these windows: when one of them opens or closes, that changes.
    for (const { from, to } of own.intervals) {
      this.#tick.wake.add(from)
      this.#tick.wake.add(to)
    }
    return windowBlackout(own.intervals, now, own.notes.toSorted(compareText)[0])
  }
}

function blackoutOfAll(hold: Hold | undefined): StageBlackout {
  return { holdOf: () => hold, holdsAll: () => hold !== undefined }
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
  // None is open: those that have not ended are to come.
  const coming = windows.filter(({ from, to }) => from < to && now < to)
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
