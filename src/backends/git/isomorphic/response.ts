import type { FleetkitError } from '../../../model/errors/error.ts'
import type { Session } from '../session.ts'
import { mostRefsBytes } from '../transport.ts'
import type { AcceptedResponse } from './http.ts'
import { PktLineError, pktLines } from './pkt-line.ts'

/** The bytes of the pack in a response of either version of the protocol. Everything before the multiplexed part is skipped. */
export async function* packOf(session: Session, { body }: AcceptedResponse): AsyncGenerator<Uint8Array | 'missing', void, undefined> {
  for await (const line of guarded(session, pktLines(body))) {
    if (typeof line === 'string' || line.length === 0) continue
    if (line[0] === 1) yield line.subarray(1)
    else if (line[0] === 3)
      throw session.error('git/unavailable', 'the git server failed while sending', { detail: line.toString('utf8', 1) })
    else if (line.toString('latin1', 0, 4) === 'ERR ') {
      const said = line.toString('utf8', 4)
      if (!/not our ref|bad object|unadvertised object|no such remote ref/i.test(said)) throw responseError(session, said)
      yield 'missing'
      return
    }
  }
}

/** The lines of a response that is text. An error that the server reports is thrown. */
export async function textLines(session: Session, { body }: AcceptedResponse): Promise<string[]> {
  const lines: string[] = []
  let size = 0
  for await (const line of guarded(session, pktLines(body))) {
    if (typeof line === 'string') continue
    size += line.length
    if (size > mostRefsBytes) throw session.error('git/limit', `the list of refs is larger than ${mostRefsBytes} bytes`)
    const text = line.toString('utf8').replace(/\n$/, '')
    if (text.startsWith('ERR ')) throw responseError(session, text.slice(4))
    lines.push(text)
  }
  return lines
}

async function* guarded<T>(session: Session, lines: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* lines
  } catch (error) {
    throw error instanceof PktLineError
      ? session.error('git/protocol', 'the server answered something that is not git', { detail: error.message })
      : error
  }
}

function responseError(session: Session, said: string): FleetkitError {
  if (/not found|does not exist/i.test(said))
    return session.error('git/repository-missing', 'the git server knows no such repository', { detail: said })
  if (/denied|not allowed|unauthori[sz]ed|forbidden/i.test(said))
    return session.error('git/unauthorized', 'the git server refuses the request', { detail: said })
  return session.error('git/protocol', 'the git server reports an error', { detail: said })
}

/** The error about a line that the protocol does not have there. */
export function unexpectedLine(session: Session, line: string): FleetkitError {
  return session.error('git/protocol', 'the server answered something that is not git', { detail: JSON.stringify(line.slice(0, 80)) })
}
