import { compareText } from '../../model/compare-text.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { labelOf, type TargetView } from '../target-view.ts'

/** A module on a cluster. */
export interface PeakMember {
  readonly module: string
  readonly cluster: string
}

/** When there was most of something: the first time, and who it was. */
export interface PeakMoment {
  readonly count: number
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly members: readonly PeakMember[]
}

/** What there was of it at a time, by module. */
interface Frame {
  readonly at: number
  readonly parts: readonly { readonly module: string; readonly clusters: readonly string[] }[]
}

/** The most there ever was of something at once: in all, and for each value of a label. */
export class Peak {
  readonly #frames: Frame[] = []
  readonly #labels: ReadonlyMap<string, TargetView['labels']>
  #highest: { readonly count: number; readonly frame: Frame } = { count: 0, frame: { at: 0, parts: [] } }

  constructor(clusters: readonly TargetView[]) {
    this.#labels = new Map(clusters.map(({ id, labels }) => [id, labels]))
  }

  /** @internal */
  note(at: number, parts: Frame['parts']): void {
    const frame = { at, parts }
    const count = parts.reduce((sum, { clusters }) => sum + clusters.length, 0)
    if (count > this.#highest.count) this.#highest = { count, frame }
    this.#frames.push(frame)
  }

  get total(): number {
    return this.#highest.count
  }

  /** When there was most of it. */
  get moment(): PeakMoment {
    const { count, frame } = this.#highest
    return { count, at: frame.at, members: membersOf(frame, () => true) }
  }

  /**
   * By the values of a label. Clusters without it are left out; values that never had any are 0.
   *
   * @throws FleetkitError `model/invalid` when no cluster has the label.
   */
  by(label: string): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.momentsBy(label)).map(([value, { count }]) => [value, count]))
  }

  /**
   * By the values of a label, when there was most of it.
   *
   * @throws FleetkitError `model/invalid` when no cluster has the label.
   */
  momentsBy(label: string): Readonly<Record<string, PeakMoment>> {
    const moments = this.moments((labels) => labelOf(labels, label))
    if (moments.size === 0)
      throw invalid(undefined, [{ path: 'by', found: describeValue(label), accepted: 'a label that some cluster has' }])
    return Object.fromEntries([...moments].sort(([a], [b]) => compareText(a, b)))
  }

  /** @internal */
  moments(partOf: (labels: Readonly<Record<string, string>>) => string | undefined): ReadonlyMap<string, PeakMoment> {
    const partOfCluster = new Map<string, string>()
    const highest = new Map<string, { readonly count: number; readonly frame: Frame }>()
    for (const [id, labels = {}] of this.#labels) {
      const value = partOf(labels)
      if (value === undefined) continue
      partOfCluster.set(id, value)
      highest.set(value, { count: 0, frame: { at: 0, parts: [] } })
    }
    for (const frame of this.#frames) {
      const counts = new Map<string, number>()
      for (const { clusters } of frame.parts) {
        for (const id of clusters) {
          const value = partOfCluster.get(id)
          if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
        }
      }
      for (const [value, count] of counts) if (count > (highest.get(value)?.count ?? 0)) highest.set(value, { count, frame })
    }
    const momentOf = ([value, { count, frame }]: readonly [string, { readonly count: number; readonly frame: Frame }]) =>
      [value, { count, at: frame.at, members: membersOf(frame, (id) => partOfCluster.get(id) === value) }] as const
    return new Map([...highest].map(momentOf))
  }

  /** What `JSON.stringify` writes. */
  toJSON(): { readonly total: number } {
    return { total: this.total }
  }
}

function membersOf({ parts }: Frame, isOne: (id: string) => boolean): readonly PeakMember[] {
  return parts.flatMap(({ module, clusters }) => clusters.filter(isOne).map((cluster) => ({ module, cluster })))
}
