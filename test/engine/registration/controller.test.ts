import { getCondition, type KubeObject, Manager, type Store } from 'fleetkit'
import { clusterKind } from 'fleetkit/kinds'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { approveRegistration, denyRegistration, registrationController, registrationNameOf } from 'fleetkit/registration'
import { VirtualClock } from 'fleetkit/testing'
import { compactDecrypt } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { keyPair, madeIn, registrants, registrationOf, registrations, startHub, statusIn } from './hub.ts'
import { killedAfter } from './killed.ts'

const hour = 3_600_000
const uid = 'uid-of-shop-17'
const agent = [
  'ServiceAccount fleetkit-agent',
  'Role fleetkit-agent-token',
  'RoleBinding fleetkit-agent',
  'RoleBinding fleetkit-agent-token',
]

let clock: VirtualClock
let hub: ReturnType<typeof memoryCluster>
let stop: Stop
let pair: Awaited<ReturnType<typeof keyPair>>

beforeEach(async () => {
  clock = new VirtualClock()
  hub = memoryCluster({ clock })
  stop = await startHub(hub, clock)
  pair = await keyPair()
})
afterEach(() => stop())

async function send(spec: object = {}, metadata: object = {}, name = pair.name): Promise<string> {
  await hub.create(registrationOf(name, { clusterUid: uid, publicKey: pair.publicKey, ...spec }, metadata))
  await clock.advance(1000)
  return name
}
async function approve(name: string, approval: { name?: string; namespace?: string; labels?: Record<string, string> } = {}): Promise<void> {
  await approveRegistration(hub, { name }, { name: 'shop-17', ...approval, by: 'ada', clock })
  await clock.advance(1000)
}
const readyOf = async (name: string) => getCondition((await statusIn(hub, name)).conditions, 'Ready')
const cluster = (name = 'shop-17') => hub.get({ ...clusterKind, namespace: name, name })
const readers = async () => (await madeIn(hub, registrations)).filter((made) => made.startsWith('Role'))

