import { createHash } from 'node:crypto'
import type { ObjectType } from '../../transport.ts'
import type { Turns } from '../../turns.ts'

const hashedAtOnce = 2 ** 20

/** The id of an object: the digest of `<type> <length> NUL <content>`. */
export async function objectId(type: ObjectType, content: Buffer, turns: Turns): Promise<Buffer> {
  const hash = createHash('sha1').update(`${type} ${content.length}\0`)
  for (let at = 0; at < content.length; at += hashedAtOnce) {
    hash.update(content.subarray(at, at + hashedAtOnce))
    if (content.length > hashedAtOnce && turns.over) await turns.next()
  }
  return hash.digest()
}
