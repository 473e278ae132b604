import { headerLengthBytes, type PackedHeader } from '../packed.ts'
import { VarintReader } from '../varints.ts'

/** What clusters can be grouped by. */
export interface Grouping {
  readonly name: string
  readonly values: readonly string[]
  /** By row: the value, and one; 0 for none. */
  readonly of: Uint32Array
}

/** A timeline in columns. Clusters are rows, and what is said of a change is its detail. */
export interface Columns {
  readonly title: string
  readonly from: number
  readonly elapsed: boolean
  readonly ids: readonly string[]
  readonly groupings: readonly Grouping[]
  readonly revisions: readonly string[]
  readonly reasons: readonly string[]
  /** By detail: the state; the revision and the reason, each and one, 0 for none. */
  readonly states: Uint8Array
  readonly revisionOf: Uint32Array
  readonly reasonOf: Uint32Array
  /** By moment: when it is; its first change, and one more at the end. */
  readonly times: Float64Array
  readonly firstChange: Uint32Array
  /** By change: its row, its detail, its moment, and the change of the row before, or -1. */
  readonly rowOf: Uint32Array
  readonly detailOf: Uint32Array
  readonly momentOf: Uint32Array
  readonly previous: Int32Array
  /** By row: its last change, or -1. */
  readonly last: Int32Array
}

/** Reads what `packTimeline` wrote. */
export function unpack(bytes: Uint8Array): Columns {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const end = headerLengthBytes + length
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(headerLengthBytes, end))) as PackedHeader
  const reader = new VarintReader(bytes, end)
  const ids = idsOf(header.ids, reader.list(header.ids.length))
  const groupings = header.groupings.map(({ name, values }) => ({ name, values, of: reader.list(ids.length) }))
  const details = reader.list(3 * header.details)
  const column = (at: number): Uint32Array =>
    Uint32Array.from({ length: header.details }, (_, detail) => details[3 * detail + at] as number)
  const times = new Float64Array(header.moments)
  for (let moment = 0; moment < times.length; moment++) times[moment] = (times[moment - 1] ?? header.from) + reader.read()
  const firstChange = new Uint32Array(header.moments + 1)
  for (let moment = 0; moment < times.length; moment++) firstChange[moment + 1] = (firstChange[moment] as number) + reader.read()
  const { title, from, elapsed, revisions, reasons } = header
  const [states, revisionOf, reasonOf] = [Uint8Array.from(column(0)), column(1), column(2)]
  const changes = changesOf(reader, header.changes, firstChange, ids.length)
  return { title, from, elapsed, ids, groupings, revisions, reasons, states, revisionOf, reasonOf, times, firstChange, ...changes }
}

function idsOf(rest: readonly string[], shared: Uint32Array): readonly string[] {
  let before = ''
  return rest.map((end, row) => {
    before = before.slice(0, shared[row]) + end
    return before
  })
}

function changesOf(reader: VarintReader, count: number, firstChange: Uint32Array, rows: number) {
  const [rowOf, momentOf] = [new Uint32Array(count), new Uint32Array(count)]
  for (let moment = 0; moment + 1 < firstChange.length; moment++) {
    let row = 0
    for (let change = firstChange[moment] as number; change < (firstChange[moment + 1] as number); change++) {
      row += reader.read()
      rowOf[change] = row
      momentOf[change] = moment
    }
  }
  const detailOf = reader.list(count)
  const [previous, last] = [new Int32Array(count), new Int32Array(rows).fill(-1)]
  for (const [change, row] of rowOf.entries()) {
    previous[change] = last[row] as number
    last[row] = change
  }
  return { rowOf, momentOf, detailOf, previous, last }
}
