import { decode } from './decode.ts'
import { type ApiRequest, responseError } from './errors.ts'
import { Fields } from './fields.ts'
import type { Transport } from './transport.ts'

/** The answer has about ten short fields. */
const maxBytes = 100_000

/** The version of an API server, as `/version` says it. */
export async function readServerVersion(transport: Transport, signal: AbortSignal | undefined): Promise<string> {
  const request: ApiRequest = { verb: 'discover', of: 'its version' }
  const response = await transport.request({ method: 'GET', path: '/version', repeatable: true, maxBytes, signal, request })
  if (response.status >= 400) throw responseError(response, request)
  return decode('the version of the server', () => new Fields(response.body).requiredText('gitVersion'))
}
