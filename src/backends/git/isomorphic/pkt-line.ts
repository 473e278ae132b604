/** One line of git's wire format: its content, or one of the marks that have none. */
export type PktLine = Buffer | 'flush' | 'delimiter' | 'end'

const marks: readonly PktLine[] = ['flush', 'delimiter', 'end']

/** Text as a line: four hexadecimal digits of its length, these included, and the text. */
export function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
}

export const flushPkt = '0000'
export const delimiterPkt = '0001'

/** The stream is not in git's wire format, or it breaks off in the middle of a line. */
export class PktLineError extends Error {}

/** The lines of a stream. Source of the format: git's `gitprotocol-common`. */
export async function* pktLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<PktLine, void, undefined> {
  let chunks: Uint8Array[] = []
  let size = 0
  let needed = 4
  for await (const chunk of stream) {
    chunks.push(chunk)
    size += chunk.length
    if (size < needed) continue
    const bytes = chunks.length === 1 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat(chunks)
    let at = 0
    for (;;) {
      needed = 4
      if (bytes.length - at < 4) break
      const head = bytes.toString('latin1', at, at + 4)
      if (!/^[0-9a-f]{4}$/i.test(head)) throw new PktLineError(`a line begins with ${JSON.stringify(head)} instead of its length`)
      const length = Number.parseInt(head, 16)
      const mark = marks[length]
      if (length === 3) throw new PktLineError('a line has the length 3')
      needed = mark === undefined ? length : 4
      if (bytes.length - at < needed) break
      yield mark ?? bytes.subarray(at + 4, at + length)
      at += needed
    }
    chunks = at < bytes.length ? [bytes.subarray(at)] : []
    size = bytes.length - at
  }
  if (size > 0) throw new PktLineError('the response breaks off in the middle of a line')
}
