import {
  type ClusterApi,
  type Condition,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  type ObjectRef,
  ProxySync,
  type PullSyncStatus,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { clusterKind, clusterRegistrationKind, definitionOf, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { type MemoryFleet, memoryFleet } from 'fleetkit/memory'
import {
  approveRegistration,
  denyRegistration,
  type Registered,
  type RegisterOptions,
  register,
  registrationAnnotation,
  unregisterCluster,
} from 'fleetkit/registration'
import { VirtualClock } from 'fleetkit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { configMap, repository, url } from '../sync/scenarios.ts'
import { madeIn, registrations, startHub } from './hub.ts'
import { killedAfter } from './killed.ts'

const namespace = 'fleetkit'
const kubeconfig = `
apiVersion: v1
kind: Config
current-context: registrant
clusters: [{ name: hub, cluster: { server: https://hub.example.com, certificate-authority-data: Y2E= } }]
users: [{ name: registrant, user: { token: registration-token } }]
contexts: [{ name: registrant, context: { cluster: hub, user: registrant } }]
`
const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace, name })

let clock: VirtualClock
let fleet: MemoryFleet
let stops: Stop[]

beforeEach(async () => {
  clock = new VirtualClock()
  fleet = memoryFleet({ clock })
  stops = [await startHub(hub(), clock)]
  await prepare(shop())
})
afterEach(async () => {
  for (const stop of stops) await stop()
})

const hub = () => fleet.cluster('management')
const shop = () => fleet.cluster('shop')

async function prepare(cluster: ClusterApi): Promise<void> {
  for (const kind of [clusterKind, pullSyncKind, syncKind]) await cluster.create(definitionOf(kind))
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
}

/** The line of a registrant: it may create, and read what the management has given it the right to read. */
function registrant(): Pick<ClusterApi, 'create' | 'get'> {
  return {
    create: (object, options) => hub().create(object, options),
    async get(ref, options) {
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace: registrations, name: ref.name }
      if ((await hub().get(role)) === undefined) throw new FleetkitError('cluster/forbidden', 'it may not')
      return hub().get(ref, options)
    },
  }
}

interface Running {
  result?: Registered
  error?: unknown
}
function start(options: Partial<RegisterOptions> = {}): Running {
  const state: Running = {}
  register({ upstream: registrant(), kubeconfig, store: shop(), clock, random: () => 1, ...options }).then(
    (result) => {
      state.result = result
    },
    (error: unknown) => {
      state.error = error
    },
  )
  return state
}
const sent = async (): Promise<readonly KubeObject[]> => (await hub().list(clusterRegistrationKind)).items
async function approve(name = 'shop-17'): Promise<void> {
  for (const { metadata } of await sent()) await approveRegistration(hub(), metadata, { name, labels: { tier: 'shop' }, by: 'ada', clock })
}

/** What the management has for the cluster. */
async function give(): Promise<void> {
  const template = { spec: { source: { git: { url, tag: 'v1' } }, prune: true } }
  const prices = new ProxySync({ metadata: { name: 'prices', namespace: 'shop-17' }, spec: { cluster: { name: 'shop-17' }, template } })
  await hub().create(prices.toObject())
}

/** What goes on in the cluster once it is registered. */
function startAgent(): Stop {
  const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } })
  const agent = new Manager({ store: shop(), cluster: shop(), git, clock, connect: fleet.connect })
  return running(agent.add(syncController(), pullSyncController()), clock)
}

async function readyOf(store: ClusterApi, ref: ObjectRef): Promise<Condition | undefined> {
  return getCondition(((await store.get(ref)) as { readonly status?: PullSyncStatus } | undefined)?.status?.conditions, 'Ready')
}

