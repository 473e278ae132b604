import { type KubeObject, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'
import { repository, syncOf } from './scenarios.ts'

const namesake = { apiVersion: 'example.com/v1', kind: 'CustomResourceDefinition' }

/** A definition of a kind that has the name of definitions, in a group of its own. */
const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'customresourcedefinitions.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: namesake.kind, plural: 'customresourcedefinitions', singular: 'crd', listKind: 'CustomResourceDefinitionList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer' } } },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
}

test('an object of a kind named CustomResourceDefinition in another group is not waited for like a definition', async () => {
  const cluster = memoryCluster()
  await cluster.apply([definition], { fieldManager: 'admin' })
  const object = (size: number) => JSON.stringify({ ...namesake, metadata: { name: 'web' }, spec: { size } })
  const runner = new SyncRunner({ cluster, git: repository({ v1: { 'web.json': object(1) }, v2: { 'web.json': object(2) } }) })
  await runner.run(syncOf('default', 'v1'))
  const ref = { ...namesake, namespace: 'default', name: 'web' }
  const live = (await cluster.get(ref)) as KubeObject
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'Starting', message: 'not yet', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ]
  await cluster.update({ ...live, status: { conditions } }, { subresource: 'status' })

  await runner.run(syncOf('default', 'v2', { timeout: '2s' }))
  expect(await cluster.get(ref)).toMatchObject({ spec: { size: 2 }, status: { conditions } })
})
