/** What `clusters.ts` measures: a Manager that follows one type in each of many clusters, or their peers, sessions of Node alone. It sends how much each takes that is connected after the first ones. */
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { Cluster, controller, Manager, type Store } from 'fleetkit'
import { kubeconfigSecrets } from 'fleetkit/kubernetes'
import { memoryStore } from 'fleetkit/memory'

const [how = 'fleetkit', port = '', cert = '', count = '', warmth = ''] = process.argv.slice(2)
const clusters = Number(count)
/** How many are connected before the first look, so that what is loaded and compiled once is not counted. */
const warm = Number(warmth)
const namespace = 'default'
const hostOf = (at: number): string => `cluster-${at}.clusters.example`
const url = `https://127.0.0.1:${port}`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** At rest: pages that a collection has emptied are given back a little later. */
async function residentKib(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await pause(300)
  }
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? []
  return Number(kib)
}

function kubeconfig(at: number): string {
  const cluster = { server: url, 'tls-server-name': hostOf(at), 'certificate-authority-data': Buffer.from(cert).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    clusters: [{ name: 'it', cluster }],
    users: [{ name: 'me', user: { token: 'a-token' } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
  })
}

/** With a Secret for each cluster, made when it is read: they are in an API server, and not in the process. */
function withSecrets(store: Store): Store {
  const get: Store['get'] = async (ref, options) => {
    if (ref.kind !== 'Secret') return store.get(ref, options)
    const data = { value: Buffer.from(kubeconfig(Number(ref.name.slice(1)))).toString('base64') }
    return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: ref.name }, data }
  }
  return new Proxy(store, {
    get(target, property) {
      if (property === 'get') return get
      const member: unknown = Reflect.get(target, property, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** Apart from the reconcile: what is followed keeps it. */
const toNone = (): readonly [] => []

/** Follows the ConfigMaps of each cluster. */
async function byManager(): Promise<(from: number, to: number) => Promise<void>> {
  const store = withSecrets(memoryStore())
  let followed = 0
  const follow = controller({
    for: 'Cluster',
    reconcile: async ({ ref }, context) => {
      await context.idle(() => context.watchCluster(ref, { type: { apiVersion: 'v1', kind: 'ConfigMap' }, map: toNone }))
      followed++
    },
  })
  void new Manager({ store, connect: kubeconfigSecrets() }).add(follow).run()
  return async (from, to) => {
    for (let at = from; at < to; at++) {
      const name = `c${at}`
      const access = { kubeConfig: { secretRef: { name } } }
      await store.create(new Cluster({ metadata: { name, namespace }, spec: { access } }).toObject())
    }
    while (followed < to) await pause(10)
  }
}

/** Opens a session to each, with one stream that stays open. */
async function byNode(): Promise<(from: number, to: number) => Promise<void>> {
  return async (from, to) => {
    for (let at = from; at < to; at++) {
      const session = connect(url, { ca: cert, servername: hostOf(at) })
      const stream = session.request({ ':path': '/api/v1/configmaps?watch=true' })
      await once(stream, 'response')
      stream.resume()
    }
  }
}

const open = await (how === 'fleetkit' ? byManager() : byNode())
await open(0, warm)
await pause(500)
const before = await residentKib()
const started = performance.now()
await open(warm, warm + clusters)
const ms = performance.now() - started
await pause(1000)
process.send?.({ ms, kibEach: ((await residentKib()) - before) / clusters })
process.on('disconnect', () => process.exit())
