import type { FileHandle } from 'node:fs/promises'
import { BoundedCache } from '../../../../async/bounded-cache.ts'
import { type GitLimits, type GitObject, LimitExceeded, type ObjectType, objectBytes } from '../../transport.ts'
import type { Turns } from '../../turns.ts'
import { applyDelta, deltaSizes } from './delta.ts'
import { type EntryHeader, MalformedPack, readHeader, unpack } from './entry.ts'
import type { PackIndex } from './index-file.ts'
import { objectId } from './object-id.ts'

const windowBytes = 256 * 1024
const keptBytes = 32 * 2 ** 20
/** Of the deltas that one object is made by. */
const mostDeltaBytes = 256 * 2 ** 20
/** A header with the longest size and the id of a base. */
const headerBytes = 40

/** Reads objects of one pack, which stays on disk: those that lie together are read together. */
export class PackReader {
  readonly #file: FileHandle
  readonly #entriesEnd: number
  readonly #index: PackIndex
  readonly #turns: Turns
  readonly #limits: GitLimits
  readonly #made = new BoundedCache<GitObject>(keptBytes)
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(file: FileHandle, size: number, index: PackIndex, limits: GitLimits, turns: Turns) {
    this.#file = file
    this.#entriesEnd = size - 20
    this.#index = index
    this.#limits = limits
    this.#turns = turns
  }

  /** The type of an object, by what it is made of in the end. */
  async type(oid: string): Promise<ObjectType | undefined> {
    let at = this.#index.find(oid)
    for (let depth = 0; at !== undefined; depth++) {
      const { type, base } = await this.#header(at, depth)
      if (type !== undefined) return type
      at = this.#baseOffset(base as number | string)
    }
    return undefined
  }

  /** Those of `oids` that are in this pack, in the order in which they are read best. */
  inOrder(oids: readonly string[]): readonly string[] {
    const found = oids.flatMap((oid) => {
      const at = this.#index.find(oid)
      return at === undefined ? [] : [{ oid, at }]
    })
    return found.sort((a, b) => a.at - b.at).map(({ oid }) => oid)
  }

  /** An object of this pack. Its id is checked, so what is damaged is never taken. */
  async read(oid: string): Promise<GitObject> {
    const at = this.#index.find(oid)
    if (at === undefined) throw new MalformedPack(`the object ${oid} is not in the pack`)
    const object = await this.#make(at)
    if (!(await objectId(object.type, object.content, this.#turns)).equals(Buffer.from(oid, 'hex')))
      throw new MalformedPack(`the object ${oid} is damaged`)
    return object
  }

  async #make(offset: number): Promise<GitObject> {
    const deltas: { readonly at: number; readonly delta: Buffer }[] = []
    let bytes = 0
    let at = offset
    let object = this.#made.get(String(at))
    while (object === undefined) {
      if (this.#turns.over) await this.#turns.next()
      const { type, size, base, dataAt } = await this.#header(at, deltas.length)
      this.#check(size)
      bytes += size
      if (bytes > mostDeltaBytes) throw new LimitExceeded(`an object is made by deltas of more than ${mostDeltaBytes} bytes`)
      const end = this.#index.endOf(at, this.#entriesEnd)
      const { content } = await unpack(await this.#bytes(at + dataAt, end - at - dataAt), size)
      if (type === undefined) {
        this.#check(deltaSizes(content).target)
        deltas.push({ at, delta: content })
        at = this.#baseOffset(base as number | string)
        object = this.#made.get(String(at))
      } else object = { type, content }
    }
    if (deltas.length > 0) this.#made.set(String(at), object, object.content.length + 100)
    for (const { at: offset, delta } of deltas.reverse()) {
      object = { type: object.type, content: await applyDelta(object.content, delta, this.#turns) }
      this.#made.set(String(offset), object, object.content.length + 100)
    }
    return object
  }

  /** With `dataAt` counted from the header. */
  async #header(at: number, depth: number): Promise<EntryHeader> {
    if (depth > this.#limits.deltaDepth) throw new LimitExceeded(`an object is made by more than ${this.#limits.deltaDepth} deltas`)
    return readHeader(await this.#bytes(at, Math.min(headerBytes, this.#index.endOf(at, this.#entriesEnd) - at)), 0, at)
  }

  #baseOffset(base: number | string): number {
    const at = typeof base === 'number' ? base : this.#index.find(base)
    if (at === undefined || at < 12) throw new MalformedPack('a delta lacks its base')
    return at
  }

  #check(size: number): void {
    const most = objectBytes(this.#limits)
    if (size > most) throw new LimitExceeded(`an object of the revision has ${size} bytes, more than ${most}`)
  }

  async #bytes(at: number, length: number): Promise<Buffer> {
    if (length < 0 || at + length > this.#entriesEnd) throw new MalformedPack('an entry is not in its pack')
    if (at < this.#windowAt || at + length > this.#windowAt + this.#window.length) {
      const buffer = Buffer.allocUnsafe(Math.min(Math.max(length, windowBytes), this.#entriesEnd - at))
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at)
      if (bytesRead < length) throw new MalformedPack('the pack breaks off')
      this.#window = buffer.subarray(0, bytesRead)
      this.#windowAt = at
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length)
  }
}
