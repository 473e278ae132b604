import { type ClusterApi, FleetkitError, type KubeObject, refOf } from 'fleetkit'
import { assessHealth } from 'fleetkit/manifest'
import { memoryCluster } from 'fleetkit/memory'
import { playDeployments, VirtualClock, withFaults } from 'fleetkit/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

const readyAfterMs = 30_000
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }
const web = (spec: object = {}, name = 'web'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] } },
    ...spec,
  },
})

let clock: VirtualClock
let cluster: ReturnType<typeof memoryCluster>
beforeEach(() => {
  clock = new VirtualClock()
  cluster = memoryCluster({ clock })
})
afterEach(() => cluster[Symbol.asyncDispose]())

const apply = (...objects: readonly KubeObject[]) => cluster.apply(objects, { fieldManager: 'test', force: true })
const isReady = async (through: ClusterApi = cluster): Promise<boolean> =>
  assessHealth((await through.get(ref)) as KubeObject, { now: clock.now() }).status === 'Current'

test('a Deployment is ready after its time, and not before', async () => {
  await using _deployments = playDeployments(cluster, { clock, readyAfterMs })
  await apply(web({ replicas: 3 }))
  await clock.advance(readyAfterMs - 1)
  expect(await isReady()).toBe(false)
  await clock.advance(1)
  expect(await isReady()).toBe(true)
  expect((await cluster.get(ref))?.status).toMatchObject({ observedGeneration: 1, replicas: 3, readyReplicas: 3, availableReplicas: 3 })
})

test('Deployments that were there before are played too, each for itself', async () => {
  await apply(web(), web({}, 'other'))
  await using _deployments = playDeployments(cluster, { clock, readyAfterMs })
  await clock.advance(readyAfterMs)
  for (const name of ['web', 'other'])
    expect((await cluster.get({ ...ref, name }))?.status).toMatchObject({ readyReplicas: 1, observedGeneration: 1 })
})

test('a change starts the time again', async () => {
  await using _deployments = playDeployments(cluster, { clock, readyAfterMs })
  await apply(web({ replicas: 1 }))
  await clock.advance(readyAfterMs - 1)
  await apply(web({ replicas: 2 }))
  await clock.advance(readyAfterMs - 1)
  expect(await isReady()).toBe(false)
  await clock.advance(1)
  expect((await cluster.get(ref))?.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
})

test('a Deployment that is deleted or recreated meanwhile is left alone', async () => {
  await using _deployments = playDeployments(cluster, { clock, readyAfterMs })
  await apply(web())
  await clock.advance(readyAfterMs - 1)
  await cluster.delete(refOf(web()))
  await apply(web())
  await clock.advance(1)
  expect(await isReady()).toBe(false)
  await cluster.delete(refOf(web()))
  await clock.advance(readyAfterMs)
})

test('a conflict is tried again, and a compacted history listed again', async () => {
  const racing = withFaults(cluster, {
    seed: 1,
    relist: 0.5,
    fail: 0.3,
    error: (method) => new FleetkitError(method === 'update' ? 'store/conflict' : 'store/relist', 'injected'),
  })
  await apply(web())
  const deployments = playDeployments({ ...plain(cluster), update: racing.update, watch: racing.watch }, { clock, readyAfterMs })
  for (let replicas = 1; replicas <= 20; replicas++) {
    await apply(web({ replicas }))
    await clock.advance(readyAfterMs)
    expect((await cluster.get(ref))?.status).toMatchObject({ replicas })
  }
  expect(new Set(racing.faults.injected.map(({ fault }) => fault))).toEqual(new Set(['relist', 'fail']))
  await deployments[Symbol.asyncDispose]()
})

test('stops when it is disposed of, and when the cluster is closed', async () => {
  const first = playDeployments(cluster, { clock, readyAfterMs })
  await apply(web())
  await clock.advance(1)
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  expect(clock.nextWakeAt).toBeUndefined()
  expect(await isReady()).toBe(false)
  const second = playDeployments(cluster, { clock, readyAfterMs })
  await clock.advance(1)
  await cluster[Symbol.asyncDispose]()
  await clock.advance(readyAfterMs)
  await second[Symbol.asyncDispose]()
})

test('an error of the cluster is thrown when it is disposed of', async () => {
  const broken = { ...plain(cluster), list: async () => Promise.reject(new FleetkitError('cluster/forbidden', 'no')) }
  const deployments = playDeployments(broken, { clock })
  await clock.advance(1000)
  await expect(deployments[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'cluster/forbidden' })
})

/** The methods of a cluster, to replace some of them. */
function plain(from: ClusterApi): ClusterApi {
  return {
    get: (...args) => from.get(...args),
    list: (...args) => from.list(...args),
    watch: (...args) => from.watch(...args),
    create: (...args) => from.create(...args),
    update: (...args) => from.update(...args),
    delete: (...args) => from.delete(...args),
    lease: (...args) => from.lease(...args),
    apply: (...args) => from.apply(...args),
    discover: (...args) => from.discover(...args),
    types: (...args) => from.types(...args),
    close: () => from.close(),
    [Symbol.asyncDispose]: () => from[Symbol.asyncDispose](),
  }
}
