import type { buildConnector, Client } from 'undici'
import type { ResolvedOptions } from '../options.ts'
import { Connections } from './connections.ts'
import { connectionOptions, type HttpClient, socketOptions } from './http-client.ts'

/** The client for a server that is connected to directly. Loads a fifth of undici. */
export async function loadDirectClient(server: string, options: ResolvedOptions): Promise<HttpClient> {
  const { buildConnector, Client } = await loadParts()
  const { protocol, origin } = new URL(server)
  const { http2: allowH2 } = options
  return {
    isMultiplexed: allowH2,
    connect: (tls) =>
      new Connections({
        createClient: (connect) => new Client(origin, { ...connectionOptions, allowH2, connect }),
        connect: buildConnector({ ...socketOptions, ...tls, allowH2 }),
        mayMultiplex: allowH2 && protocol === 'https:',
        limits: options,
      }),
  }
}

interface Parts {
  readonly Client: typeof Client
  readonly buildConnector: typeof buildConnector
}

async function loadParts(): Promise<Parts> {
  try {
    const [{ default: Client }, { default: buildConnector }] = await Promise.all([
      import('undici/lib/dispatcher/client.js'),
      import('undici/lib/core/connect.js'),
    ])
    return { Client, buildConnector }
  } catch {
    // A later undici may keep its parts elsewhere.
    return await import('undici')
  }
}
