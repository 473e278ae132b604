import { crc32 } from 'node:zlib'
import { type GitLimits, LimitExceeded, type ObjectType, objectBytes } from '../../transport.ts'
import type { Turns } from '../../turns.ts'
import { applyDelta, deltaSizes } from './delta.ts'
import { MalformedPack, readHeader, unpack } from './entry.ts'
import { objectId } from './object-id.ts'

/** Objects of one pack; an index of so many takes 80 MB while it is made. */
const mostObjects = 1_000_000
/** Bytes of bases that are held while what is made of them is. */
const mostHeld = 256 * 2 ** 20

/** The objects of a pack, in the order of the pack, in columns. */
export interface PackObjects {
  readonly count: number
  /** 20 bytes each. */
  readonly oids: Buffer
  readonly offsets: Float64Array
  /** Checksums of the entries as they are packed. */
  readonly checksums: Uint32Array
}

/**
 * Finds every object of a pack, and its id. A few kilobytes can say gigabytes: how large an object is, and how large all are
 * together, is judged by what the pack says of them before anything is made of it.
 *
 * @throws MalformedPack
 * @throws LimitExceeded
 */
export async function indexPack(pack: Buffer, limits: GitLimits, turns: Turns): Promise<PackObjects> {
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw new MalformedPack('this is no pack')
  const count = pack.readUInt32BE(8)
  // The shortest entry: a byte, and eight of an empty content.
  if (count * 9 > pack.length) throw new MalformedPack('there are fewer entries than the pack says')
  if (count > mostObjects) throw new LimitExceeded(`the pack has ${count} objects, more than ${mostObjects}`)
  const indexer = new PackIndexer(pack, count, limits, turns)
  await indexer.scan()
  await indexer.resolveDeltas()
  return indexer
}

/** An object that others are made of, and those others by their indexes. */
interface Base {
  readonly type: ObjectType
  readonly content: Buffer
  readonly depth: number
  readonly deltas: number[]
}

class PackIndexer implements PackObjects {
  readonly count: number
  readonly oids: Buffer
  readonly offsets: Float64Array
  readonly checksums: Uint32Array
  readonly #pack: Buffer
  readonly #limits: GitLimits
  readonly #turns: Turns
  /** By index of the base: the indexes of its deltas. */
  readonly #deltasAt = new Map<number, number[]>()
  /** The same, where the pack names the base by its id. */
  readonly #deltasOf = new Map<string, number[]>()
  /** By index: how many objects there are that are made of this one, directly or not. */
  readonly #weights: Uint32Array
  #named = 0

  constructor(pack: Buffer, count: number, limits: GitLimits, turns: Turns) {
    this.count = count
    this.oids = Buffer.alloc(count * 20)
    this.offsets = new Float64Array(count)
    this.checksums = new Uint32Array(count)
    this.#weights = new Uint32Array(count)
    this.#pack = pack
    this.#limits = limits
    this.#turns = turns
  }

