import { randomBytes } from 'node:crypto'
import { kubernetesStore } from 'fleetkit/kubernetes'
import { storeConformance } from 'fleetkit/testing'
import { afterAll, beforeAll, test } from 'vitest'
import { type ApiServer, describeWithServers, type Etcd, startApiServer, startEtcd } from '../../../servers/index.ts'
import { thing, thingDefinition } from './thing.ts'

describeWithServers('kubernetesStore', () => {
  const stack = new AsyncDisposableStack()
  let etcd: Etcd
  let apiServer: ApiServer

  // Its own: compaction and restarts would disturb others.
  beforeAll(async () => {
    etcd = stack.use(await startEtcd())
    apiServer = stack.use(await startApiServer({ etcd }))
    await using store = await kubernetesStore({ kubeconfig: apiServer.kubeconfig })
    await store.create(thingDefinition())
    const signal = AbortSignal.timeout(20_000)
    while (!signal.aborted && (await established(store)) === false) await new Promise((resolve) => setTimeout(resolve, 50))
  }, 60_000)
  afterAll(() => stack.disposeAsync(), 30_000)

  const established = (store: Awaited<ReturnType<typeof kubernetesStore>>): Promise<boolean> =>
    store.list({ apiVersion: 'test.fleetkit.dev/v1', kind: 'Thing' }).then(
      () => true,
      () => false,
    )

  storeConformance({
    // Bookmarks of the API server come once a minute.
    test: (name, body) => test(name, { timeout: 120_000 }, body),
    onSkip: (name, reason) => test.skip(`${name}: ${reason}`),
    make: async () => {
      const store = await kubernetesStore({ kubeconfig: apiServer.kubeconfig })
      const id = randomBytes(4).toString('hex')
      const namespaces = [`one-${id}`, `two-${id}`] as const
      for (const name of namespaces) await store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return {
        store,
        namespaces,
        patienceMs: 90_000,
        sample: (name, variant) => thing(namespaces[0], name, variant),
        // The API server keeps its own history beside that of etcd: it goes with a restart.
        compact: async () => {
          const { resourceVersion } = await store.list({ apiVersion: 'v1', kind: 'Namespace' })
          await fetch(`${etcd.url}/v3/kv/compaction`, {
            method: 'POST',
            body: JSON.stringify({ revision: resourceVersion, physical: true }),
          })
          await apiServer.stop({ kill: true })
          await apiServer.start()
        },
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      }
    },
  })
})
