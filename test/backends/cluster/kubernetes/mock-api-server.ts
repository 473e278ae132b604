import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { KubeObject } from 'fleetkit'
import type { VirtualClock } from 'fleetkit/testing'
import type { Certificate } from './certificate.ts'

/** One request that the mock got. */
export interface MockRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** Answers a request; whatever it does to the response is what the client sees. */
export type MockHandler = (request: MockRequest, response: http.ServerResponse) => unknown

/** An API server that knows ConfigMaps and Secrets, and otherwise does what a test tells it. */
export interface MockApiServer extends AsyncDisposable {
  readonly url: string
  /** A kubeconfig for it, with a bearer token. */
  readonly kubeconfig: string
  /** Its requests, discovery apart. */
  readonly requests: readonly MockRequest[]
  readonly discoveries: readonly MockRequest[]
  /** The versions that it was asked whether it has, before watches go on from them. */
  readonly versions: readonly string[]
  /** How many connections were made to it. */
  connections(): number
}

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']
const resources = { configmaps: 'ConfigMap', secrets: 'Secret' }

const aggregatedCore = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: {},
      versions: [
        {
          version: 'v1',
          resources: Object.entries(resources).map(([resource, kind]) => ({
            resource,
            responseKind: { group: '', version: 'v1', kind },
            scope: 'Namespaced',
            verbs,
          })),
        },
      ],
    },
  ],
}

const plainCore = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: Object.entries(resources).map(([name, kind]) => ({ name, kind, namespaced: true, verbs })),
}

interface MockOptions {
  /** Whether it knows the aggregated form of discovery. */
  readonly aggregated?: boolean
  /** Answers discovery (`/api`, `/apis` and what is right below) instead; leaves it to the mock when it returns `false`. */
  readonly discovery?: (request: MockRequest, response: http.ServerResponse) => unknown
  /** Answers the question whether it has a version; with yes when absent. */
  readonly version?: MockHandler
  /** Serves over TLS, with HTTP/2 unless that is off. */
  readonly tls?: Certificate & { readonly http2?: boolean; readonly maxStreams?: number }
}

/** @param handlers - for the first request, the second and so on; the last stays */
export async function startMock(
  handlers: MockHandler | readonly MockHandler[],
  { aggregated = true, discovery: ownDiscovery, version = hasVersion, tls }: MockOptions = {},
): Promise<MockApiServer> {
  const list = Array.isArray(handlers) ? (handlers as readonly MockHandler[]) : [handlers as MockHandler]
  const requests: MockRequest[] = []
  const discoveries: MockRequest[] = []
  const versions: string[] = []
  let connections = 0
  const sockets = new Set<Socket>()
  const listener = async (incoming: http.IncomingMessage, response: http.ServerResponse): Promise<unknown> => {
    response.on('error', () => {})
    const url = new URL(incoming.url as string, 'http://mock')
    let body = ''
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk
    const request = { method: incoming.method as string, path: url.pathname, query: url.searchParams, headers: incoming.headers, body }
    const discovery = discoveryAnswer(url.pathname, aggregated)
    if (/^\/(api(\/v1)?|apis(\/[^/]+\/[^/]+)?)$/.test(url.pathname)) {
      discoveries.push(request)
      if (ownDiscovery !== undefined && ownDiscovery(request, response) !== false) return undefined
      if (discovery === undefined) return json(response, 404, '404 page not found')
      return json(response, 200, discovery)
    }
    if (request.query.has('resourceVersionMatch')) {
      versions.push(request.query.get('resourceVersion') as string)
      return version(request, response)
    }
    requests.push(request)
    return list[Math.min(requests.length, list.length) - 1]?.(request, response)
  }
  const server = tls === undefined ? http.createServer(listener) : tlsServer(tls, listener)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket.on('close', () => sockets.delete(socket)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    kubeconfig: kubeconfigFor(url, { token: 'the-token' }, tls === undefined ? {} : { clusters: [trusting(url, tls)] }),
    requests,
    discoveries,
    versions,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Listener = (incoming: http.IncomingMessage, response: http.ServerResponse) => unknown

function tlsServer(
  { cert, key, http2: offersHttp2 = true, maxStreams = 250 }: NonNullable<MockOptions['tls']>,
  listener: Listener,
): Server {
  if (!offersHttp2) return https.createServer({ cert, key }, listener)
  const settings = { maxConcurrentStreams: maxStreams }
  return http2.createSecureServer({ cert, key, allowHTTP1: true, settings }, (incoming, response) =>
    // The same to its users.
    listener(incoming as unknown as http.IncomingMessage, response as unknown as http.ServerResponse),
  )
}

/** The entry of a server that vouches for itself. */
function trusting(server: string, { cert }: Certificate): object {
  return { name: 'mock', cluster: { server, 'certificate-authority-data': Buffer.from(cert).toString('base64') } }
}

const hasVersion: MockHandler = (_, response) =>
  json(response, 200, { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '999' }, items: [] })

/** Discovery of the mock; `undefined` for other paths. */
export function discoveryAnswer(path: string, aggregated: boolean): unknown {
  if (path === '/api') return aggregated ? aggregatedCore : { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') return aggregated ? { kind: 'APIGroupDiscoveryList', items: [] } : { kind: 'APIGroupList', groups: [] }
  return path === '/api/v1' ? plainCore : undefined
}

/** A kubeconfig, which as JSON is YAML, with one context. */
export function kubeconfigFor(server: string, user: object, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'mock',
    clusters: [{ name: 'mock', cluster: { server } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'mock', context: { cluster: 'mock', user: 'me' } }],
    ...more,
  })
}

export function json(response: http.ServerResponse, status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function configMap(name: string, resourceVersion = '1'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', resourceVersion } }
}

export function status(code: number, reason: string, message: string = reason, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }
}

/** Moves `clock` on, with real I/O in between, until `promise` is settled. Gives how much time went by on the clock. */
export async function advanceUntil<T>(clock: VirtualClock, promise: Promise<T>, stepMs = 1000): Promise<number> {
  const start = clock.now()
  let settled = false
  const done = (): void => {
    settled = true
  }
  promise.then(done, done)
  const deadline = Date.now() + 10_000
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (settled) return clock.now() - start
    if (Date.now() > deadline) throw new Error('it did not settle')
    await clock.advance(stepMs)
  }
}

/** The answer of `/apis` of a cluster that serves these kinds, each as a namespaced type in the versions given. */
export function aggregatedGroups(kinds: Readonly<Record<string, readonly string[]>>): object {
  const items = Object.entries(kinds).map(([groupKind, versions]) => {
    const [group, kind = ''] = groupKind.split('/')
    const resource = `${kind.toLowerCase()}s`
    const resources = [{ resource, responseKind: { group, version: '', kind }, scope: 'Namespaced', verbs }]
    return { metadata: { name: group }, versions: versions.map((version) => ({ version, resources })) }
  })
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items }
}
