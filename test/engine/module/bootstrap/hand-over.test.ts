import { type KubeObject, readinessOf } from 'fleetkit'
import { handOverAnnotation } from 'fleetkit/bootstrap-module'
import { expect, test } from 'vitest'
import { BootstrapWorld, handOver, mapRef, minute, namespace, selfFilesOf, syncRef, url } from './world.ts'

const takesOver = { handOver: { ...handOver, timeout: '10m', takeBackAfter: '5m' }, removalPolicy: 'Orphan' } as const

/** A cluster that has taken over version v1, and what ends the controllers. */
async function handedOver() {
  const w = new BootstrapWorld()
  w.versions(selfFilesOf, 'v1', 'v2')
  await w.clusters('a')
  const stop = w.manage()
  await w.bootstrap(takesOver)
  await w.clock.advance(minute)
  const leave = w.work('a')
  await w.clock.advance(2 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  return { w, stop, leave }
}

test('the cluster is ready once its Sync has taken over, and not before; then nothing is applied directly any more', async () => {
  const w = new BootstrapWorld()
  w.versions(selfFilesOf, 'v1')
  await w.clusters('a')
  const stop = w.manage()
  await w.module('shop', { dependsOn: [{ name: 'agent' }] })
  await w.bootstrap(takesOver)
  await w.clock.advance(2 * minute)
  expect(await w.handedOver()).toBe('HandingOver')
  expect(readinessOf((await w.direct()).a).ready).toBe(true)
  expect(await w.status()).toMatchObject({ phase: 'Running', summary: { done: 0, updating: 1 } })
  expect(w.rollouts.explain({ namespace, cluster: 'a', module: 'shop' })?.message).toBe('shop waits for agent on a')
  const before = await w.cluster('a').get(mapRef('settings'))

  const leave = w.work('a')
  await w.clock.advance(5 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  expect(await w.syncThere()).toEqual({ ready: 'True', revision: expect.stringMatching(/^v1@/) })
  expect(await w.status()).toMatchObject({ phase: 'Complete', summary: { done: 1 } })
  expect(await w.status('shop', 'Module')).toMatchObject({ phase: 'Complete' })
  // One owner throughout: nothing was written again.
  expect(await w.cluster('a').get(mapRef('settings'))).toEqual(before)
  expect(w.states).toEqual(['HandingOver', 'HandedOver'])

  // What others change there the cluster itself takes back, with the management gone.
  await stop()
  await w.cluster('a').delete(mapRef('settings'))
  await w.clock.advance(3 * minute)
  expect(await w.setting('a')).toBe('v1')
  await leave()
})

test('a manager that starts again goes on where the one before has stopped, and a cluster that keeps itself costs it nothing', async () => {
  const { w, stop, leave } = await handedOver()
  await stop()
  w.writes.length = 0
  const again = w.manage()
  await w.clock.advance(60 * minute)
  expect(w.writes.filter((write) => !write.includes(' Cluster '))).toEqual([])
  expect(w.states).toEqual(['HandingOver', 'HandedOver'])
  await again()
  await leave()
})

test('a new version is applied directly first, and handed over again', async () => {
  const { w, stop, leave } = await handedOver()
  await w.bootstrap({ ...takesOver, tag: 'v2' })
  await w.clock.advance(5 * minute)
  expect(await w.setting('a')).toBe('v2')
  expect(await w.syncThere()).toEqual({ ready: 'True', revision: expect.stringMatching(/^v2@/) })
  expect(await w.status()).toMatchObject({ phase: 'Complete', version: 'v2' })
  expect(w.states).toEqual(['HandingOver', 'HandedOver', 'HandingOver', 'HandedOver'])
  await stop()
  await leave()
})

test('that an older version was taken over says nothing of a new one that fails', async () => {
  const { w, stop, leave } = await handedOver()
  const bad = { apiVersion: 'none.example.com/v1', kind: 'Missing', metadata: { name: 'x' } }
  w.versions((tag) => ({ ...selfFilesOf(tag), 'bad.json': JSON.stringify(bad) }), 'v3')
  w.events.length = 0
  await w.bootstrap({ ...takesOver, tag: 'v3' })
  await w.clock.advance(5 * minute)
  expect(await w.status()).toMatchObject({ version: 'v1', summary: { done: 0 } })
  expect(w.phases).not.toContain('Complete')
  expect(w.states).toEqual([])
  await stop()
  await leave()
})

test('what another person makes of the RemoteSync is not handed over', async () => {
  const w = new BootstrapWorld()
  w.versions(selfFilesOf, 'v1', 'v2')
  await w.clusters('a')
  const first = w.manage()
  await w.bootstrap(takesOver)
  await w.clock.advance(minute)
  await first()
  const object = (await w.direct()).a as KubeObject
  const annotations = Object.fromEntries(Object.entries(object.metadata.annotations ?? {}).filter(([key]) => key !== handOverAnnotation))
  const source = { git: { url, commit: await w.git.resolve(url, { tag: 'v2' }) } }
  const spec = { ...(object.spec as object), source } as KubeObject['spec']
  await w.store.update({ ...object, metadata: { ...object.metadata, annotations }, spec })
  w.events.length = 0
  const [stop, leave] = [w.manage({}, 'rollouts'), w.work('a')]
  await w.clock.advance(5 * minute)
  expect(await w.setting('a')).toBe('v2')
  expect(w.states).toEqual([])
  await leave()
  await stop()
})

test('also a cluster whose controllers are broken gets a new version', async () => {
  const { w, stop, leave } = await handedOver()
  await leave()
  await w.bootstrap({ ...takesOver, tag: 'v2' })
  await w.clock.advance(2 * minute)
  expect(await w.setting('a')).toBe('v2')
  expect(await w.handedOver()).toBe('HandingOver')
  const again = w.work('a')
  await w.clock.advance(2 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  await again()
  await stop()
})

test('a cluster that does not take over in time has failed, is applied to directly, and may take over later', async () => {
  const w = new BootstrapWorld()
  w.versions(selfFilesOf, 'v1')
  await w.clusters('a', 'b')
  const stop = w.manage()
  await w.bootstrap({ ...takesOver, rollout: { rolling: { maxUnavailable: 1 } }, interval: '1m' })
  await w.clock.advance(15 * minute)
  expect(await w.handedOver()).toBe('Overdue')
  expect(await w.status()).toMatchObject({ phase: 'Halted' })
  expect(Object.keys(await w.direct())).toEqual(['a'])
  const overdue = w.events.filter(({ type }) => type === 'module.hand-over').at(-1) as unknown as { readonly message: string }
  expect(overdue.message).toMatch(/^its Sync has not taken over within 10m: its Sync: /)
  const record = async () => (await w.direct()).a?.metadata.annotations?.[handOverAnnotation]
  const before = await record()
  await w.cluster('a').delete(mapRef('settings'))
  await w.clock.advance(20 * minute)
  expect(await record()).toBe(before)
  expect(await w.setting('a')).toBe('v1')
  const leave = w.work('a')
  await w.clock.advance(2 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  await leave()
  await stop()
})

test('a Sync that says it is ready, but answers nothing, has not taken over', async () => {
  const { w, stop, leave } = await handedOver()
  await leave()
  // Another revision at the same commit: what the Sync says is of before.
  await w.bootstrap({ ...takesOver, interval: '11m' })
  await w.clock.advance(3 * minute)
  expect((await w.syncThere()).ready).toBe('True')
  expect(await w.handedOver()).toBe('HandingOver')
  await stop()
})

test('a Sync that is not of the very commit has not taken over', async () => {
  const w = new BootstrapWorld()
  w.versions((tag) => selfFilesOf(tag === 'v2' ? 'v1' : tag), 'v1', 'v2')
  await w.clusters('a')
  const stop = w.manage()
  // The configuration at v2 names v1.
  await w.bootstrap({ ...takesOver, tag: 'v2' })
  await w.clock.advance(minute)
  const leave = w.work('a')
  await w.clock.advance(15 * minute)
  expect(await w.syncThere()).toEqual({ ready: 'True', revision: expect.stringMatching(/^v1@/) })
  expect(await w.handedOver()).toBe('Overdue')
  const overdue = w.events.filter(({ type }) => type === 'module.hand-over').at(-1) as unknown as { readonly message: string }
  expect(overdue.message).toMatch(/its Sync is at v1@sha1:/)
  await leave()
  await stop()
})

const breaks: readonly [
  name: string,
  work: (w: BootstrapWorld, leave: () => Promise<void>) => Promise<unknown>,
  message: RegExp,
  minutes: number,
][] = [
  [
    'is deleted',
    async (w, leave) => {
      await leave()
      const { metadata, ...object } = (await w.cluster('a').get(syncRef)) as KubeObject
      await w.cluster('a').update({ ...object, metadata: { ...metadata, finalizers: [] } })
      await w.cluster('a').delete(syncRef)
    },
    /its Sync: it does not exist/,
    7,
  ],
  ['is silent', (_, leave) => leave(), /its Sync has not reported for too long/, 12],
  [
    'fails',
    async (w) => {
      const object = (await w.cluster('a').get(syncRef)) as KubeObject
      await w.cluster('a').update({ ...object, spec: { ...(object.spec as object), path: './missing' } as KubeObject['spec'] })
    },
    /its Sync: /,
    8,
  ],
]

test.each(breaks)(
  'it is taken back from a Sync that %s, applied directly, and handed over once that is well',
  async (_, breakIt, message, minutes) => {
    const { w, stop, leave } = await handedOver()
    await breakIt(w, leave)
    await w.clock.advance(2 * minute)
    // For a while it may be away.
    expect(await w.handedOver()).toBe('HandedOver, suspended')
    await w.clock.advance(minutes * minute)
    const back = w.events.find(
      (event) => event.type === 'module.hand-over' && (event as unknown as { state: string }).state === 'TakenBack',
    )
    expect((back as unknown as { readonly message: string } | undefined)?.message).toMatch(message)
    expect(await w.cluster('a').get(syncRef)).toBeDefined()
    await w.cluster('a').delete(mapRef('settings'))
    const again = w.work('a')
    await w.clock.advance(5 * minute)
    expect(await w.setting('a')).toBe('v1')
    expect(await w.handedOver()).toBe('HandedOver, suspended')
    expect(await w.status()).toMatchObject({ phase: 'Complete', summary: { done: 1 } })
    await again()
    await leave()
    await stop()
  },
)

test('what is taken back counts as failed until the cluster keeps it again', async () => {
  const { w, stop, leave } = await handedOver()
  await leave()
  await w.clock.advance(15 * minute)
  expect(await w.handedOver()).toBe('TakenBack')
  expect(w.rollouts.explain({ namespace, cluster: 'a', module: 'agent' })?.observed).toMatchObject({ phase: 'failed' })
  // It is applied all the same.
  await w.cluster('a').delete(mapRef('settings'))
  await w.bootstrap({ ...takesOver, interval: '1m' })
  await w.clock.advance(3 * minute)
  expect(await w.setting('a')).toBe('v1')
  await stop()
})

test.each([
  ['suspended', { suspend: true }],
  ['braked', { handbrake: { by: 'jane', reason: 'an incident' } }],
] as const)('a Sync that is %s by hand is left as it is', async (_, change) => {
  const { w, stop, leave } = await handedOver()
  const object = (await w.cluster('a').get(syncRef)) as KubeObject
  await w.cluster('a').update({ ...object, spec: { ...(object.spec as object), ...change } as KubeObject['spec'] })
  await w.clock.advance(60 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  await leave()
  await stop()
})

test('nothing is taken back while the cluster cannot be reached: its silence says nothing', async () => {
  const { w, stop, leave } = await handedOver()
  w.fleet.remove('a')
  await w.clock.advance(60 * minute)
  expect(await w.handedOver()).toBe('HandedOver, suspended')
  expect(w.states).toEqual(['HandingOver', 'HandedOver'])
  await leave()
  await stop()
})

test('a cluster that is no longer selected keeps itself', async () => {
  const { w, stop, leave } = await handedOver()
  await w.bootstrap({ ...takesOver, clusters: { names: [] } })
  await w.clock.advance(5 * minute)
  expect(await w.direct()).toEqual({})
  expect(await w.setting('a')).toBe('v1')
  await w.cluster('a').delete(mapRef('settings'))
  await w.clock.advance(3 * minute)
  expect(await w.setting('a')).toBe('v1')
  await leave()
  await stop()
})

test('a management that dies before any one of its writes is followed by one that ends the same', async () => {
  const run = async (diesAt: number) => {
    const w = new BootstrapWorld()
    w.versions(selfFilesOf, 'v1', 'v2')
    await w.clusters('a')
    let count = 0
    w.fault = (kind) => {
      if (kind !== 'Cluster' && ++count > diesAt) throw new Error('it has died')
    }
    const ends: (() => Promise<void>)[] = []
    // What starts the controllers is there with all else.
    const startPod = async () => {
      if (ends.length === 0 && (await w.setting('a')) !== undefined) ends.push(w.work('a'))
    }
    const first = w.manage()
    await w.bootstrap(takesOver)
    await w.clock.advance(minute)
    await startPod()
    await w.clock.advance(minute)
    await w.bootstrap({ ...takesOver, tag: 'v2' })
    await w.clock.advance(minute)
    await first()
    w.fault = undefined
    const stop = w.manage()
    await w.clock.advance(2 * minute)
    await startPod()
    await w.clock.advance(3 * minute)
    expect(await w.handedOver(), `${diesAt}`).toBe('HandedOver, suspended')
    expect(await w.status(), `${diesAt}`).toMatchObject({ phase: 'Complete', version: 'v2', summary: { done: 1 } })
    expect([await w.setting('a'), Object.keys(await w.direct())], `${diesAt}`).toEqual(['v2', ['a']])
    for (const end of ends) await end()
    await stop()
    return count
  }
  const writes = await run(Number.POSITIVE_INFINITY)
  expect(writes).toBeGreaterThan(20)
  for (let diesAt = 0; diesAt < writes; diesAt += 1) await run(diesAt)
}, 60_000)
