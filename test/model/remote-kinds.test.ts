import { FleetkitError, RemoteSync } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { remoteKinds } from './remote-kinds.ts'

describe.each(remoteKinds.map((cases) => [cases.kind.kind, cases] as const))('a %s', (_, { make, accepted, refused }) => {
  test.each(accepted)('takes %s', (_, spec) => {
    expect(make('fleet', spec).spec).toMatchObject(spec)
  })

  test.each(refused)('refuses %s', (_, spec, path) => {
    expect(() => make('fleet', spec)).toThrow(FleetkitError)
    expect(() => make('fleet', spec)).toThrow(path)
  })
})

test('a RemoteSync does not depend on itself', () => {
  const [, { make, accepted }] = remoteKinds as [unknown, (typeof remoteKinds)[1]]
  const [, least] = accepted[0] as (typeof accepted)[0]
  expect(() => make('fleet', { ...least, dependsOn: [{ name: 'shop' }] })).toThrow('found this RemoteSync itself')
})

test('a RemoteSync is read from YAML and from an object alike', () => {
  const text =
    'metadata: { name: shop }\nspec: { cluster: { name: eu }, source: { git: { url: "https://a.example/b", tag: v1 } }, prune: true }\n'
  const parsed = RemoteSync.parse(text)
  expect(RemoteSync.from(parsed.toObject())).toEqual(parsed)
  const moved = parsed.with((draft) => {
    draft.spec.cluster.name = 'us'
  })
  expect(moved.spec.cluster.name).toBe('us')
})