describe('a registration', () => {
  test('waits for a person, and makes nothing', async () => {
    const name = await send({ proposedName: 'shop-17' })
    expect(await readyOf(name)).toMatchObject({ status: 'False', reason: 'Pending' })
    expect(await cluster()).toBeUndefined()
    expect(await readers()).toEqual([])
  })

  test('that is approved becomes a Cluster, and hands its first token to who has its key', async () => {
    const name = await send()
    await approve(name, { labels: { tier: 'shop' } })
    const made = await cluster()
    expect(made).toMatchObject({ metadata: { labels: { tier: 'shop' } }, spec: { access: { inbound: {} } } })
    expect(made?.status).toMatchObject({ identity: { uid } })
    expect(await madeIn(hub, 'shop-17')).toEqual(['Cluster shop-17', ...agent])
    expect(await readers()).toEqual([`Role ${name}`, `RoleBinding ${name}`])
    expect(await readyOf(name)).toMatchObject({ status: 'True', reason: 'Issued' })
    const { credential } = await statusIn(hub, name)
    expect(Date.parse(credential?.expiresAt ?? '') - Date.parse(credential?.issuedAt ?? '')).toBe(24 * hour)
    const { plaintext, protectedHeader } = await compactDecrypt(credential?.jwe ?? '', pair.privateKey)
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
    const { token, ...rest } = JSON.parse(new TextDecoder().decode(plaintext))
    expect(rest).toEqual({ namespace: 'shop-17', cluster: 'shop-17' })
    expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())).toMatchObject({
      sub: 'system:serviceaccount:shop-17:fleetkit-agent',
    })
    await expect(compactDecrypt(credential?.jwe ?? '', (await keyPair()).privateKey)).rejects.toThrow()
    expect(JSON.stringify(await statusIn(hub, name))).not.toContain(token)
  })

  test('that is denied says so to who has sent it, and makes nothing', async () => {
    const name = await send()
    await denyRegistration(hub, { name }, { reason: 'who are you', by: 'ada', clock })
    await clock.advance(1000)
    expect(await readyOf(name)).toMatchObject({ reason: 'Denied', message: 'who are you' })
    expect(await readers()).toEqual([`Role ${name}`, `RoleBinding ${name}`])
    expect(await cluster()).toBeUndefined()
  })

  test('cannot approve itself', async () => {
    const status = {
      decision: { verdict: 'Approved', by: 'me', at: '2026-01-01T00:00:00Z', generation: 1, name: 'shop-17', namespace: 'shop-17' },
    }
    await hub.create({ ...registrationOf(pair.name, { clusterUid: uid, publicKey: pair.publicKey }), status })
    await clock.advance(1000)
    expect(await readyOf(pair.name)).toMatchObject({ reason: 'Pending' })
    expect(await cluster()).toBeUndefined()
  })

  test('with labels is refused, whatever is approved, and cannot keep itself', async () => {
    const name = await send({}, { labels: { tier: 'prod' }, finalizers: ['example.com/keep'] })
    expect(await readyOf(name)).toMatchObject({ reason: 'Invalid', message: expect.stringMatching(/metadata.labels.*metadata.finalizers/) })
    await expect(approve(name)).rejects.toMatchObject({ code: 'model/invalid', message: expect.stringContaining('metadata.labels') })
    await hub.delete({ ...registrationOf(name, {}), name, namespace: registrations })
    await clock.advance(1000)
    expect(await statusIn(hub, name)).toEqual({})
    expect((await hub.list(registrationOf(name, {}))).items).toEqual([])
  })

  test('with a name of its own choice is refused: it could be that of a Role', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { namespace: registrations, name: 'admins' },
      rules: [],
    }
    const kept = await hub.create(role)
    const name = await send({}, {}, 'admins')
    expect(await readyOf(name)).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining(`metadata.name: found admins, accepted ${pair.name}`),
    })
    await expect(approve(name)).rejects.toMatchObject({ code: 'model/invalid' })
    await denyRegistration(hub, { name }, { by: 'ada', clock })
    await clock.advance(1000)
    expect(await hub.get({ ...role, namespace: registrations, name })).toEqual(kept)
    expect(await readers()).toEqual(['Role admins'])
  })

  test('with a key that is no point of the curve is refused before anything is made', async () => {
    const publicKey = { ...pair.publicKey, y: pair.publicKey.x }
    const name = await send({ publicKey }, {}, registrationNameOf(publicKey))
    await approve(name)
    expect(await readyOf(name)).toMatchObject({ reason: 'Invalid', message: expect.stringContaining('spec.publicKey') })
    expect(await cluster()).toBeUndefined()
  })

  test('for a cluster that is registered gets no second name, but a new token for the first', async () => {
    await approve(await send())
    const other = await keyPair()
    const name = await send({ publicKey: other.publicKey }, {}, other.name)
    await approve(name, { name: 'till' })
    expect(await readyOf(name)).toMatchObject({ reason: 'AlreadyRegistered', message: expect.stringContaining('shop-17/shop-17') })
    expect(await cluster('till')).toBeUndefined()
    const before = await cluster()
    await approve(name)
    expect(await readyOf(name)).toMatchObject({ status: 'True', reason: 'Issued' })
    expect((await cluster())?.metadata.uid).toBe(before?.metadata.uid)
  })

  test('of two that are approved at the same time for one cluster, one is refused', async () => {
    const other = await keyPair()
    const names = [await send(), await send({ publicKey: other.publicKey }, {}, other.name)]
    for (const [index, name] of names.entries()) await approveRegistration(hub, { name }, { name: `shop-${index}`, by: 'ada', clock })
    await clock.advance(1000)
    expect((await Promise.all(names.map(readyOf))).map((ready) => ready?.reason).sort()).toEqual(['AlreadyRegistered', 'Issued'])
    expect((await hub.list(clusterKind)).items).toHaveLength(1)
  })

  test('that is approved with the name of another cluster waits for another name', async () => {
    await approve(await send())
    const other = await keyPair()
    const name = await send({ publicKey: other.publicKey, clusterUid: 'another' }, {}, other.name)
    await approve(name)
    expect(await readyOf(name)).toMatchObject({ reason: 'NameTaken' })
    await approve(name, { name: 'shop-18' })
    expect(await readyOf(name)).toMatchObject({ reason: 'Issued' })
    expect((await cluster('shop-18'))?.metadata.labels).toBeUndefined()
  })

  test('gets another token as long as the first is not in use, and none once it is, or its Cluster was deleted', async () => {
    const name = await send()
    await approve(name)
    const first = (await statusIn(hub, name)).credential
    await clock.advance(12 * hour)
    const second = (await statusIn(hub, name)).credential
    expect(second?.jwe).not.toBe(first?.jwe)
    await clock.advance(11.99 * hour)
    const made = (await cluster()) as KubeObject
    const reachable = { type: 'Ready', status: 'True', reason: 'Reachable', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }
    const status = { identity: { uid, counter: 1 }, lastContactAt: '2026-01-02T00:00:00Z', observedGeneration: 1, conditions: [reachable] }
    await hub.update({ ...made, status }, { subresource: 'status' })
    await clock.advance(120_000)
    expect(await readyOf(name)).toMatchObject({ status: 'True', reason: 'Registered' })
    expect((await statusIn(hub, name)).credential).toBeUndefined()
    await hub.delete({ ...clusterKind, namespace: 'shop-17', name: 'shop-17' })
    await clock.advance(48 * hour)
    expect(await cluster()).toBeUndefined()
    expect(await madeIn(hub, 'shop-17')).toEqual([])
  })

  test('whose Cluster is deleted before its token is in use makes it no second time', async () => {
    const name = await send()
    await approve(name)
    await hub.delete({ ...clusterKind, namespace: 'shop-17', name: 'shop-17' })
    await clock.advance(1000)
    expect(await readyOf(name)).toMatchObject({ reason: 'Unregistered' })
    expect((await statusIn(hub, name)).credential).toBeUndefined()
    expect(await madeIn(hub, 'shop-17')).toEqual([])
    await expect(approve(name)).rejects.toMatchObject({ code: 'registration/decided' })
  })

  test('is finished by another manager after each write that the first one did not survive', async () => {
    await stop()
    stop = async () => {}
    for (let survived = 0, isDone = false; !isDone; survived++) {
      hub = memoryCluster({ clock })
      await (await startHub(hub, clock))()
      await hub.create(registrationOf(pair.name, { clusterUid: uid, publicKey: pair.publicKey }))
      await approveRegistration(hub, { name: pair.name }, { name: 'shop-17', by: 'ada', clock })
      const writes = { left: survived }
      await runFor(1000, killedAfter(writes, hub))
      isDone = writes.left > 0
      await runFor(1000, hub)
      expect(await readyOf(pair.name)).toMatchObject({ reason: 'Issued' })
      expect(await madeIn(hub, 'shop-17')).toEqual(['Cluster shop-17', ...agent])
      expect((await cluster())?.status).toMatchObject({ identity: { uid } })
      if (isDone) expect(survived).toBeGreaterThan(10)
    }
  })
})

