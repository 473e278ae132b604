import { matchesSelector } from '../../model/selector.ts'
import type { TargetView } from '../target-view.ts'
import { type Assumptions, type Outage, toMs } from './assumptions.ts'

/** That a cluster becomes unreachable, or can be reached again. */
export interface ReachChange {
  readonly at: number
  readonly cluster: string
  readonly ok: boolean
}

/** What outages come to, the next one first. */
export function reachChangesOf(outages: readonly Outage[] | undefined, start: number): ReachChange[] {
  const changes = (outages ?? []).flatMap(({ cluster, from, to }) => {
    const outage = { at: start + toMs(from, 'outages'), cluster, ok: false }
    return to === undefined ? [outage] : [outage, { at: start + toMs(to, 'outages'), cluster, ok: true }]
  })
  return changes.sort((a, b) => a.at - b.at)
}

/** What comes of what clusters are assigned, one after the other. */
export class Outcomes {
  /** How many times each has failed. */
  readonly #failures: Map<string, number> = new Map()

  /**
   * What a cluster reports, and after which time.
   *
   * @param mayFail - whether it is the version that fails where one does
   * @param of - whose failures count, where that is not the cluster alone
   */
  next(
    { id, labels }: Pick<TargetView, 'id' | 'labels'>,
    mayFail: boolean,
    assume: Assumptions,
    of: string = id,
  ): { readonly phase: 'ready' | 'failed'; readonly takes: number } {
    const { readyAfter = '1m', failsAfter } = assume
    const fails = mayFail && this.#fails(id, labels, assume, of)
    const ready = typeof readyAfter === 'function' ? readyAfter(id) : readyAfter
    const takes = fails && failsAfter !== undefined ? toMs(failsAfter, 'failsAfter') : toMs(ready, 'readyAfter')
    return { phase: fails ? 'failed' : 'ready', takes }
  }

  #fails(id: string, labels: TargetView['labels'], { failing, failsTimes = Number.POSITIVE_INFINITY }: Assumptions, of: string): boolean {
    const isFailing = Array.isArray(failing)
      ? failing.includes(id)
      : matchesSelector(failing as Exclude<typeof failing, readonly string[]>, labels)
    const times = this.#failures.get(of) ?? 0
    if (!isFailing || times >= failsTimes) return false
    this.#failures.set(of, times + 1)
    return true
  }
}
