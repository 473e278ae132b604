import type { Dispatcher } from 'undici'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Connection } from '../connection/connection.ts'
import type { Credential } from '../connection/credentials.ts'
import type { ResolvedOptions } from '../options.ts'

type TlsOptions = Connection['tls'] & Pick<Credential, 'cert' | 'key'>

/** Sends requests by undici, directly or through a proxy. */
export interface HttpClient {
  /** Whether a connection carries several requests at a time. */
  readonly isMultiplexed: boolean
  /** A new pool of connections. */
  connect(tls: TlsOptions): Dispatcher
  /** A request whose body is read as it comes. */
  request(pool: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>
}

/** The client for a connection. Without a proxy only a fifth of undici is loaded. */
export async function loadHttpClient({ server, proxyUrl, impersonation }: Connection, { http2 }: ResolvedOptions): Promise<HttpClient> {
  // Over HTTP/2 undici joins the values of a repeated header with commas, and the API server would read them as one group.
  const repeats = Object.values(impersonation).some((value) => Array.isArray(value) && value.length > 1)
  const allowH2 = http2 && !repeats
  const options = { keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0, allowH2 }
  if (proxyUrl !== undefined) {
    const { ProxyAgent } = await import('undici')
    return {
      isMultiplexed: allowH2,
      connect: (tls) => new ProxyAgent({ uri: proxyUrl, requestTls: tls, ...options }),
      request: requestByMethod,
    }
  }
  const proxies = Object.keys(process.env).filter((name) => /^https?_proxy$/i.test(name) && process.env[name])
  if (proxies.length > 0 && !isLoopback(server)) {
    for (const name of proxies)
      if (!URL.canParse(process.env[name] as string))
        throw new FleetkitError('cluster/config', `the environment variable ${name}: found something else, accepted a URL`)
    const { EnvHttpProxyAgent } = await import('undici')
    return {
      isMultiplexed: allowH2,
      connect: (tls) => new EnvHttpProxyAgent({ requestTls: tls, connect: tls, ...options }),
      request: requestByMethod,
    }
  }
  const { Agent, request } = await loadAgent()
  return {
    isMultiplexed: allowH2,
    connect: (tls) => new Agent({ connect: { ...tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 }, ...options }),
    request,
  }
}

/** Whether a server is on this machine. */
export function isLoopback(server: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(server).hostname)
}

async function loadAgent(): Promise<{ readonly Agent: typeof import('undici').Agent; readonly request: HttpClient['request'] }> {
  try {
    const [{ default: Agent }, { default: request }] = await Promise.all([
      import('undici/lib/dispatcher/agent.js'),
      import('undici/lib/api/api-request.js'),
    ])
    return { Agent, request: (pool, options) => request.call(pool, options) }
  } catch {
    // A later undici may keep its parts elsewhere.
    const { Agent } = await import('undici')
    return { Agent, request: requestByMethod }
  }
}

/** `request` is a method only when all of undici is loaded. */
function requestByMethod(pool: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
  return pool.request(options)
}
