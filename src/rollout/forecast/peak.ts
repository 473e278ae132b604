import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { TargetView } from '../target-view.ts'

/** The most there ever was of something at once: in all, and for each value of a label. */
export class Peak {
  #total: number = 0
  readonly #frames: (readonly string[])[] = []
  readonly #labels: ReadonlyMap<string, TargetView['labels']>

  constructor(clusters: readonly TargetView[]) {
    this.#labels = new Map(clusters.map(({ id, labels }) => [id, labels]))
  }

  /** @internal */
  note(ids: Iterable<string>): void {
    const frame = [...ids]
    this.#total = Math.max(this.#total, frame.length)
    this.#frames.push(frame)
  }

  get total(): number {
    return this.#total
  }

  /**
   * By the values of a label. Clusters without it are left out; values that never had any are 0.
   *
   * @throws FleetkitError `model/invalid` when no cluster has the label.
   */
  by(label: string): Readonly<Record<string, number>> {
    const peaks = new Map<string, number>()
    const partOf = (id: string): string | undefined => {
      const labels = this.#labels.get(id) ?? {}
      return Object.hasOwn(labels, label) ? labels[label] : undefined
    }
    for (const id of this.#labels.keys()) {
      const value = partOf(id)
      if (value !== undefined) peaks.set(value, 0)
    }
    if (peaks.size === 0) throw invalid(undefined, [{ path: 'by', found: describeValue(label), accepted: 'a label that some cluster has' }])
    for (const frame of this.#frames) {
      const counts = new Map<string, number>()
      for (const id of frame) {
        const value = partOf(id)
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      for (const [value, count] of counts) peaks.set(value, Math.max(peaks.get(value) as number, count))
    }
    return Object.fromEntries([...peaks].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** What `JSON.stringify` writes. */
  toJSON(): { readonly total: number } {
    return { total: this.#total }
  }
}
