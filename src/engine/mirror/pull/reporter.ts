import type { ClusterIdentity } from '../../../model/kinds/cluster/types.generated.ts'

/** How long another one may be silent before this one takes its place. */
const silentAfterMs = 180_000

/**
 * One of those who may report for a cluster: after a restart it is another one, and of a copy of the cluster too. Who began last has it, and the one before notices that with its
 * next report, and leaves it alone for as long as the other goes on.
 */
export class Reporter {
  readonly #id: string = crypto.randomUUID()
  #hasReported = false
  #other: { readonly counter: number | undefined; readonly at: number } | undefined

  /**
   * What the next report is signed with; `undefined` while another one reports.
   *
   * @param now - on a monotonic clock
   */
  sign({ reporter, counter }: Partial<ClusterIdentity>, now: number): string | undefined {
    if (!this.#hasReported || reporter === undefined || reporter === this.#id) {
      this.#other = undefined
      return this.#id
    }
    if (this.#other === undefined || this.#other.counter !== counter) this.#other = { counter, at: now }
    return now - this.#other.at > silentAfterMs ? this.#id : undefined
  }

  /** It has reported: from now on another signature is that of someone who began later. */
  reported(): void {
    this.#hasReported = true
  }
}
