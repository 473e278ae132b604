import type { Connection } from '../connection/connection.ts'
import type { ResolvedOptions } from '../options.ts'
import { loadDirectClient } from './direct-client.ts'
import type { HttpClient } from './http-client.ts'
import { loadProxyClient } from './proxy-client.ts'

/** The client for a connection, directly or through a proxy. */
export async function loadHttpClient(connection: Connection, options: ResolvedOptions): Promise<HttpClient> {
  const { server, impersonation } = connection
  // Over HTTP/2 undici joins the values of a repeated header with commas, and the API server would read them as one group.
  const repeats = Object.values(impersonation).some((value) => Array.isArray(value) && value.length > 1)
  const allowH2 = options.http2 && !repeats
  return (await loadProxyClient(connection, allowH2, options)) ?? (await loadDirectClient(server, allowH2, options))
}
