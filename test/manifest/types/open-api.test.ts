import type { ClusterApi, JsonObject } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtInTypes, type FieldSchema, typeOfDocument } from '../../internals.ts'
import { describeWithServers, sharedControlPlane } from '../../servers/index.ts'

describeWithServers('types as a server describes them', () => {
  let cluster: ClusterApi
  beforeAll(async () => {
    cluster = await kubernetesCluster({ kubeconfig: (await sharedControlPlane()).kubeconfig })
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('every built-in kind has the fields, rules of merging and status that the table of its release has', async () => {
    const documents = new Map<string, JsonObject | undefined>()
    for (const table of builtInTypes().values()) {
      const { apiVersion, kind, plural, namespaced, status } = table
      if (!documents.has(apiVersion)) documents.set(apiVersion, await cluster.openApi?.(apiVersion))
      const read = typeOfDocument(documents.get(apiVersion) as JsonObject, { apiVersion, kind, plural, namespaced })
      expect([kind, read?.status, read?.builtIn]).toEqual([kind, status, true])
      expect(differences(read?.schema as FieldSchema, table.schema)).toEqual([])
    }
    expect(documents.size).toBeGreaterThan(15)
  })

  test('a document that is not there is none, and one that is asked for again is the same', async () => {
    expect(await cluster.openApi?.('nothing.example.com/v1')).toBeUndefined()
    const [first, second] = [await cluster.openApi?.('apps/v1'), await cluster.openApi?.('apps/v1')]
    expect(second).toBe(first)
    expect(JSON.stringify(first)).not.toContain('"description":"')
  })
})

/** Where two schemas differ. A type that holds itself is looked at once. */
function differences(a: FieldSchema, b: FieldSchema, path = '', seen = new Set<FieldSchema>()): readonly string[] {
  if (seen.has(a)) return []
  seen.add(a)
  const plain = ({ fields = {}, values, items, complete, written, kept, dropped, ...rest }: FieldSchema): unknown => ({
    ...rest,
    fields: Object.keys(fields),
    sets: [written, kept, dropped].map((set) => [...(set ?? [])]),
    completes: complete?.({}),
    inner: [values !== undefined, items !== undefined],
  })
  const [left, right] = [JSON.stringify(plain(a)), JSON.stringify(plain(b))]
  if (left !== right) return [`${path}: ${left}, not ${right}`]
  const inner = Object.keys(a.fields ?? {}).flatMap((name) =>
    differences(a.fields?.[name] as FieldSchema, b.fields?.[name] as FieldSchema, `${path}.${name}`, seen),
  )
  const below = (['values', 'items'] as const).flatMap((part) => {
    const [one, other] = [a[part], b[part]]
    return one === undefined || other === undefined ? [] : differences(one, other, `${path}[]`, seen)
  })
  return [...inner, ...below]
}