/** Runs the controller alone for some virtual time. */
async function runFor(ms: number, store: Store): Promise<void> {
  const manager = new Manager({ store, clock, management: 'hub' }).add(registrationController({ registrants }))
  const end = running(manager, clock)
  await clock.advance(ms)
  await end()
}

describe('bad input', () => {
  test.each([
    ['no name', { name: '' }, 'name'],
    ['a name that is none', { name: 'Shop 17' }, 'name'],
    ['the namespace of the cluster itself', { name: 'kube-system' }, 'namespace'],
    ['the namespace of the registrations', { name: 'shop-17', namespace: registrations }, 'namespace'],
    ['a label that is none', { name: 'shop-17', labels: { 'a b': '' } }, 'labels'],
    ['no one who approves', { name: 'shop-17', by: '' }, 'by'],
  ])('an approval with %s is refused', async (_, approval, path) => {
    const name = await send()
    await expect(approveRegistration(hub, { name }, { by: 'ada', clock, ...approval })).rejects.toMatchObject({
      code: 'model/invalid',
      problems: [expect.objectContaining({ path: expect.stringContaining(path) })],
    })
    expect((await statusIn(hub, name)).decision).toBeUndefined()
  })

  test('an approval of what is not there is refused', async () => {
    await expect(approve('absent')).rejects.toMatchObject({ code: 'store/not-found' })
  })

  test('a lifetime of the first token that is none is refused', () => {
    for (const tokenLifetime of ['5m', 'a day'])
      expect(() => registrationController({ registrants, tokenLifetime })).toThrow(/tokenLifetime.*10m/)
  })

  test('a store that gives no tokens is named', async () => {
    const store = memoryStore({ clock })
    await store.create(registrationOf(pair.name, { clusterUid: uid, publicKey: pair.publicKey }))
    await approveRegistration(store, { name: pair.name }, { name: 'shop-17', by: 'ada', clock })
    await runFor(1000, store)
    expect(getCondition((await statusIn(store, pair.name)).conditions, 'Ready')?.message).toContain('one that gives no tokens')
    expect(await store.get({ ...clusterKind, namespace: 'shop-17', name: 'shop-17' })).toBeUndefined()
  })
})
