import type { Client } from 'undici'
import type { ResolvedOptions } from '../options.ts'
import { Connections } from './connections.ts'
import { directConnector } from './direct-connector.ts'
import { connectionOptions, type HttpClient } from './http-client.ts'

/** The client for a server that is connected to directly. Loads a fifth of undici. */
export async function loadDirectClient(server: string, options: ResolvedOptions): Promise<HttpClient> {
  const Client = await loadClient()
  const { protocol, origin } = new URL(server)
  const { http2: allowH2 } = options
  return {
    isMultiplexed: allowH2,
    connect: (tls) =>
      new Connections({
        createClient: (connect) => new Client(origin, { ...connectionOptions, allowH2, connect }),
        connect: directConnector(tls, allowH2),
        mayMultiplex: allowH2 && protocol === 'https:',
        limits: options,
      }),
  }
}

async function loadClient(): Promise<typeof Client> {
  try {
    return (await import('undici/lib/dispatcher/client.js')).default
  } catch {
    // A later undici may keep its parts elsewhere.
    return (await import('undici')).Client
  }
}
