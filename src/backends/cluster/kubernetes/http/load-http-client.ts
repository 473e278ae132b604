import type { Connection } from '../connection/connection.ts'
import type { ResolvedOptions } from '../options.ts'
import { loadDirectClient } from './direct-client.ts'
import type { HttpClient } from './http-client.ts'
import { loadProxyClient } from './proxy-client.ts'

/** The client for a connection, directly or through a proxy. */
export async function loadHttpClient(connection: Connection, options: ResolvedOptions): Promise<HttpClient> {
  return (await loadProxyClient(connection, options)) ?? (await loadDirectClient(connection.server, options))
}
