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

/** An object that others are made of, and those others by their places in the pack. */
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
  /** By place of the base: the places of its deltas. */
  readonly #deltasAt = new Map<number, number[]>()
  /** The same, where the pack names the base by its id. */
  readonly #deltasOf = new Map<string, number[]>()
  /** By place: the objects that are made of this one, directly or not. */
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
    for (let place = 0; place < this.count; place++) {
      if (this.#turns.over) await this.#turns.next()
      const { type, size, base, dataAt } = readHeader(this.#pack, at, at)
      if (size > most) throw tooLarge(size, most)
      const { content, packed } = await unpack(this.#pack.subarray(dataAt, end), size)
      this.offsets[place] = at
      this.checksums[place] = crc32(this.#pack.subarray(at, dataAt + packed))
      if (type !== undefined) await this.#name(place, type, content)
      else this.#note(place, base as number | string)
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
    for (let place = this.count - 1; place >= 0; place--) {
      if (this.#turns.over) await this.#turns.next()
      for (const delta of this.#deltasAt.get(place) ?? [])
        this.#weights[place] = (this.#weights[place] as number) + (this.#weights[delta] as number) + 1
    }
    for (let place = 0; place < this.count; place++) {
      if (this.#turns.over) await this.#turns.next()
      const header = this.#header(place)
      if (header.type === undefined) continue
      const deltas = this.#deltasFrom(place)
      if (deltas.length > 0) await this.#resolve({ type: header.type, content: await this.#content(place), depth: 0, deltas })
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
      const place = deltas.pop() as number
      if (deltas.length === 0) {
        open.pop()
        held -= content.length
      }
      if (depth === this.#limits.deltaDepth) throw new LimitExceeded(`deltas of the pack are more than ${depth} deep`)
      const made = await applyDelta(content, await this.#content(place), this.#turns)
      await this.#name(place, type, made)
      const next = this.#deltasFrom(place)
      if (next.length === 0) continue
      held += made.length
      if (held > mostHeld) throw new LimitExceeded(`deltas of the pack need more than ${mostHeld} bytes at once`)
      open.push({ type, content: made, depth: depth + 1, deltas: next })
    }
  }

  /** The deltas of an object that is named, which are then no longer waiting: the heaviest first. */
  #deltasFrom(place: number): number[] {
    let found = this.#deltasAt.get(place) ?? []
    if (this.#deltasOf.size > 0) {
      const oid = this.oids.toString('hex', place * 20, place * 20 + 20)
      found = found.concat(this.#deltasOf.get(oid) ?? [])
      this.#deltasOf.delete(oid)
    }
    const weight = (index: number): number => this.#weights[found[index] as number] as number
    let heaviest = 0
    for (let index = 1; index < found.length; index++) if (weight(index) > weight(heaviest)) heaviest = index
    if (heaviest > 0) [found[0], found[heaviest]] = [found[heaviest] as number, found[0] as number]
    return found
  }

  #note(place: number, base: number | string): void {
    const waiting = typeof base === 'number' ? this.#deltasAt : this.#deltasOf
    const key = typeof base === 'number' ? placeOf(this.offsets, place, base) : base
    const others = waiting.get(key as never)
    if (others === undefined) waiting.set(key as never, [place])
    else others.push(place)
  }

  async #name(place: number, type: ObjectType, content: Buffer): Promise<void> {
    this.oids.set(await objectId(type, content, this.#turns), place * 20)
    this.#named++
  }

  #header(place: number): ReturnType<typeof readHeader> {
    const offset = this.offsets[place] as number
    return readHeader(this.#pack, offset, offset)
  }

  async #content(place: number): Promise<Buffer> {
    const { dataAt, size } = this.#header(place)
    return (await unpack(this.#pack.subarray(dataAt), size)).content
  }
}

/** The place, before `count`, of the entry that begins at an offset. */
function placeOf(offsets: Float64Array, count: number, offset: number): number {
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
