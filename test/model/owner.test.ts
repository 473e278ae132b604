import fc from 'fast-check'
import { fieldManagerOf, type KubeObject, type Owner, ownerLabels, ownerOf, ownerSelector } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'

const apiVersion = 'fleetkit.dev/v1alpha1'
const local: Owner = { apiVersion, kind: 'Sync', namespace: 'apps', name: 'a' }
const remote: Owner = { ...local, kind: 'RemoteSync', management: 'm1' }
const other: Owner = { ...remote, management: 'm2' }

const configMap = (name: string, labels: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name, labels },
})

describe('a local Sync, a RemoteSync and one of another management under the same name', () => {
  const owners = [local, remote, other]

  test('are three field managers and three names', () => {
    expect(owners.map(fieldManagerOf)).toEqual(['fleetkit:apps/a', 'fleetkit:RemoteSync:m1:apps/a', 'fleetkit:RemoteSync:m2:apps/a'])
    expect(owners.map((owner) => ownerOf(configMap('x', ownerLabels(owner))))).toEqual([
      'apps/a',
      'RemoteSync:m1:apps/a',
      'RemoteSync:m2:apps/a',
    ])
  })

  test('select their own objects and no others', async () => {
    await using cluster = memoryCluster()
    for (const [index, owner] of owners.entries()) await cluster.create(configMap(`x${index}`, ownerLabels(owner)))
    const selected = owners.map((owner) => cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { labelSelector: ownerSelector(owner) }))
    expect((await Promise.all(selected)).map(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([['x0'], ['x1'], ['x2']])
  })
})

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const name = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 3 }),
    fc.string({ unit: fc.constantFrom(...letters), minLength: maxLength, maxLength }),
  )
const owner: fc.Arbitrary<Owner> = fc.record(
  {
    apiVersion: fc.constant(apiVersion),
    kind: fc.constantFrom('Sync', 'RemoteSync', 'BootstrapModule'),
    namespace: name(63),
    name: name(53),
    management: name(20),
  },
  { requiredKeys: ['apiVersion', 'kind', 'namespace', 'name'] },
)

test('every legal name has a field manager that the cluster takes, and two owners never share one', async () => {
  await using cluster = memoryCluster()
  await fc.assert(
    fc.asyncProperty(owner, owner, async (one, two) => {
      const managers = [one, two].map(fieldManagerOf)
      const same = JSON.stringify(ownerLabels(one)) === JSON.stringify(ownerLabels(two))
      expect(managers[0] === managers[1]).toBe(same)
      const object = configMap('x', ownerLabels(one))
      const [result] = await cluster.apply([object], { fieldManager: managers[0] as string, dryRun: true })
      expect(result).not.toHaveProperty('error')
    }),
  )
})
