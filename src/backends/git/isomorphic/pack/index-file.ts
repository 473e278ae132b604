import { createHash } from 'node:crypto'
import type { Turns } from '../../turns.ts'
import { MalformedPack } from './entry.ts'
import type { PackObjects } from './index-pack.ts'

const head = 8
const fanoutBytes = 256 * 4
/** Packs that are larger have offsets of another form. */
const mostOffset = 2 ** 31
const buckets = 2 ** 16

/** The index of a pack as git writes it, version 2. Source of the format: git's `gitformat-pack`. */
export async function encodeIndex(objects: PackObjects, packChecksum: Uint8Array, turns: Turns): Promise<Buffer> {
  const { count, oids, offsets, checksums } = objects
  const order = await sortedIndexes(objects, turns)
  const index = Buffer.alloc(head + fanoutBytes + count * 28 + 40)
  index.writeUInt32BE(0xff744f63, 0)
  index.writeUInt32BE(2, 4)
  const at = { oids: head + fanoutBytes, checksums: head + fanoutBytes + count * 20, offsets: head + fanoutBytes + count * 24 }
  const fanout = new Uint32Array(256)
  for (const [row, entry] of order.entries()) {
    if (turns.over) await turns.next()
    const first = oids[entry * 20] as number
    fanout[first] = (fanout[first] as number) + 1
    oids.copy(index, at.oids + row * 20, entry * 20, entry * 20 + 20)
    index.writeUInt32BE(checksums[entry] as number, at.checksums + row * 4)
    if ((offsets[entry] as number) >= mostOffset) throw new MalformedPack('the pack is too large for its index')
    index.writeUInt32BE(offsets[entry] as number, at.offsets + row * 4)
  }
  let sum = 0
  for (const [first, number] of fanout.entries()) {
    sum += number
    index.writeUInt32BE(sum, head + first * 4)
  }
  index.set(packChecksum, index.length - 40)
  createHash('sha1')
    .update(index.subarray(0, -20))
    .digest()
    .copy(index, index.length - 20)
  return index
}

/** The indexes of the objects in the order of their ids: by their first two bytes, then by the rest among the few that share those. */
async function sortedIndexes({ count, oids }: PackObjects, turns: Turns): Promise<Uint32Array> {
  const bucketOf = (index: number): number => oids.readUInt16BE(index * 20)
  const ends = new Uint32Array(buckets + 1)
  for (let index = 0; index < count; index++) ends[bucketOf(index) + 1] = (ends[bucketOf(index) + 1] as number) + 1
  for (let bucket = 0; bucket < buckets; bucket++) ends[bucket + 1] = (ends[bucket + 1] as number) + (ends[bucket] as number)
  const order = new Uint32Array(count)
  const next = ends.slice()
  for (let index = 0; index < count; index++) {
    if (turns.over) await turns.next()
    const bucket = bucketOf(index)
    order[next[bucket] as number] = index
    next[bucket] = (next[bucket] as number) + 1
  }
  const compare = (a: number, b: number): number => oids.compare(oids, b * 20, b * 20 + 20, a * 20, a * 20 + 20) || a - b
  for (let bucket = 0; bucket < buckets; bucket++) {
    if (turns.over) await turns.next()
    const [start, end] = [ends[bucket] as number, ends[bucket + 1] as number]
    if (end - start > 1) order.subarray(start, end).sort(compare)
  }
  return order
}

/** An index that git or {@link encodeIndex} wrote. */
export class PackIndex {
  readonly #bytes: Buffer
  readonly #count: number
  #sorted: Float64Array | undefined

  constructor(bytes: Buffer) {
    if (bytes.length < head + fanoutBytes + 40 || bytes.readUInt32BE(0) !== 0xff744f63 || bytes.readUInt32BE(4) !== 2)
      throw new MalformedPack('this is no index of a pack')
    this.#bytes = bytes
    this.#count = bytes.readUInt32BE(head + 255 * 4)
    if (bytes.length < head + fanoutBytes + this.#count * 28 + 40) throw new MalformedPack('the index of a pack breaks off')
  }

  /** Where an object is in the pack. */
  find(oid: string): number | undefined {
    const wanted = Buffer.from(oid, 'hex')
    const first = wanted[0] as number
    let low = first === 0 ? 0 : this.#bytes.readUInt32BE(head + (first - 1) * 4)
    let high = this.#bytes.readUInt32BE(head + first * 4)
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = head + fanoutBytes + middle * 20
      const order = wanted.compare(this.#bytes, at, at + 20)
      if (order === 0) return this.#offset(middle)
      if (order < 0) high = middle
      else low = middle + 1
    }
    return undefined
  }

  /** Where the entry ends that begins at `offset`: where the next begins, or the entries end. */
  endOf(offset: number, entriesEnd: number): number {
    this.#sorted ??= this.#sortedOffsets()
    let [low, high] = [0, this.#count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] as number) <= offset) low = middle + 1
      else high = middle
    }
    return this.#sorted[low] ?? entriesEnd
  }

  #sortedOffsets(): Float64Array {
    const offsets = new Float64Array(this.#count)
    for (let row = 0; row < offsets.length; row++) offsets[row] = this.#offset(row)
    return offsets.sort()
  }

  #offset(row: number): number {
    const offset = this.#bytes.readUInt32BE(head + fanoutBytes + this.#count * 24 + row * 4)
    if (offset < mostOffset) return offset
    return Number(this.#bytes.readBigUInt64BE(head + fanoutBytes + this.#count * 28 + (offset - mostOffset) * 8))
  }
}
