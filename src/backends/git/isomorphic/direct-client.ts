import http from 'node:http'
import https from 'node:https'
import { type HttpClient, type HttpResponse, maxConnections, type TlsOptions } from './http-client.ts'

/** How long a connection is kept that nothing is sent over. Servers close theirs after 5 s or later. */
const idleMs = 4000

/** Node's own client: that of undici reads HTTP/1.1 with WebAssembly, which takes 18 MiB of a process. */
export function directClient(tls: TlsOptions): HttpClient {
  const options = { keepAlive: true, maxSockets: maxConnections, timeout: idleMs }
  const plain = { agent: new http.Agent(options), request: http.request }
  const secure = { agent: new https.Agent({ ...options, ...tls }), request: https.request }
  return {
    request(url, { method, headers, body, signal }) {
      const { agent, request } = url.startsWith('https:') ? secure : plain
      const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>()
      const sent = request(url, { agent, method, headers, signal }, (response) =>
        resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body: response }),
      )
      sent.on('error', reject)
      sent.end(body)
      return promise
    },
    async destroy() {
      for (const { agent } of [plain, secure]) agent.destroy()
    },
  }
}
