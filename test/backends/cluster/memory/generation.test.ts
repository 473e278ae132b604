import type { KubeObject } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'

const deployment = (metadata: object, replicas = 1): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', namespace: 'default', ...metadata },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
})

test('the generation of a Deployment counts its annotations', async () => {
  await using cluster = memoryCluster()
  const generations: unknown[] = []
  for (const metadata of [{}, { labels: { a: 'x' } }, { annotations: { a: 'x' } }, { annotations: { a: 'x' } }, {}]) {
    const [result] = await cluster.apply([deployment(metadata)], { fieldManager: 'test' })
    generations.push(result !== undefined && 'object' in result ? result.object.metadata.generation : result)
  }
  expect(generations).toEqual([1, 1, 2, 2, 3])
})

test('the apply that takes the last finalizer answers with the generation of its change', async () => {
  await using cluster = memoryCluster()
  await cluster.apply([deployment({ finalizers: ['example.com/a'] })], { fieldManager: 'test' })
  await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'a' })
  const [result] = await cluster.apply([deployment({}, 2)], { fieldManager: 'test' })
  expect(result).toMatchObject({ object: { metadata: { generation: 3 } } })
})
