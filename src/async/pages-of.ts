import '../ports/error-codes.ts'
import { FleetkitError } from '../model/errors/error.ts'

/** One page of a list. */
interface Page {
  readonly items: readonly unknown[]
  /** Asks for the next one. */
  readonly continue?: string | undefined
}

/** More than any cluster that Kubernetes supports has of one type. */
const mostItems = 500_000
/** A page is full unless it is the last; a server that forgets this now and then is forgiven. */
const mostShortPages = 10

/** Every page of a list, one after the other. A list that does not end is `cluster/protocol`. */
export async function* pagesOf<P extends Page>(
  limit: number,
  list: (token: string | undefined) => Promise<P>,
): AsyncGenerator<P, void, undefined> {
  const tokens = new Set<string>()
  let items = 0
  let shortPages = 0
  for (let token: string | undefined; ; ) {
    const page = await list(token)
    yield page
    token = page.continue
    if (token === undefined) return
    if (tokens.has(token)) throw endless('it gives one token for two pages', true)
    tokens.add(token)
    items += page.items.length
    if (page.items.length < limit && ++shortPages > mostShortPages) throw endless('its pages are not full and more follow', true)
    if (items > mostItems) throw endless(`it has more than ${mostItems} objects`, false)
  }
}

function endless(why: string, retryable: boolean): FleetkitError {
  return new FleetkitError('cluster/protocol', `the list does not end: ${why}`, { retryable })
}
