import { hasCode, type KubeObject, type WatchEvent } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'

const type = { apiVersion: 'v1', kind: 'ConfigMap' } as const
const object = (name: string, data: Readonly<Record<string, string>> = {}): KubeObject => ({
  ...type,
  metadata: { namespace: 'default', name },
  data,
})

test('a cluster that is restored holds what it held, with the uids, generations and versions of then', async () => {
  await using cluster = memoryCluster()
  const a = await cluster.create(object('a', { x: '1' }))
  const backup = cluster.backUp()
  await cluster.update({ ...a, data: { x: '2' } })
  await cluster.create(object('b'))
  await cluster.delete({ ...type, namespace: 'default', name: 'a' })
  cluster.restore(backup)
  const { items, resourceVersion } = await cluster.list(type)
  expect([items, resourceVersion]).toEqual([[a], String(backup.resourceVersion)])
  // It goes on from there, with versions that were given out before.
  const again = await cluster.update({ ...a, data: { x: '3' } })
  expect(Number(again.metadata.resourceVersion)).toBe(backup.resourceVersion + 1)
})

test('a watch of what came after the backup ends with a relist, and one from before goes on', async () => {
  await using cluster = memoryCluster()
  const backup = cluster.backUp()
  const { resourceVersion } = await cluster.list(type)
  const created = await cluster.create(object('a'))
  const follow = async (from: string): Promise<WatchEvent[]> => {
    const events: WatchEvent[] = []
    for await (const event of cluster.watch(type, { resourceVersion: from })) {
      events.push(event)
      if (events.length === 1) return events
    }
    return events
  }
  const later = follow(created.metadata.resourceVersion as string)
  cluster.restore(backup)
  await expect(later).rejects.toSatisfy((error) => hasCode(error, 'store/relist'))
  const earlier = follow(resourceVersion)
  await cluster.create(object('b'))
  expect((await earlier).map((event) => event.type)).toEqual(['ADDED'])
})

test('what owned objects and what waits for its finalizers is known again', async () => {
  await using cluster = memoryCluster()
  const owner = await cluster.create(object('owner'))
  const { uid = '' } = owner.metadata
  const ownerReferences = [{ ...type, name: 'owner', uid }]
  await cluster.create({ ...object('owned'), metadata: { namespace: 'default', name: 'owned', ownerReferences } })
  const backup = cluster.backUp()
  await cluster.delete({ ...type, namespace: 'default', name: 'owner' })
  cluster.restore(backup)
  await cluster.delete({ ...type, namespace: 'default', name: 'owner' })
  expect((await cluster.list(type)).items).toEqual([])
})