  /** From the first entry to the last: names those that are whole, and finds what the others are made of. */
  async scan(): Promise<void> {
    const end = this.#pack.length - 20
    const most = objectBytes(this.#limits)
    let at = 12
    let total = 0
    for (let index = 0; index < this.count; index++) {
      if (this.#turns.over) await this.#turns.next()
      const { type, size, base, dataAt } = readHeader(this.#pack, at, at)
      if (size > most) throw tooLarge(size, most)
      const { content, packed } = await unpack(this.#pack.subarray(dataAt, end), size)
      this.offsets[index] = at
      this.checksums[index] = crc32(this.#pack.subarray(at, dataAt + packed))
      if (type !== undefined) await this.#name(index, type, content)
      else this.#note(index, base as number | string)
      const made = type === undefined ? deltaSizes(content).target : 0
      if (made > most) throw tooLarge(made, most)
      total += size + made
      if (total > this.#limits.unpackedBytes)
        throw new LimitExceeded(`the objects of the pack have more than ${this.#limits.unpackedBytes} bytes`)
      at = dataAt + packed
    }
    if (at !== end) throw new MalformedPack('something follows the last entry')
  }

  /** Makes every object that is a delta, bases first, to name it. */
  async resolveDeltas(): Promise<void> {
    for (let index = this.count - 1; index >= 0; index--) {
      if (this.#turns.over) await this.#turns.next()
      for (const delta of this.#deltasAt.get(index) ?? [])
        this.#weights[index] = (this.#weights[index] as number) + (this.#weights[delta] as number) + 1
    }
    for (let index = 0; index < this.count; index++) {
      if (this.#turns.over) await this.#turns.next()
      const header = this.#header(index)
      if (header.type === undefined) continue
      const deltas = this.#deltasFrom(index)
      if (deltas.length > 0) await this.#resolve({ type: header.type, content: await this.#content(index), depth: 0, deltas })
    }
    if (this.#named < this.count) throw new MalformedPack('a delta lacks its base')
  }

  /** Makes all that rests on a base, however deep. A base is let go before its last delta, which is that with the most below it. */
  async #resolve(root: Base): Promise<void> {
    const open = [root]
    let held = root.content.length
    for (let base = open.at(-1); base !== undefined; base = open.at(-1)) {
      if (this.#turns.over) await this.#turns.next()
      const { type, content, depth, deltas } = base
      const index = deltas.pop() as number
      if (deltas.length === 0) {
        open.pop()
        held -= content.length
      }
      if (depth === this.#limits.deltaDepth) throw new LimitExceeded(`deltas of the pack are more than ${depth} deep`)
      const made = await applyDelta(content, await this.#content(index), this.#turns)
      await this.#name(index, type, made)
      const next = this.#deltasFrom(index)
      if (next.length === 0) continue
      held += made.length
      if (held > mostHeld) throw new LimitExceeded(`deltas of the pack need more than ${mostHeld} bytes at once`)
      open.push({ type, content: made, depth: depth + 1, deltas: next })
    }
  }

  /** The deltas of an object that is named, which are then no longer waiting: the heaviest first. */
  #deltasFrom(index: number): number[] {
    let found = this.#deltasAt.get(index) ?? []
    if (this.#deltasOf.size > 0) {
      const oid = this.oids.toString('hex', index * 20, index * 20 + 20)
      found = found.concat(this.#deltasOf.get(oid) ?? [])
      this.#deltasOf.delete(oid)
    }
    const weight = (nth: number): number => this.#weights[found[nth] as number] as number
    let heaviest = 0
    for (let nth = 1; nth < found.length; nth++) if (weight(nth) > weight(heaviest)) heaviest = nth
    if (heaviest > 0) [found[0], found[heaviest]] = [found[heaviest] as number, found[0] as number]
    return found
  }

  #note(index: number, base: number | string): void {
    const waiting = typeof base === 'number' ? this.#deltasAt : this.#deltasOf
    const key = typeof base === 'number' ? indexOf(this.offsets, index, base) : base
    const others = waiting.get(key as never)
    if (others === undefined) waiting.set(key as never, [index])
    else others.push(index)
  }

  async #name(index: number, type: ObjectType, content: Buffer): Promise<void> {
    this.oids.set(await objectId(type, content, this.#turns), index * 20)
    this.#named++
  }

  #header(index: number): ReturnType<typeof readHeader> {
    const offset = this.offsets[index] as number
    return readHeader(this.#pack, offset, offset)
  }

  async #content(index: number): Promise<Buffer> {
    const { dataAt, size } = this.#header(index)
    return (await unpack(this.#pack.subarray(dataAt), size)).content
  }
}

/** The index, below `count`, of the entry that begins at an offset. */
function indexOf(offsets: Float64Array, count: number, offset: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((offsets[middle] as number) < offset) low = middle + 1
    else high = middle
  }
  if (low >= count || offsets[low] !== offset) throw new MalformedPack('a delta has a base that is no entry')
  return low
}

function tooLarge(size: number, most: number): LimitExceeded {
  return new LimitExceeded(`an object of the revision has ${size} bytes, more than ${most}`)
}
