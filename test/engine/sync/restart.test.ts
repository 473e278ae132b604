import { FleetkitError, type KubeObject, requestedAtAnnotation, type Store, syncFinalizer } from 'fleetkit'
import { expect, test } from 'vitest'
import { configMap, intercepted, repository } from './scenarios.ts'
import { mapRef, minute, syncObject, syncRef, world } from './world.ts'

const simple = () => repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } })

/** A manager works until nothing is left to do, and stops. */
async function workOnce(w: ReturnType<typeof world>): Promise<void> {
  const { finish } = w.start()
  await w.clock.advance(0)
  await finish()
}

/** Counts the calls of a store, reads included, but for its watches. */
function counted(store: Store): { readonly calls: string[]; readonly store: Store } {
  const calls: string[] = []
  return { calls, store: intercepted(store, (method) => void calls.push(method)) }
}

test('a restart attempts what is due and no more, and asks for nothing else', async () => {
  const w = world(simple())
  await w.store.create(syncObject())
  const first = w.start()
  await w.clock.advance(0)
  expect(w.attempts()).toBe(1)
  await first.finish()
  await w.clock.advance(4 * minute)
  const { calls, store } = counted(w.store)
  const second = w.start({ store })
  await w.clock.advance(0)
  expect([w.attempts(), calls.sort()]).toEqual([1, ['list']])
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  // The interval counts from the attempt of the process before: ten minutes, stretched by 2.5 %.
  await w.clock.advance(10 * minute - 4 * minute - 31_000 - 1)
  expect(w.attempts()).toBe(1)
  await w.clock.advance(1)
  expect(w.attempts()).toBe(2)
  await second.finish()
})

test('a restart after the interval has passed attempts at once', async () => {
  const w = world(simple())
  await w.store.create(syncObject())
  await workOnce(w)
  expect(w.attempts()).toBe(1)
  await w.clock.advance(11 * minute)
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(w.attempts()).toBe(2)
  await finish()
})

test('a restart does not hurry what failed: neither at a source that is down, nor at a dependency that is not ready', async () => {
  const git = intercepted(simple(), (method) => {
    if (method === 'resolve') throw new FleetkitError('git/unreachable', 'no answer')
  })
  const w = world(git)
  await w.store.create(syncObject({ retryInterval: '5m' }, 'down'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'down' }] }, 'waits'))
  const first = w.start()
  await w.clock.advance(1000)
  await first.finish()
  const before = [w.attempts('down'), w.attempts('waits')]
  // finish() takes 31 s, so that only the dependency is looked at again.
  const second = w.start()
  await w.clock.advance(0)
  expect([w.attempts('down'), w.attempts('waits')]).toEqual([before[0], (before[1] as number) + 1])
  await w.clock.advance(5 * minute)
  expect(w.attempts('down')).toBe((before[0] as number) + 1)
  await second.finish()
})

const changes: readonly [what: string, change: (w: ReturnType<typeof world>) => Promise<void>][] = [
  ['a new specification', (w) => w.change({ tag: 'v2' })],
  ['a request', (w) => w.annotate({ [requestedAtAnnotation]: 'now' })],
  [
    'an attempt that was interrupted',
    async (w) => {
      const { metadata, status, ...rest } = await w.get()
      const conditions = [{ ...(await w.condition('Ready')), status: 'Unknown', reason: 'Progressing' }]
      await w.store.update({ ...rest, metadata, status: { ...(status as object), conditions } }, { subresource: 'status' })
    },
  ],
  [
    'a last attempt in the future',
    async (w) => {
      const { metadata, status, ...rest } = await w.get()
      const lastAttemptAt = '2030-01-01T00:00:00Z'
      await w.store.update({ ...rest, metadata, status: { ...(status as object), lastAttemptAt } }, { subresource: 'status' })
    },
  ],
]
test.each(changes)('what came while no manager ran is done at once: %s', async (_, change) => {
  const w = world(simple())
  await w.store.create(syncObject())
  await workOnce(w)
  await change(w)
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(w.attempts()).toBe(2)
  await finish()
})

