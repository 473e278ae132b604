import type { IncomingHttpHeaders } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { StreamedResponse } from './stream-response.ts'

/** What an API server says of a failure has a few hundred bytes; pages of proxies have some thousand. */
const errorBytes = 64 * 2 ** 10

/** How much is read of the body of a response with this status, beside what limits every body. Of an error that has more nothing is known but the status. */
export function maxErrorBytes(statusCode: number, headers: IncomingHttpHeaders): number {
  // Conflicts and invalid fields are named one by one, and a large object has thousands.
  const namesFields = (statusCode === 409 || statusCode === 422) && /^application\/json\b/.test(headers['content-type'] ?? '')
  return statusCode < 400 || namesFields ? Infinity : errorBytes
}

/** The whole body of a response, none for an error that says too much. `grow` waits until so many more bytes may be held. */
export async function readBody(
  { statusCode, headers, body }: StreamedResponse,
  maxBytes: number,
  grow: (bytes: number) => Promise<void>,
): Promise<Buffer> {
  // `pipeline` hands errors of the one on to the other; its callback only keeps them from being unhandled.
  const whole: AsyncIterable<Buffer> =
    headers['content-encoding'] === 'gzip' ? pipeline(Readable.from(body), createGunzip(), () => {}) : body
  const mostOfError = maxErrorBytes(statusCode, headers)
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early destroys the stream, and with it the connection's part in it.
  for await (const chunk of whole) {
    length += chunk.length
    if (length > mostOfError) return Buffer.alloc(0)
    if (length > maxBytes) throw new FleetkitError('cluster/protocol', `the answer is larger than ${maxBytes} bytes`, { retryable: false })
    await grow(chunk.length)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}
