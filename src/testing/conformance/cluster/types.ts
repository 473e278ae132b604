import assert from 'node:assert/strict'
import { hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { applied, type ClusterSubject, configMap, definition, eventually, gadget, newGroup, refused, withDefinition } from './subject.ts'

const one = { fieldManager: 'one' }

/** Which types a cluster serves, custom ones, and what goes when its owner goes. */
export const typeCases: ConformanceCases<ClusterSubject> = {
  'discover tells how a type is served': async ({ cluster }) => {
    const found = await cluster.discover({ apiVersion: 'apps/v1', kind: 'Deployment' })
    assert.partialDeepStrictEqual(found, { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true })
    for (const verb of ['get', 'list', 'watch', 'patch', 'delete']) assert.ok(found?.verbs.includes(verb), verb)
    assert.equal((await cluster.discover({ apiVersion: 'v1', kind: 'Namespace' }))?.namespaced, false)
    assert.equal((await cluster.discover({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }))?.plural, 'ingresses')
  },

  'discover tells in which API versions a kind is served': async ({ cluster }) => {
    const found = await cluster.discover({ group: 'autoscaling', kind: 'HorizontalPodAutoscaler' })
    assert.partialDeepStrictEqual(found, { apiVersion: 'autoscaling/v2', plural: 'horizontalpodautoscalers' })
    assert.deepEqual(found?.apiVersions, ['autoscaling/v2', 'autoscaling/v1'])
    const older = await cluster.discover({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' })
    assert.partialDeepStrictEqual(older, { apiVersion: 'autoscaling/v1', apiVersions: ['autoscaling/v2', 'autoscaling/v1'] })
    assert.equal((await cluster.discover({ group: '', kind: 'Pod' }))?.apiVersion, 'v1')
    assert.equal(await cluster.discover({ group: 'apps', kind: 'Pod' }), undefined)
    assert.equal(await cluster.discover({ group: 'nowhere.fleetkit.dev', kind: 'Nothing' }), undefined)
  },

  'an API version that is no longer served is noticed, and the objects are found in another': async (subject) => {
    const { cluster } = subject
    const group = newGroup()
    const given = withVersions(definition(group), { v1alpha7: true, v1beta1: true, v1: true })
    const kind = { group, kind: 'Gadget' }
    const old = { ...gadget(subject, group, 'a', {}), apiVersion: `${group}/v1alpha7` }
    await applied(subject, given, one)
    const { object } = await applied(subject, old, one)
    assert.deepEqual((await cluster.discover(kind))?.apiVersions, [`${group}/v1`, `${group}/v1beta1`, `${group}/v1alpha7`])
    await applied(subject, withVersions(definition(group), { v1alpha7: false, v1beta1: true, v1: true }), { ...one, force: true })
    // A server takes the path away first, and the API version out of its discovery a little later.
    const gone = async (): Promise<boolean> =>
      hasCode(await cluster.get(refOf(old)).catch((error: unknown) => error), 'cluster/unknown-kind')
    await eventually(subject, gone, 'the API version is not served')
    await rejects(cluster.get(refOf(old)), 'cluster/unknown-kind')
    assert.equal(await cluster.discover(old), undefined)
    const found = await cluster.discover(kind)
    assert.deepEqual(found?.apiVersions, [`${group}/v1`, `${group}/v1beta1`])
    assert.equal((await cluster.get({ ...refOf(old), apiVersion: found?.apiVersion as string }))?.metadata.uid, object.metadata.uid)
    await cluster.delete({ ...given, name: given.metadata.name })
  },

  'types are all kinds, each in the API version that is preferred': (subject) =>
    withDefinition(subject, async (group) => {
      const types = await subject.cluster.types()
      const of = (kind: string) => types.filter((type) => type.kind === kind).map(({ apiVersion, namespaced }) => [apiVersion, namespaced])
      assert.deepEqual(of('ConfigMap'), [['v1', true]])
      assert.deepEqual(of('HorizontalPodAutoscaler'), [['autoscaling/v2', true]])
      assert.deepEqual(of('CustomResourceDefinition'), [['apiextensions.k8s.io/v1', false]])
      const custom = types.find(({ apiVersion }) => apiVersion.startsWith(`${group}/`))
      assert.deepEqual(custom, await subject.cluster.discover({ group, kind: 'Gadget' }))
    }),

  'discover knows no type that is not served': async ({ cluster }) => {
    assert.equal(await cluster.discover({ apiVersion: 'v1', kind: 'Nothing' }), undefined)
    assert.equal(await cluster.discover({ apiVersion: 'nowhere.fleetkit.dev/v1', kind: 'Nothing' }), undefined)
  },

  'a definition and its objects can be applied right after one another': async (subject) => {
    const group = newGroup()
    const given = definition(group)
    const object = gadget(subject, group, 'a', { count: 1 })
    assert.equal(await subject.cluster.discover(object), undefined)
    await applied(subject, given, one)
    const { created } = await applied(subject, object, one)
    assert.equal(created, true)
    assert.equal((await subject.cluster.discover(object))?.plural, 'gadgets')
    await subject.cluster.delete({ ...given, name: given.metadata.name })
  },

  'a definition is established': (subject) =>
    withDefinition(subject, async (group) => {
      const stored = await subject.cluster.get({ ...definition(group), name: `gadgets.${group}` })
      assert.ok(stored !== undefined)
      const { conditions } = stored.status as { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
      assert.equal(conditions.find(({ type }) => type === 'Established')?.status, 'True')
    }),

  'custom objects get their defaults': (subject) =>
    withDefinition(subject, async (group) => {
      const object = gadget(subject, group, 'a', { ports: [{ port: 1 }, { port: 1, protocol: 'udp' }] })
      const first = await applied(subject, object, one)
      assert.deepEqual(first.object.spec, {
        size: 'small',
        ports: [
          { port: 1, protocol: 'tcp' },
          { port: 1, protocol: 'udp' },
        ],
      })
      assert.equal(first.object.metadata.generation, 1)
      const second = await applied(subject, object, one)
      assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
    }),

  'custom objects are held to their schema': (subject) =>
    withDefinition(subject, async (group) => {
      for (const spec of [
        { unknown: 1 },
        { size: 'huge' },
        { count: 11 },
        { count: -1 },
        { count: 'one' },
        { code: 'A1' },
        { tags: ['a', 'a'] },
        { ports: [{ protocol: 'tcp' }] },
        { ports: [{ port: 1 }, { port: 1, protocol: 'tcp' }] },
      ])
        await refused(subject, gadget(subject, group, 'a', spec), one, 'cluster/invalid')
      await applied(subject, gadget(subject, group, 'a', { free: { anything: [1, { goes: true }] } }), one)
    }),

  'the status of a custom object is apart, if its definition says so': (subject) =>
    withDefinition(subject, async (group) => {
      const { object } = await applied(subject, { ...gadget(subject, group, 'a', { count: 1 }), status: { phase: 'applied' } }, one)
      assert.equal(object.status, undefined)
      const played = await subject.cluster.update({ ...object, status: { phase: 'played' } }, { subresource: 'status' })
      assert.deepEqual(played.status, { phase: 'played' })
      assert.equal(played.metadata.generation, 1)
    }),

  'the status of a custom object is a field like any other, if its definition says so': (subject) =>
    withDefinition(
      subject,
      async (group) => {
        const { object } = await applied(subject, { ...gadget(subject, group, 'a', {}), status: { phase: 'applied' } }, one)
        assert.deepEqual(object.status, { phase: 'applied' })
      },
      { status: false },
    ),

  'with a definition its objects go': async (subject) => {
    const group = newGroup()
    const given = definition(group)
    await applied(subject, given, one)
    await applied(subject, gadget(subject, group, 'a', {}), one)
    const ref = { ...given, name: given.metadata.name }
    await subject.cluster.delete(ref)
    await eventually(subject, async () => (await subject.cluster.get(ref)) === undefined, 'the definition is gone')
    await applied(subject, given, one)
    await applied(subject, gadget(subject, group, 'b', {}), one)
    assert.equal(await subject.cluster.get(refOf(gadget(subject, group, 'a', {}))), undefined)
    await subject.cluster.delete(ref)
  },

  'with a namespace its objects go': async (subject) => {
    const name = `fleetkit-${crypto.randomUUID().slice(0, 8)}`
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    await applied(subject, namespace, one)
    await applied(subject, configMap({ ...subject, namespace: name }, 'a', {}), one)
    await subject.cluster.delete(refOf(namespace))
    await eventually(subject, async () => (await subject.cluster.get(refOf(namespace))) === undefined, 'the namespace is gone')
    assert.equal(await subject.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'a' }), undefined)
    await refused(subject, configMap({ ...subject, namespace: name }, 'a', {}), one, 'cluster/namespace-missing')
  },

  'a namespace that is being deleted takes no objects': async (subject) => {
    const name = `fleetkit-${crypto.randomUUID().slice(0, 8)}`
    const inside = { ...subject, namespace: name }
    await applied(subject, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, one)
    const held = configMap(inside, 'held', {})
    await applied(subject, { ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } }, one)
    await subject.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name })
    await refused(subject, configMap(inside, 'late', {}), one, 'cluster/namespace-terminating')
    await applied(subject, held, one)
  },

  'with an owner what it owns goes': async (subject) => {
    const { object: owner } = await applied(subject, configMap(subject, 'owner', {}), one)
    for (const name of ['owned', 'orphan']) {
      const owned = configMap(subject, name, {})
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid as string }]
      await applied(subject, { ...owned, metadata: { ...owned.metadata, ownerReferences } }, one)
    }
    await subject.cluster.delete(refOf(owner), { propagation: 'Background' })
    const there = async (): Promise<boolean> => (await subject.cluster.get(refOf(configMap(subject, 'owned', {})))) === undefined
    await eventually(subject, there, 'the owned object is gone')
  },

  'orphans stay when that is asked for': async (subject) => {
    const { object: owner } = await applied(subject, configMap(subject, 'owner', {}), one)
    const owned = configMap(subject, 'owned', {})
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid as string }]
    await applied(subject, { ...owned, metadata: { ...owned.metadata, ownerReferences } }, one)
    await subject.cluster.delete(refOf(owner), { propagation: 'Orphan' })
    await eventually(subject, async () => (await subject.cluster.get(refOf(owner))) === undefined, 'the owner is gone')
    assert.equal((await subject.cluster.get(refOf(owned)))?.metadata.ownerReferences, undefined)
  },

  'listing a type that is not served is cluster/unknown-kind': async ({ cluster }) => {
    await rejects(cluster.list({ apiVersion: 'nowhere.fleetkit.dev/v1', kind: 'Nothing' }), 'cluster/unknown-kind')
  },
}

/** `given` with these versions, of which the last is the stored one. */
function withVersions(given: KubeObject, versions: Readonly<Record<string, boolean>>): KubeObject {
  const spec = given.spec as { readonly versions: readonly object[] }
  const names = Object.keys(versions)
  const all = names.map((name) => ({ ...spec.versions[0], name, served: versions[name], storage: name === names.at(-1) }))
  return { ...given, spec: { ...spec, versions: all } }
}
