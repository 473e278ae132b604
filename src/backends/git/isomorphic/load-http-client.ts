import { rootCertificates } from 'node:tls'
import { directClient } from './direct-client.ts'
import type { HttpClient } from './http-client.ts'

/**
 * The client for git servers, through the proxies that the usual environment variables name.
 *
 * @param ca - PEM of an authority that is trusted beside the usual ones
 */
export async function loadHttpClient(ca: string | undefined): Promise<HttpClient> {
  const tls = ca === undefined ? {} : { ca: [...rootCertificates, ca] }
  return hasProxyInEnvironment() ? (await import('./proxy-client.ts')).proxyClient(tls) : directClient(tls)
}

function hasProxyInEnvironment(): boolean {
  return Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name) && process.env[name])
}
