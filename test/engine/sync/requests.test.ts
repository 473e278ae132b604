import { expect, test } from 'vitest'
import { intercepted, repository } from './scenarios.ts'
import { syncObject, world } from './world.ts'

const units = 60
const kinds = ['ConfigMap', 'ServiceAccount', 'Secret', 'Endpoints']

const manifest = (kind: string, unit: number): string => `apiVersion: v1\nkind: ${kind}\nmetadata: { name: unit-${unit} }\n`

/** Requests as a server counts them: an apply is one for each object. */
function requestsOf(method: string, [first]: readonly unknown[]): readonly string[] {
  if (method === 'discover' || method === 'types' || method === 'watch') return []
  return method === 'apply' ? (first as readonly unknown[]).map(() => 'apply') : [method]
}

test.each([
  ['of one kind', () => 'ConfigMap', 8],
  ['of four kinds', (part: number) => kinds[part] as string, 8.5],
])(`many Syncs of four objects %s that are applied for the first time cost few requests each`, async (_, kindOf, most) => {
  const files = Array.from({ length: units }, (_, unit) =>
    kinds.map((_, part) => [`unit-${unit}/${part}.yaml`, manifest(kindOf(part), unit * 4 + part)] as const),
  )
  const requests: string[] = []
  const w = world(repository({ v1: Object.fromEntries(files.flat()) }))
  // A server answers after a moment.
  const counted = <Port extends object>(port: Port): Port =>
    intercepted(port, async (method, parameters) => {
      requests.push(...requestsOf(method, parameters))
      await w.clock.sleep(5)
    })
  for (let unit = 0; unit < units; unit++) await w.store.create(syncObject({ path: `./unit-${unit}` }, `unit-${unit}`))
  const { finish, manager } = w.start({ store: counted(w.store), cluster: counted(w.cluster) })
  const applied = new Set<string>()
  manager.events.on('sync.finished', ({ sync, changed }) => changed === 4 && applied.add(sync.name))
  await w.clock.advance(2000)
  expect(applied.size).toBe(units)
  const counts = Object.fromEntries([...Map.groupBy(requests, (name) => name)].map(([name, calls]) => [name, calls.length]))
  expect(counts.apply).toBe(4 * units)
  expect(requests.length / units, JSON.stringify(counts)).toBeLessThan(most)
  await finish()
})

test('what is read together reaches everyone, and one who leaves harms no other', async () => {
  const w = world(repository({ v1: { 'a.yaml': manifest('ConfigMap', 1) } }))
  const slow = intercepted(w.cluster, async (method) => {
    if (method === 'get' || method === 'list') await w.clock.sleep(1000)
  })
  for (let unit = 0; unit < 4; unit++) await w.store.create(syncObject({ timeout: '1m' }, `unit-${unit}`))
  const { finish } = w.start({ cluster: slow })
  await w.clock.advance(1500)
  // The second to fourth wait for the read of the first to end. All want the same object: one gets it.
  await w.store.delete({ ...syncObject({}, 'unit-2').metadata, apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' })
  await w.clock.advance(60_000)
  const conditions = await Promise.all([0, 1, 3].map((unit) => w.condition('Ready', `unit-${unit}`)))
  expect(conditions.map((condition) => condition?.status).sort()).toEqual(['False', 'False', 'True'])
  await finish()
})

test('a read that never ends holds up no other Sync', async () => {
  const w = world(repository({ v1: { 'a.yaml': manifest('ConfigMap', 1) }, v2: { 'b.yaml': manifest('ConfigMap', 2) } }))
  const stuck = intercepted(w.cluster, (method, [first]) =>
    method === 'get' && first.name === 'unit-1' ? new Promise(() => {}) : undefined,
  )
  await w.store.create(syncObject({}, 'stuck'))
  const { finish } = w.start({ cluster: stuck })
  await w.clock.advance(100)
  await w.store.create(syncObject({ tag: 'v2' }, 'healthy'))
  await w.clock.advance(2000)
  expect(await w.condition('Ready', 'healthy')).toMatchObject({ status: 'True' })
  await finish()
})
