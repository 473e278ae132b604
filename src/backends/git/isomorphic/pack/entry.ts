import { promisify } from 'node:util'
import { inflate, inflateSync, type ZlibOptions } from 'node:zlib'
import type { ObjectType } from '../../transport.ts'

/** The pack, or its index, is not what git writes. */
export class MalformedPack extends Error {}

/** What stands before the content of an entry of a pack. */
export interface EntryHeader {
  /** `undefined` for a delta, whose type is that of its base. */
  readonly type: ObjectType | undefined
  /** Bytes of the content, or of the delta, unpacked. */
  readonly size: number
  /** What a delta changes: the entry at an offset of the pack, or an object by its id. */
  readonly base: number | string | undefined
  /** Where the compressed content begins, in the bytes that were given. */
  readonly dataAt: number
}

const types: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag']
const offsetDelta = 6
const referenceDelta = 7
const unpackInPool = promisify(inflate)
/** Above this many bytes the pool of threads unpacks. */
const inPlace = 128 * 1024

/**
 * Reads the header of the entry that begins at `at` of `bytes`. Source of the format: git's `gitformat-pack`.
 *
 * @param offset - where in the pack that is
 */
export function readHeader(bytes: Buffer, at: number, offset: number): EntryHeader {
  let next = at
  const read = (): number => {
    const byte = bytes[next++]
    if (byte === undefined) throw new MalformedPack('an entry breaks off')
    return byte
  }
  let byte = read()
  const kind = (byte >> 4) & 7
  let size = byte & 15
  for (let factor = 16; byte & 0x80; factor *= 128) {
    byte = read()
    size += (byte & 0x7f) * factor
  }
  let base: number | string | undefined
  if (kind === offsetDelta) {
    byte = read()
    let distance = byte & 0x7f
    while (byte & 0x80) {
      byte = read()
      distance = (distance + 1) * 128 + (byte & 0x7f)
    }
    base = offset - distance
  } else if (kind === referenceDelta) {
    base = bytes.toString('hex', next, next + 20)
    next += 20
  }
  const type = types[kind]
  if (type === undefined && base === undefined) throw new MalformedPack('an entry has a type that git does not know')
  return { type, size, base, dataAt: next }
}

/** Unpacks `size` bytes from the beginning of `bytes`, and says how many those took there. */
export async function unpack(bytes: Buffer, size: number): Promise<{ readonly content: Buffer; readonly packed: number }> {
  const options: ZlibOptions = { info: true, maxOutputLength: size + 1, chunkSize: Math.min(Math.max(64, size + 1), 2 ** 20) }
  let result: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
  try {
    result = (size <= inPlace ? inflateSync(bytes, options) : await unpackInPool(bytes, options)) as never
  } catch {
    throw new MalformedPack('an entry cannot be unpacked')
  }
  if (result.buffer.length !== size) throw new MalformedPack('an entry has another size than it says')
  return { content: result.buffer, packed: result.engine.bytesWritten }
}
