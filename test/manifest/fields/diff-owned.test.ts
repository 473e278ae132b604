import { readFileSync } from 'node:fs'
import type { JsonObject, KubeObject, ManagedFieldsEntry } from 'fleetkit'
import { diffOwned } from 'fleetkit/manifest'
import { describe, expect, it } from 'vitest'

// Manifests as people write them, and what kube-apiserver 1.36.3 gave back after `fleetkit` had applied them.
const readBack = JSON.parse(readFileSync(new URL('read-back.json', import.meta.url), 'utf8')) as readonly {
  readonly desired: KubeObject
  readonly live: KubeObject
}[]

const entry = (manager: string, fieldsV1: JsonObject, operation: 'Apply' | 'Update' = 'Apply'): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
})
const configMap = (data: object | undefined, ...managedFields: readonly ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'b', ...(managedFields.length > 0 && { managedFields }) },
  ...(data && { data }),
})
const data = (...keys: readonly string[]): JsonObject => ({ 'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) })
function find(kind: string): { readonly desired: KubeObject; readonly live: KubeObject } {
  const found = readBack.find(({ desired }) => desired.kind === kind)
  if (found === undefined) throw new Error(kind)
  return found
}
const changed = (object: KubeObject, change: (draft: never) => void): KubeObject => {
  const draft = structuredClone(object)
  change(draft as never)
  return draft
}

describe('an object that was just applied', () => {
  it.each(readBack.map(({ desired, live }) => [`${desired.kind} ${desired.metadata.name}`, desired, live] as const))(
    '%s is no change',
    (_, desired, live) => {
      expect(diffOwned(desired, live, 'fleetkit')).toEqual({ changes: [], conflicts: [] })
    },
  )
})

describe('changes', () => {
  it('are fields with another value, new ones, and owned ones that are not desired any more', () => {
    const live = configMap({ a: '1', b: '1', c: '1' }, entry('me', data('a', 'b')), entry('you', data('c')))
    expect(diffOwned(configMap({ a: '2', d: '1' }), live, 'me').changes).toEqual([
      { path: '.data.a', from: '1', to: '2' },
      { path: '.data.b', from: '1', to: undefined },
      { path: '.data.d', from: undefined, to: '1' },
    ])
  })

  it('are not fields that another manager owns too', () => {
    const live = configMap({ a: '1', b: '1' }, entry('me', data('a', 'b')), entry('you', data('b'), 'Update'))
    expect(diffOwned(configMap({ a: '1' }), live, 'me').changes).toEqual([])
  })

  it('are matched by the keys of a list', () => {
    const { desired, live } = find('Deployment')
    const other = changed(
      desired,
      (draft: { spec: { template: { spec: { containers: { image: string; ports: object[]; env: object[] }[] } } } }) => {
        const [container] = draft.spec.template.spec.containers
        if (container === undefined) return
        container.image = 'nginx:2'
        container.ports = [{ containerPort: 80, name: 'http' }, { containerPort: 81 }]
        container.env = container.env.filter((item) => (item as { name: string }).name !== 'B')
      },
    )
    const web = '.spec.template.spec.containers[name="web"]'
    expect(diffOwned(other, live, 'fleetkit').changes).toEqual([
      { path: `${web}.env[name="B"]`, from: { name: 'B', value: '1000m' }, to: undefined },
      { path: `${web}.image`, from: 'nginx', to: 'nginx:2' },
      { path: `${web}.ports[containerPort=80,protocol="UDP"]`, from: { containerPort: 80, protocol: 'UDP' }, to: undefined },
      { path: `${web}.ports[containerPort=81,protocol="TCP"]`, from: undefined, to: { containerPort: 81 } },
    ])
  })

  it('are values that only look like a quantity, where none is', () => {
    const live = configMap({ a: '1' }, entry('me', data('a')))
    expect(diffOwned(configMap({ a: '1000m' }), live, 'me').changes).toHaveLength(1)
  })

  it('are another order of items', () => {
    const { desired, live } = find('Deployment')
    const other = changed(desired, (draft: { spec: { template: { spec: { containers: { env: object[] }[] } } } }) => {
      draft.spec.template.spec.containers[0]?.env.reverse()
    })
    expect(diffOwned(other, live, 'fleetkit').changes.map(({ path }) => path)).toEqual(['.spec.template.spec.containers[name="web"].env'])
  })

  it('never show a value of a Secret', () => {
    const { desired, live } = find('Secret')
    const other = { ...desired, stringData: { a: 'hunter2' }, data: { c: 'aHVudGVyMg==' } }
    const { changes } = diffOwned(other, live, 'fleetkit')
    expect(changes.map(({ path }) => path)).toEqual(['.data.a', '.data.c'])
    expect(JSON.stringify(changes)).not.toMatch(/hunter2|aHVudGVy|aMOp|YWJj/)
  })

  it('hold for keys that are names of prototypes', () => {
    const wanted = JSON.parse('{"__proto__":"1","constructor":"1"}') as object
    const { changes } = diffOwned(configMap(wanted), configMap(undefined), 'me')
    expect(changes.map(({ path }) => path)).toEqual(['.data.__proto__', '.data.constructor'])
  })
})

describe('a null', () => {
  const custom = (parts: JsonObject | null, ...managedFields: readonly ManagedFieldsEntry[]): KubeObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'a', namespace: 'b', managedFields },
    spec: { parts },
  })
  const parts = (...keys: readonly string[]): JsonObject => ({
    'f:spec': { 'f:parts': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
  })

  it('changes nothing in a map that others own field by field', () => {
    const live = custom({ a: '1' }, entry('me', parts()), entry('you', parts('a')))
    expect(diffOwned(custom(null), live, 'me')).toEqual({ changes: [], conflicts: [] })
  })

  it('takes what its manager owned in the map', () => {
    const live = custom({ a: '1', b: '1' }, entry('me', parts('b')), entry('you', parts('a')))
    expect(diffOwned(custom(null), live, 'me').changes).toEqual([{ path: '.spec.parts.b', from: '1', to: undefined }])
  })

  it('of another manager is in conflict with an empty map, not with fields', () => {
    const live = custom(null, entry('you', parts()))
    expect(diffOwned(custom({ a: '1' }), live, 'me').conflicts).toEqual([])
    expect(diffOwned(custom({}), live, 'me').conflicts).toEqual([{ manager: 'you', operation: 'Apply', fields: ['.spec.parts'] }])
  })
})

