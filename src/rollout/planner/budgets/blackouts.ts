import { compileSelector } from '../../../model/compile-selector.ts'
import type { Freeze, Interval } from '../../strategy/interval.ts'

type Labels = Readonly<Record<string, string>>

/** What keeps starts back at some time: `until` says when that may be over, absent when it never is. */
export interface Closure {
  readonly reason: 'window' | 'frozen'
  readonly by: readonly string[]
  readonly until: number | undefined
}

/** What keeps starts back when `now` is outside all of `windows`. Without windows nothing does. */
export function outside(windows: readonly Interval[] | undefined, now: number): Closure | undefined {
  if (windows === undefined || windows.some(({ from, to }) => from <= now && now < to)) return undefined
  const later = windows.filter(({ from, to }) => from > now && from < to).map(({ from }) => from)
  return { reason: 'window', by: ['windows'], until: later.length === 0 ? undefined : Math.min(...later) }
}

/** The freezes of a moment: what holds everything, and what holds only some targets. */
export class Freezes {
  readonly whole: Closure | undefined
  readonly #partial: readonly { readonly closure: Closure; readonly holds: (labels: Labels) => boolean }[]

  constructor(freezes: readonly Freeze[], now: number) {
    const active = freezes.filter(({ from, to }) => from <= now && now < to).sort((a, b) => b.to - a.to || (a.name < b.name ? -1 : 1))
    const close = ({ name, to }: Freeze): Closure => ({ reason: 'frozen', by: [`freeze:${name}`], until: to })
    const whole = active.find(({ selector }) => selector === undefined)
    this.whole = whole === undefined ? undefined : close(whole)
    this.#partial = active.flatMap((freeze) =>
      freeze.selector === undefined ? [] : [{ closure: close(freeze), holds: compileSelector(freeze.selector) }],
    )
  }

  /** What freezes a target with `labels`: the longest-lasting. */
  of(labels: Labels | undefined): Closure | undefined {
    return this.#partial.length === 0 ? undefined : this.#partial.find(({ holds }) => holds(labels ?? {}))?.closure
  }
}