describe('a cluster', () => {
  test('registers, and has what the management has for it', async () => {
    const state = start({ proposedName: 'till', message: 'the till of shop 17' })
    await clock.advance(3_600_000)
    expect(state).toEqual({})
    const [registration] = await sent()
    const system = await shop().get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })
    expect(registration?.spec).toMatchObject({ clusterUid: system?.metadata.uid, proposedName: 'till', message: 'the till of shop 17' })
    expect(registration?.spec).not.toHaveProperty('publicKey.d')
    await approve()
    await clock.advance(61_000)
    expect(state).toEqual({ result: { namespace: 'shop-17' } })
    const kept = (await shop().get(secret('management'))) as KubeObject
    const text = Buffer.from((kept.data as { value: string }).value, 'base64').toString()
    expect(text).toContain('https://hub.example.com')
    expect(text).not.toContain('registration-token')
    expect(await shop().get(secret('management-registration'))).toBeUndefined()

    await give()
    stops.push(startAgent())
    await clock.advance(120_000)
    expect(await shop().get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' })).toMatchObject({ data: { x: '1' } })
    expect(await readyOf(shop(), { ...pullSyncKind, namespace, name: 'management' })).toMatchObject({ status: 'True', reason: 'Pulling' })
    expect(await readyOf(hub(), { ...clusterKind, namespace: 'shop-17', name: 'shop-17' })).toMatchObject({ status: 'True' })
  })

  test('is not taken for another one that has its token', async () => {
    start()
    await clock.advance(1000)
    await approve()
    await clock.advance(61_000)
    const other = fleet.cluster('other')
    await prepare(other)
    for (const ref of [
      secret('management'),
      { ...clusterKind, namespace, name: 'management' },
      { ...pullSyncKind, namespace, name: 'management' },
    ]) {
      const { resourceVersion: _, uid: __, ...metadata } = ((await shop().get(ref)) as KubeObject).metadata
      await other.create({ ...((await shop().get(ref)) as KubeObject), metadata })
    }
    const manager = new Manager({ store: other, cluster: other, git: repository({}), clock, connect: fleet.connect })
    stops.push(running(manager.add(syncController(), pullSyncController()), clock))
    await clock.advance(120_000)
    expect(await readyOf(other, { ...pullSyncKind, namespace, name: 'management' })).toMatchObject({
      status: 'False',
      reason: 'AnotherCluster',
    })
  })

  test('that is killed at any write goes on when it is started again, and sends one registration', async () => {
    for (let survived = 0, isDone = false; !isDone; survived++) {
      fleet.remove('shop')
      for (const { metadata } of await sent())
        await hub().delete({ ...clusterRegistrationKind, namespace: registrations, name: metadata.name })
      const name = `shop-${survived}`
      await prepare(shop())
      const writes = { left: survived }
      const first = start({ store: killedAfter(writes, shop()), upstream: killedAfter(writes, registrant()) })
      await clock.advance(1000)
      await approve(name)
      await clock.advance(61_000)
      isDone = first.result !== undefined
      if (!isDone) expect(first.error).toEqual(new Error('it was killed'))
      const second = start()
      await clock.advance(1000)
      await approve(name).catch(() => {})
      await clock.advance(61_000)
      expect(second).toEqual({ result: { namespace: name } })
      expect(await sent()).toHaveLength(1)
      expect(await shop().get(secret('management-registration'))).toBeUndefined()
      // The key, the registration, a Secret, a Cluster, a PullSync, and the key again.
      if (isDone) expect(survived).toBe(6)
    }
  })

  test('whose answers get lost sends one registration', async () => {
    let lost = 3
    const upstream = {
      ...registrant(),
      async create(object: KubeObject) {
        const created = await hub().create(object)
        if (lost-- > 0) throw new FleetkitError('cluster/unreachable', 'the answer was lost')
        return created
      },
    }
    const state = start({ upstream })
    await clock.advance(60_000)
    expect(await sent()).toHaveLength(1)
    await approve()
    await clock.advance(61_000)
    expect(state.result).toEqual({ namespace: 'shop-17' })
  })

  test('that is registered asks nothing, and registers again where its kubeconfig is gone', async () => {
    start()
    await clock.advance(1000)
    await approve()
    await clock.advance(61_000)
    const upstream = { get: () => Promise.reject(new Error('asked')), create: () => Promise.reject(new Error('asked')) }
    const again = start({ upstream })
    await clock.advance(1000)
    expect(again).toEqual({ result: { namespace: 'shop-17' } })
    await shop().delete(secret('management'))
    const anew = start()
    await clock.advance(1000)
    const pending = (await sent()).filter(({ status }) => (status as { decision?: object } | undefined)?.decision === undefined)
    expect(pending).toHaveLength(1)
    await approveRegistration(hub(), (pending[0] as KubeObject).metadata, { name: 'shop-17', by: 'ada', clock })
    await clock.advance(61_000)
    expect(anew).toEqual({ result: { namespace: 'shop-17' } })
    expect((await hub().list(clusterKind)).items).toHaveLength(1)
  })

  test('that is denied ends with the reason', async () => {
    const state = start()
    await clock.advance(1000)
    const [registration] = await sent()
    await denyRegistration(hub(), (registration as KubeObject).metadata, { reason: 'who are you', by: 'ada', clock })
    await clock.advance(61_000)
    expect(state.error).toMatchObject({ code: 'registration/denied', message: expect.stringContaining('who are you') })
    expect(await shop().get(secret('management'))).toBeUndefined()
  })

  test('ends when it is aborted', async () => {
    const stop = new AbortController()
    const state = start({ signal: stop.signal })
    await clock.advance(1000)
    stop.abort()
    await clock.advance(1)
    expect(state.error).toMatchObject({ code: 'aborted' })
  })

  test('does not take what was encrypted to another key for its own', async () => {
    const state = start()
    await clock.advance(1000)
    await approve()
    const kept = (await shop().get(secret('management-registration'))) as KubeObject
    await clock.advance(1000)
    const [registration] = await sent()
    const status = {
      ...(registration?.status as object),
      credential: { jwe: 'e30.e30.e30.e30.e30', issuedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-02T00:00:00Z' },
    }
    await hub().update({ ...(registration as KubeObject), status }, { subresource: 'status' })
    await clock.advance(10_000)
    expect(state.error).toMatchObject({ code: 'registration/unreadable' })
    expect(JSON.stringify(state.error)).not.toContain((kept.data as { key: string }).key)
  })
})

