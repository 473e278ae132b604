import { EnvHttpProxyAgent, request } from 'undici'
import { type HttpClient, maxConnections, type TlsOptions } from './http-client.ts'

/** The client for git servers through the proxies that the usual environment variables name. Loads all of undici. */
export function proxyClient(tls: TlsOptions): HttpClient {
  // Time limits are those of the caller's signal.
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connections: maxConnections, allowH2: false, connect: tls })
  return {
    request: (url, { body = null, ...options }) => request(url, { ...options, body, dispatcher }),
    destroy: () => dispatcher.destroy(),
  }
}
