import type { Pool as UndiciPool } from 'undici'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Connection } from '../connection/connection.ts'
import type { ResolvedOptions } from '../options.ts'
import { type Connector, limitConnector } from './connect-limits.ts'
import { connectionOptions, type HttpClient, isLoopback, socketOptions, type TlsOptions } from './http-client.ts'
import { type Pool, poolDestroyed } from './pool.ts'

/** The client through the proxy of the kubeconfig or of the environment; `undefined` when there is none. Loads all of undici. */
export async function loadProxyClient({ server, proxyUrl }: Connection, limits: ResolvedOptions): Promise<HttpClient | undefined> {
  if (proxyUrl === undefined && !hasProxyInEnvironment(server)) return undefined
  const { buildConnector, EnvHttpProxyAgent, Pool: UndiciPool, ProxyAgent } = await import('undici')
  const { http2: allowH2 } = limits
  const connect = (tls: TlsOptions): Pool => {
    const ended = new AbortController()
    const factory = (origin: string | URL, options: object): UndiciPool => {
      const { connect } = options as { readonly connect: Connector }
      return new UndiciPool(origin, { ...options, connect: limitConnector(connect, { ...limits, signal: ended.signal }) })
    }
    // The time that a proxy may take to answer to CONNECT.
    const clientFactory = (origin: URL, options: object): UndiciPool =>
      new UndiciPool(origin, { ...options, headersTimeout: Math.ceil(limits.connectTimeoutMs) })
    const requestTls = { ...socketOptions, ...tls }
    const options = { requestTls, proxyTls: socketOptions, ...connectionOptions, allowH2, factory, clientFactory }
    const agent =
      proxyUrl === undefined
        ? new EnvHttpProxyAgent({ connect: buildConnector({ ...requestTls, allowH2 }), ...options })
        : new ProxyAgent({ uri: proxyUrl, ...options })
    return {
      dispatch: (...request) => agent.dispatch(...request),
      close: () => agent.close(),
      destroy: () => {
        ended.abort(poolDestroyed())
        return agent.destroy()
      },
    }
  }
  return { isMultiplexed: allowH2, connect }
}

function hasProxyInEnvironment(server: string): boolean {
  const proxies = Object.keys(process.env).filter((name) => /^https?_proxy$/i.test(name) && process.env[name])
  if (proxies.length === 0 || isLoopback(server)) return false
  for (const name of proxies)
    if (!URL.canParse(process.env[name] as string))
      throw new FleetkitError('cluster/config', `the environment variable ${name}: found something else, accepted a URL`)
  return true
}
