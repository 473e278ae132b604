import { compareText } from '../../model/compare-text.ts'
import { headerLengthBytes, type PackedHeader } from './packed.ts'
import { clusterStates, type FleetTimeline, type TimelineChange, type TimelineCluster } from './timeline.ts'
import { VarintWriter } from './varints.ts'

/** A timeline as few bytes, in the form that {@link PackedHeader} describes. */
export function packTimeline({ title, clusters, changes, from, elapsed = false }: FleetTimeline): Uint8Array<ArrayBuffer> {
  const rows = [...clusters].sort((a, b) => compareText(a.id, b.id))
  const rowOf = new Map(rows.map(({ id }, row) => [id, row]))
  const moments = momentsOf(changes, from, rowOf)
  const details = new Details()
  const ids = frontCoded(rows.map(({ id }) => id))
  const groupings = groupingsOf(clusters, rows)
  const numbers = new VarintWriter()
  const detailOf = moments.map(({ byRow }) => byRow.map(([, change]) => details.number(change)))
  const lists: readonly (readonly number[])[] = [
    ids.shared,
    ...groupings.map(({ of }) => of),
    details.numbers,
    moments.map(({ at }, index) => at - (moments[index - 1]?.at ?? from)),
    moments.map(({ byRow }) => byRow.length),
    moments.flatMap(({ byRow }) => byRow.map(([row], index) => row - (byRow[index - 1]?.[0] ?? 0))),
    detailOf.flat(),
  ]
  for (const list of lists) for (const number of list) numbers.write(number)
  const header: PackedHeader = {
    title,
    from,
    elapsed,
    ids: ids.rest,
    groupings: groupings.map(({ name, values }) => ({ name, values })),
    revisions: details.revisions.texts,
    reasons: details.reasons.texts,
    details: details.numbers.length / 3,
    moments: moments.length,
    changes: moments.reduce((sum, { byRow }) => sum + byRow.length, 0),
  }
  return joined(new TextEncoder().encode(JSON.stringify(header)), numbers.bytes())
}

function joined(header: Uint8Array, numbers: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerLengthBytes + header.length + numbers.length)
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, headerLengthBytes)
  bytes.set(numbers, headerLengthBytes + header.length)
  return bytes
}

/** A time at which something changed, and the changes by their rows. */
interface Moment {
  readonly at: number
  readonly byRow: readonly (readonly [row: number, change: TimelineChange])[]
}

function momentsOf(changes: readonly TimelineChange[], from: number, rowOf: ReadonlyMap<string, number>): readonly Moment[] {
  const found = new Map<number, Map<number, TimelineChange>>([[from, new Map()]])
  // The sort is stable: of those of one time the last one stays the last.
  for (const change of [...changes].sort((a, b) => a.at - b.at)) {
    const at = Math.max(from, change.at)
    const known = found.get(at)
    const moment = known ?? new Map<number, TimelineChange>()
    if (known === undefined) found.set(at, moment)
    moment.set(rowOf.get(change.cluster) as number, change)
  }
  return [...found].map(([at, moment]) => ({ at, byRow: [...moment].sort(([a], [b]) => a - b) }))
}

/** Ids in their order: those of one stage mostly begin alike. */
function frontCoded(ids: readonly string[]): { readonly shared: readonly number[]; readonly rest: readonly string[] } {
  const shared = ids.map((id, index) => sharedLength(ids[index - 1] ?? '', id))
  return { shared, rest: ids.map((id, index) => id.slice(shared[index])) }
}

function sharedLength(before: string, id: string): number {
  let length = 0
  while (length < before.length && before.charCodeAt(length) === id.charCodeAt(length)) length++
  return length
}

/** Texts with a number each. */
class Texts {
  readonly texts: string[] = []
  readonly #numbers = new Map<string, number>()

  /** The number of a text, and one; 0 of none. */
  number(text: string | undefined): number {
    if (text === undefined) return 0
    const known = this.#numbers.get(text) ?? this.texts.push(text)
    this.#numbers.set(text, known)
    return known
  }
}

/** What changes say beside when and where. Many share one. */
class Details {
  readonly revisions = new Texts()
  readonly reasons = new Texts()
  /** Three for each detail. */
  readonly numbers: number[] = []
  readonly #known = new Map<string, number>()

  number({ state, revision, why }: TimelineChange): number {
    const detail = [clusterStates.indexOf(state), this.revisions.number(revision), this.reasons.number(why)]
    const key = detail.join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const number = this.#known.size
    this.#known.set(key, number)
    for (const each of detail) this.numbers.push(each)
    return number
  }
}

/** The stage and each label, with the values of the rows. Stages are in the order in which the clusters have them, values of labels in their own. */
function groupingsOf(clusters: readonly TimelineCluster[], rows: readonly TimelineCluster[]) {
  const labels = [...new Set(rows.flatMap(({ labels = {} }) => Object.keys(labels)))].sort(compareText)
  const stages = [...new Set(clusters.map(({ stage }) => stage))]
  const byLabel = labels.map((name) => {
    const values = rows.map(({ labels = {} }) => (Object.hasOwn(labels, name) ? labels[name] : undefined))
    return grouping(name, [...new Set(values.filter((value) => value !== undefined))].sort(compareText), values)
  })
  return [
    grouping(
      'stage',
      stages,
      rows.map(({ stage }) => stage),
    ),
    ...byLabel,
  ]
}

function grouping(name: string, values: readonly string[], ofRows: readonly (string | undefined)[]) {
  const numbers = new Map(values.map((value, index) => [value, index + 1]))
  return { name, values, of: ofRows.map((value) => (value === undefined ? 0 : (numbers.get(value) as number))) }
}