test('a dependency that became ready while no manager ran lets its dependant go', async () => {
  let broken = true
  const git = intercepted(simple(), (method) => {
    if (broken && method === 'tree') throw new FleetkitError('git/unreachable', 'no answer')
  })
  const w = world(git)
  await w.store.create(syncObject({ retryInterval: '1h' }, 'base'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'base' }], targetNamespace: 'kube-public', retryInterval: '1h' }, 'app'))
  const first = w.start()
  await w.clock.advance(0)
  await first.finish()
  broken = false
  const second = w.start()
  await w.annotate({ [requestedAtAnnotation]: 'now' }, 'base')
  await w.clock.advance(1000)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'True' })
  await second.finish()
})

const statuses: readonly [what: string, status: unknown][] = [
  ['null', null],
  ['a text', 'ready'],
  ['conditions that are no list', { conditions: {} }],
  ['conditions without fields', { conditions: [null, {}, { type: 'Ready' }, 5], observedGeneration: 'x' }],
  ['an admitted tag that is none', { admitted: [null, { tag: 1 }], history: [null, { revision: 5 }] }],
  ['a history that is no list', { history: {}, lastAttemptAt: 5, lastAppliedRevision: {} }],
  ['an inventory of null', { inventory: null }],
]
test.each(statuses)('a status edited by hand (%s) is read as far as it is one, and written anew', async (_, status) => {
  const w = world(simple())
  const made = await w.store.create(syncObject())
  await w.store.create(syncObject({ dependsOn: [{ name: 'shop' }], targetNamespace: 'kube-public' }, 'next'))
  await w.store.update({ ...made, status }, { subresource: 'status' })
  const { finish } = w.start()
  await w.clock.advance(1000)
  expect(w.events.filter(({ type }) => type === 'controller.error')).toEqual([])
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect(await w.condition('Ready', 'next')).toMatchObject({ status: 'True' })
  expect((await w.status()).history).toHaveLength(1)
  await finish()
})

test.each([[{}], [{ entries: {} }], [{ entries: [null] }], [5]])(
  'an inventory edited by hand (%j) is not lost in silence: its field is named',
  async (inventory) => {
    const w = world(simple())
    const made = await w.store.create(syncObject())
    await w.store.update({ ...made, status: { inventory } }, { subresource: 'status' })
    const { finish } = w.start()
    await w.clock.advance(1000)
    expect(await w.condition('Ready')).toMatchObject({ status: 'False', message: expect.stringContaining('inventory.entries') })
    expect(w.clusterWrites).toEqual([])
    await finish()
  },
)

const deletions: readonly [what: string, spec: Record<string, unknown>, deleted: boolean][] = [
  ['another field', { path: 5 }, true],
  ['the timeout', { timeout: 'soon' }, true],
  ['the deletion policy', { deletionPolicy: 'Orphn' }, false],
  ['prune', { prune: 'yes' }, false],
  ['no specification at all', {}, false],
]
test.each(deletions)('a Sync that is deleted with an invalid specification goes (%s)', async (what, patch, deleted) => {
  const w = world(simple())
  await w.store.create(syncObject())
  const { finish } = w.start()
  await w.clock.advance(0)
  const object = await w.get()
  const spec = what === 'no specification at all' ? null : { ...(object.spec as object), ...patch }
  await w.store.update({ ...object, spec })
  await w.clock.advance(1000)
  expect(await w.condition('Stalled')).toMatchObject({ status: 'True' })
  await w.store.delete(syncRef())
  await w.clock.advance(1000)
  expect(await w.store.get(syncRef())).toBeUndefined()
  expect((await w.map('a')) === undefined).toBe(deleted)
  await finish()
})

test('an invalid Sync is recorded once, not at every restart', async () => {
  const w = world(simple())
  const { spec, ...object } = syncObject()
  await w.store.create({ ...object, spec: { ...(spec as object), path: 5 } })
  await workOnce(w)
  expect(w.storeWrites).toEqual(['status'])
  await workOnce(w)
  expect(w.storeWrites).toEqual(['status'])
  const held = (await w.store.get(syncRef())) as KubeObject
  expect(held.metadata.finalizers ?? []).not.toContain(syncFinalizer)
  expect(await w.cluster.get(mapRef('a'))).toBeUndefined()
})