describe('bad input', () => {
  test.each([
    ['no kubeconfig', '', 'the whole'],
    ['no YAML', '{', 'the whole'],
    ['no context', kubeconfig.replace('current-context: registrant', ''), 'current-context'],
    ['no cluster', kubeconfig.replace('name: hub, cluster', 'name: other, cluster'), 'contexts[].context.cluster'],
    ['no server', kubeconfig.replace('server: https://hub.example.com, ', ''), 'clusters[].cluster.server'],
    ['a file', kubeconfig.replace('certificate-authority-data', 'certificate-authority'), 'clusters[].cluster.certificate-authority'],
  ])('a kubeconfig with %s is refused before anything is sent', async (_, text, path) => {
    const state = start({ kubeconfig: text })
    await clock.advance(1000)
    expect(state.error).toMatchObject({ code: 'cluster/config', problems: [{ path }] })
    expect(String(state.error)).not.toContain('registration-token')
    expect(await sent()).toEqual([])
  })

  test('a proposed name that is none is refused', async () => {
    const state = start({ proposedName: 'Shop 17' })
    await clock.advance(1000)
    expect(state.error).toMatchObject({ code: 'model/invalid', problems: [{ path: 'spec.proposedName' }] })
    expect(await sent()).toEqual([])
  })

  test('what another one has written under these names is not written over', async () => {
    await shop().create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'management' }, data: {} })
    const state = start()
    await clock.advance(1000)
    expect(state.error).toMatchObject({ code: 'model/invalid', message: expect.stringContaining(registrationAnnotation) })
    expect(await sent()).toEqual([])
  })

  test('a registrant that may not send one is not left waiting', async () => {
    const upstream = { ...registrant(), create: () => Promise.reject(new FleetkitError('cluster/unauthorized', 'the token is over')) }
    const state = start({ upstream })
    await clock.advance(1000)
    expect(state.error).toMatchObject({ code: 'cluster/unauthorized' })
  })
})

describe('a cluster that is taken out of the management', () => {
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }
  const cluster = { namespace: 'shop-17', name: 'shop-17' }

  beforeEach(async () => {
    start()
    await clock.advance(1000)
    await approve()
    await clock.advance(61_000)
    await give()
  })

  test('deletes what it was given first, and then has no rights any more', async () => {
    stops.push(startAgent())
    await clock.advance(120_000)
    expect(await shop().get(applied)).toBeDefined()
    const done = unregisterCluster(hub(), cluster, { copies: 'Delete', clock })
    await clock.advance(120_000)
    await done
    expect(await shop().get(applied)).toBeUndefined()
    expect(await madeIn(hub(), 'shop-17')).toEqual([])
    expect((await hub().list(proxySyncKind)).items).toEqual([])
    await unregisterCluster(hub(), cluster, { copies: 'Delete', clock })
  })

  test('waits for a cluster that is away, until it is aborted', async () => {
    const agent = startAgent()
    await clock.advance(120_000)
    await agent()
    const stop = new AbortController()
    const done = unregisterCluster(hub(), cluster, { copies: 'Delete', clock, signal: stop.signal }).catch((error: unknown) => error)
    await clock.advance(3_600_000)
    expect((await hub().list(proxySyncKind)).items).toHaveLength(1)
    stop.abort()
    expect(await done).toMatchObject({ code: 'aborted' })
    expect(await madeIn(hub(), 'shop-17')).toContain('Cluster shop-17')
  })

  test('that is gone for good is forgotten without asking it, and would keep what it has', async () => {
    const agent = startAgent()
    await clock.advance(120_000)
    await agent()
    const done = unregisterCluster(hub(), cluster, { copies: 'Orphan', clock })
    await clock.advance(120_000)
    await done
    expect(await madeIn(hub(), 'shop-17')).toEqual([])
    expect((await hub().list(proxySyncKind)).items).toEqual([])
    expect(await shop().get(applied)).toBeDefined()
    // The registration is no reason to make it again.
    await clock.advance(48 * 3_600_000)
    expect((await hub().list(clusterKind)).items).toEqual([])
  })
})
