import { type ClusterApi, type KubeObject, Manager, pullSyncController, syncController } from 'fleetkit'
import { clusterKind, definitionOf, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { type MemoryFleet, memoryFleet, memoryGit } from 'fleetkit/memory'
import { registrationAnnotation, tokenRenewalController } from 'fleetkit/registration'
import { VirtualClock } from 'fleetkit/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { running } from '../running.ts'

const namespace = 'fleetkit'
const hour = 3_600_000
const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'management' }
const account = { namespace: 'shop-17', name: 'fleetkit-agent' }

let clock: VirtualClock
let fleet: MemoryFleet
/** For how long tokens were asked for. */
let asked: number[]
/** What fails, as long as it does. */
let failure: Error | undefined

beforeEach(async () => {
  clock = new VirtualClock()
  fleet = memoryFleet({ clock })
  asked = []
  failure = undefined
  const hub = fleet.cluster('management')
  await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } })
  await hub.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account })
  const shop = fleet.cluster('shop')
  for (const kind of [clusterKind, pullSyncKind, syncKind]) await shop.create(definitionOf(kind))
  await shop.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const { token } = await (hub as Required<ClusterApi>).createToken(account, { expirationSeconds: 24 * 3600 })
  const metadata = { namespace, name: 'management', annotations: { [registrationAnnotation]: 'registration-1' } }
  await shop.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { value: kubeconfigOf(token) } })
  await shop.create({
    apiVersion: clusterKind.apiVersion,
    kind: 'Cluster',
    metadata,
    spec: { access: { kubeConfig: { secretRef: { name: 'management' } } } },
  })
  const spec = { upstream: { cluster: { name: 'management' }, namespace: 'shop-17' } }
  await shop.create({ apiVersion: pullSyncKind.apiVersion, kind: 'PullSync', metadata, spec })
})

function kubeconfigOf(token: string): string {
  return Buffer.from(`
apiVersion: v1
kind: Config
current-context: a
clusters: [{ name: a, cluster: { server: https://hub.example.com } }]
users: [{ name: a, user: { token: "${token}" } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
`).toString('base64')
}

const kubeconfig = async (): Promise<string> => {
  const { data } = (await fleet.cluster('shop').get(secretRef)) as { readonly data?: { readonly value: string } }
  return Buffer.from(data?.value ?? '', 'base64').toString()
}
const tokenOf = (text: string) => /token: "?([^"\n]+)/.exec(text)?.[1] ?? ''
const claims = async () => JSON.parse(Buffer.from(tokenOf(await kubeconfig()).split('.')[1] ?? '', 'base64url').toString())

function start(options?: Parameters<typeof tokenRenewalController>[0], grants?: number) {
  const shop = fleet.cluster('shop')
  const connect: typeof fleet.connect = async (request, { current }) => {
    if (current !== undefined) return current
    const api = await fleet.connect(request, { current } as never)
    return new Proxy(api, {
      get(target, property) {
        if (property !== 'createToken') return Reflect.get(target, property, target)
        return async (of: typeof account, given: Parameters<NonNullable<ClusterApi['createToken']>>[1]) => {
          asked.push(given.expirationSeconds)
          if (failure !== undefined) throw failure
          return (target as Required<ClusterApi>).createToken(of, { ...given, expirationSeconds: grants ?? given.expirationSeconds })
        }
      },
    })
  }
  const manager = new Manager({ store: shop, cluster: shop, git: memoryGit(), clock, connect, random: () => 1 })
  return running(manager.add(syncController(), pullSyncController(), tokenRenewalController(options)), clock)
}

describe('the token of an agent', () => {
  test('is renewed when the agent starts, and then at half its life', async () => {
    const before = await kubeconfig()
    const stop = start()
    await clock.advance(1000)
    expect(asked).toEqual([86_400])
    const first = await kubeconfig()
    expect(tokenOf(first)).not.toBe(tokenOf(before))
    expect(first).toContain('https://hub.example.com')
    expect(await claims()).toMatchObject({ sub: 'system:serviceaccount:shop-17:fleetkit-agent' })
    await clock.advance(12 * hour - 2000)
    expect(await kubeconfig()).toBe(first)
    await clock.advance(2000)
    expect(asked).toHaveLength(2)
    expect(await kubeconfig()).not.toBe(first)
    await clock.advance(48 * hour)
    expect(asked).toHaveLength(6)
    await stop()
  })

  test('that lasts shorter than was asked for is renewed at half of that', async () => {
    const stop = start(undefined, 3600)
    await clock.advance(1000)
    await clock.advance(hour)
    expect(asked).toHaveLength(3)
    await stop()
  })

  test('is renewed again after a failure, and the old one is kept until then', async () => {
    failure = new Error('the management is away')
    const before = await kubeconfig()
    const stop = start()
    await clock.advance(600_000)
    expect(asked.length).toBeGreaterThan(3)
    expect(await kubeconfig()).toBe(before)
    failure = undefined
    await clock.advance(600_000)
    expect(tokenOf(await kubeconfig())).not.toBe(tokenOf(before))
    await stop()
  })

  test('that another one has written is renewed too, and never written over with an older one', async () => {
    const stop = start()
    await clock.advance(1000)
    const { token } = await (fleet.cluster('management') as Required<ClusterApi>).createToken(account, { expirationSeconds: 7200 })
    const secret = (await fleet.cluster('shop').get(secretRef)) as KubeObject
    await fleet.cluster('shop').update({ ...secret, data: { value: kubeconfigOf(token) } })
    await clock.advance(601_000)
    expect(asked).toHaveLength(2)
    expect(tokenOf(await kubeconfig())).not.toBe(token)
    await stop()
  })

  test.each([
    ['a Secret that no registration has written', {}, undefined],
    ['a token that is not of a ServiceAccount', { [registrationAnnotation]: 'registration-1' }, 'a-static-token'],
  ])('is left alone: %s', async (_, annotations, token) => {
    const secret = (await fleet.cluster('shop').get(secretRef)) as KubeObject
    const data = token === undefined ? secret.data : { value: kubeconfigOf(token) }
    await fleet.cluster('shop').update({ ...secret, metadata: { ...secret.metadata, annotations }, data })
    const before = await kubeconfig()
    const stop = start()
    await clock.advance(24 * hour)
    expect(asked).toEqual([])
    expect(await kubeconfig()).toBe(before)
    await stop()
  })

  test('of a lifetime that is none is refused', () => {
    for (const tokenLifetime of ['5m', 'a day']) expect(() => tokenRenewalController({ tokenLifetime })).toThrow(/tokenLifetime.*10m/)
  })
})