describe('conflicts', () => {
  it('are fields of others that would get another value', () => {
    const live = configMap({ a: '1', b: '1', c: '1' }, entry('you', data('a', 'b')), entry('kubectl', data('b', 'c'), 'Update'))
    expect(diffOwned(configMap({ a: '2', b: '2', c: '1' }), live, 'me').conflicts).toEqual([
      { manager: 'kubectl', operation: 'Update', fields: ['.data.b'] },
      { manager: 'you', operation: 'Apply', fields: ['.data.a', '.data.b'] },
    ])
  })

  it('are those with an update of the same name too', () => {
    const live = configMap({ a: '1' }, entry('me', data('a'), 'Update'))
    expect(diffOwned(configMap({ a: '2' }), live, 'me').conflicts).toEqual([{ manager: 'me', operation: 'Update', fields: ['.data.a'] }])
  })

  it('compare as it is written, like the API server', () => {
    const { desired, live } = find('Deployment')
    const [conflict] = diffOwned(desired, live, 'other').conflicts
    expect(conflict?.manager).toBe('fleetkit')
    expect(conflict?.fields).toContain('.spec.template.spec.containers[name="web"].resources.requests.cpu')
    expect(conflict?.fields).not.toContain('.spec.replicas')
  })
})

it('looks at the owners as they are, also where a list of them was changed in place', () => {
  const owners = [entry('fleetkit', data('x'))]
  const live = { ...configMap({ x: '1', y: '2' }), metadata: { name: 'a', namespace: 'b', managedFields: owners } }
  const changes = () => diffOwned(configMap({ x: '1' }), live, 'fleetkit').changes.map(({ path }) => path)
  expect(changes()).toEqual([])
  owners[0] = entry('fleetkit', data('x', 'y'))
  expect(changes()).toEqual(['.data.y'])
})
