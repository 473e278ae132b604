import type { buildConnector } from 'undici'
import type { Connection } from '../connection/connection.ts'
import type { Credential } from '../connection/credentials.ts'
import { lookupBy, systemNames } from './name-lookup.ts'
import type { Pool } from './pool.ts'

export type TlsOptions = Connection['tls'] & Pick<Credential, 'cert' | 'key'>

/** Connects by undici, directly or through a proxy. */
export interface HttpClient {
  /** Whether a connection carries several requests at a time. */
  readonly isMultiplexed: boolean
  /** A new pool of connections. */
  connect(tls: TlsOptions): Pool
}

/** Requests have time limits of their own. */
export const connectionOptions = { keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0 }
/** Attempts to connect too, because that of undici is up to a second late. */
export const socketOptions: buildConnector.BuildOptions = {
  timeout: 0,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  lookup: lookupBy(systemNames),
}

/** Whether a server is on this machine. */
export function isLoopback(server: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname)
}
