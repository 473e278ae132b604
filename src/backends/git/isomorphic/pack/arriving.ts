import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Session } from '../../session.ts'
import type { GitLimits } from '../../transport.ts'

/** Writes a pack to a new file as it arrives. Its checksum proves that nothing is missing. */
export async function writePack(session: Session, path: string, pack: AsyncIterable<Uint8Array>, limits: GitLimits): Promise<void> {
  const hash = createHash('sha1')
  let size = 0
  let tail: Buffer = Buffer.alloc(0)
  {
    await using file = await open(path, 'wx', 0o600)
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
}
