import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import type { Session } from '../session.ts'
import type { GitLimits } from '../transport.ts'

const objectsPerTurn = 200

/** Writes a pack as it arrives and returns its name. Its checksum proves that nothing is missing. */
export async function writePack(session: Session, folder: string, pack: AsyncIterable<Uint8Array>, limits: GitLimits): Promise<string> {
  const arriving = join(folder, 'arriving')
  const hash = createHash('sha1')
  let size = 0
  let tail: Buffer = Buffer.alloc(0)
  {
    await using file = await open(arriving, 'wx', 0o600)
    for await (const chunk of pack) {
      size += chunk.length
      if (size > limits.packBytes) throw session.error('git/limit', `the pack is larger than ${limits.packBytes} bytes`)
      const rest = Buffer.concat([tail, chunk])
      hash.update(rest.subarray(0, Math.max(0, rest.length - 20)))
      tail = rest.subarray(Math.max(0, rest.length - 20))
      await file.write(chunk)
    }
  }
  if (size === 0) throw session.error('git/protocol', 'the git server sent no pack')
  if (!hash.digest().equals(tail)) throw session.error('git/protocol', 'the pack broke off, or was damaged in transit')
  return arriving
}

/**
 * Looks through a pack before it is indexed, so that no object in it is larger, unpacked, than the limits allow: a few
 * kilobytes can say gigabytes. Source of the format: git's `gitformat-pack`.
 */
export async function checkPack(session: Session, pack: Buffer, limits: GitLimits, signal: AbortSignal): Promise<void> {
  const broken = (): Error => session.error('git/protocol', 'the pack cannot be read')
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw broken()
  const objects = pack.readUInt32BE(8)
  // A tree is a list of files, and may be as long as their number allows.
  const most = Math.max(limits.blobBytes, 2 ** 24)
  const tooLarge = (size: number): Error => session.error('git/limit', `an object of the revision has ${size} bytes, more than ${most}`)
  let at = 12
  for (let index = 0; index < objects; index++) {
    if (index % objectsPerTurn === objectsPerTurn - 1) {
      // Others want to run too.
      await setImmediate()
      throwIfAborted(signal)
    }
    let byte = pack[at++] ?? 0
    const type = (byte >> 4) & 7
    let size = byte & 15
    for (let factor = 16; byte & 0x80; factor *= 128) {
      byte = pack[at++] ?? 0
      size += (byte & 0x7f) * factor
    }
    if (size > most) throw tooLarge(size)
    if (type === 6) while ((pack[at++] ?? 0) & 0x80);
    if (type === 7) at += 20
    if (type === 0 || type === 5 || at >= pack.length - 20) throw broken()
    let unpacked: { buffer: Buffer; engine: { bytesWritten: number } }
    try {
      unpacked = inflateSync(pack.subarray(at, pack.length - 20), {
        info: true,
        maxOutputLength: size + 1,
        chunkSize: Math.max(64, Math.min(size + 1, 65_536)),
      }) as never
    } catch {
      throw broken()
    }
    if (unpacked.buffer.length !== size) throw broken()
    if (type >= 6 && deltaTarget(unpacked.buffer) > most) throw tooLarge(deltaTarget(unpacked.buffer))
    at += unpacked.engine.bytesWritten
  }
  if (at !== pack.length - 20) throw broken()
}

/** How large an object is that a delta makes: the second of the two sizes that it begins with. */
function deltaTarget(delta: Buffer): number {
  let at = 0
  let size = 0
  for (let field = 0; field < 2; field++) {
    size = 0
    for (let factor = 1, more = true; more; factor *= 128) {
      const byte = delta[at++] ?? 0
      size += (byte & 0x7f) * factor
      more = (byte & 0x80) !== 0
    }
  }
  return size
}
