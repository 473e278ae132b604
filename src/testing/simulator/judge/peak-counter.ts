import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'

/** The most there ever was of something at once, and when that was first. */
export interface FleetPeak {
  readonly total: number
  /** Milliseconds from the beginning. */
  readonly at: number
  /**
   * By the values of a label. Clusters without it are left out.
   *
   * @throws FleetkitError `model/invalid` when no cluster had the label.
   */
  by(label: string): Readonly<Record<string, number>>
}

interface Count {
  now: number
  most: number
}

type Labels = Readonly<Record<string, string>> | undefined

/** Counts what comes and goes, in all and for each value of each label. Of thousands of clusters it keeps numbers alone. */
export class PeakCounter implements FleetPeak {
  total = 0
  at = 0
  readonly #now: () => number
  readonly #members: Map<string, Labels> = new Map()
  readonly #counts: Map<string, Map<string, Count>> = new Map()

  constructor(now: () => number) {
    this.#now = now
  }

  /** A cluster has these labels: its values are there, though nothing was ever counted of them. */
  labels(labels: Labels): void {
    for (const [label, value] of Object.entries(labels ?? {})) this.#count(label, value)
  }

  set(key: string, isMember: boolean, labels: Labels): void {
    if (isMember === this.#members.has(key)) return
    const of = isMember ? labels : this.#members.get(key)
    if (isMember) this.#members.set(key, labels)
    else this.#members.delete(key)
    for (const [label, value] of Object.entries(of ?? {})) {
      const count = this.#count(label, value)
      count.now += isMember ? 1 : -1
      count.most = Math.max(count.most, count.now)
    }
    if (this.#members.size <= this.total) return
    this.total = this.#members.size
    this.at = this.#now()
  }

  /** All whose keys begin so are there no longer. */
  left(prefix: string): void {
    for (const key of this.#members.keys()) if (key.startsWith(prefix)) this.set(key, false, undefined)
  }

  /** It begins now. */
  reset(): void {
    this.total = this.#members.size
    this.at = 0
    for (const counts of this.#counts.values()) for (const count of counts.values()) count.most = count.now
  }

  by(label: string): Readonly<Record<string, number>> {
    const counts = this.#counts.get(label)
    if (counts === undefined)
      throw invalid(undefined, [{ path: 'by', found: describeValue(label), accepted: 'a label that some cluster has' }])
    return Object.fromEntries([...counts].map(([value, { most }]) => [value, most]))
  }

  #count(label: string, value: string): Count {
    const counts = this.#counts.get(label) ?? new Map<string, Count>()
    this.#counts.set(label, counts)
    const count = counts.get(value) ?? { now: 0, most: 0 }
    counts.set(value, count)
    return count
  }
}
