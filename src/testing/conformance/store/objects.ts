import assert from 'node:assert/strict'
import { deepFreeze } from '../../../model/deep-freeze.ts'
import { exactInteger } from '../../../model/json/exact-integer.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { spoil } from '../spoil.ts'
import { type StoreSubject, varied, withMeta } from './subject.ts'

const finalizer = 'fleetkit.dev/conformance'

/** Single objects: create, get, update, delete. */
export const objectCases: ConformanceCases<StoreSubject> = {
  'get gives undefined for an object that is not there': async ({ store, sample }) => {
    assert.equal(await store.get(refOf(sample('constructor'))), undefined)
  },

  'create gives uid, resourceVersion, generation 1 and creationTimestamp': async ({ store, sample }) => {
    const created = await store.create(sample('a'))
    const { metadata } = created
    assert.match(metadata.uid ?? '', /./)
    assert.match(metadata.resourceVersion ?? '', /./)
    assert.equal(metadata.generation, 1)
    assert.match(metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.partialDeepStrictEqual(created, sample('a'))
    assert.deepEqual(await store.get(refOf(created)), created)
  },

  'create does not store the status, nor fields that only the store writes': async ({ store, sample }) => {
    const given = withMeta(
      { ...sample('a'), status: { observedGeneration: 7 } },
      { uid: 'mine', generation: 7, creationTimestamp: '2001-01-01T00:00:00Z' },
    )
    const created = await store.create(given)
    assert.equal(created.status, undefined)
    assert.notEqual(created.metadata.uid, 'mine')
    assert.equal(created.metadata.generation, 1)
    assert.notEqual(created.metadata.creationTimestamp, '2001-01-01T00:00:00Z')
  },

  'create of an existing name is store/exists': async ({ store, sample }) => {
    const first = await store.create(sample('a'))
    await rejects(store.create(sample('a', 1)), 'store/exists')
    assert.deepEqual(await store.get(refOf(first)), first)
  },

  'one name can be used in two namespaces': async ({ store, sample, namespaces: [, other] }) => {
    const [one, two] = [await store.create(sample('a')), await store.create(withMeta(sample('a', 1), { namespace: other }))]
    assert.deepEqual(await store.get(refOf(one)), one)
    assert.deepEqual(await store.get(refOf(two)), two)
  },

  'a new object of an old name has another uid': async (subject) => {
    const { store, sample } = subject
    const first = await store.create(sample('a'))
    await store.delete(refOf(first))
    const second = await store.create(sample('a'))
    assert.notEqual(second.metadata.uid, first.metadata.uid)
    assert.equal(second.metadata.generation, 1)
    await rejects(store.update(varied(subject, first, 1)), 'store/conflict')
    assert.deepEqual(await store.get(refOf(first)), second)
  },

  'update replaces the object and changes its resourceVersion': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(withMeta(sample('a'), { labels: { a: '1', b: '1' }, annotations: { note: 'x' } }))
    const updated = await store.update(withMeta(varied(subject, created, 1), { labels: { a: '2' }, annotations: undefined }))
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion)
    assert.deepEqual(updated.metadata.labels, { a: '2' })
    assert.equal(updated.metadata.annotations, undefined)
    assert.partialDeepStrictEqual(updated.spec, sample('a', 1).spec)
    assert.deepEqual(await store.get(refOf(updated)), updated)
  },

  'update with another resourceVersion than the current one is store/conflict': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(sample('a'))
    const updated = await store.update(varied(subject, created, 1))
    await rejects(store.update(varied(subject, created, 2)), 'store/conflict')
    await rejects(store.update({ ...created, status: { observedGeneration: 1 } }, { subresource: 'status' }), 'store/conflict')
    assert.deepEqual(await store.get(refOf(created)), updated)
  },

  'update without a resourceVersion is store/conflict': async ({ store, sample }) => {
    const created = await store.create(sample('a'))
    await rejects(store.update(sample('a', 1)), 'store/conflict')
    await rejects(store.update({ ...sample('a'), status: { observedGeneration: 1 } }, { subresource: 'status' }), 'store/conflict')
    assert.deepEqual(await store.get(refOf(created)), created)
  },

  'update with another uid is store/conflict': async (subject) => {
    const created = await subject.store.create(subject.sample('a'))
    await rejects(
      subject.store.update(withMeta(varied(subject, created, 1), { uid: '00000000-0000-4000-8000-000000000000' })),
      'store/conflict',
    )
  },

  'update of an object that is not there is store/not-found': async ({ store, sample }) => {
    const gone = await store.create(sample('a'))
    await store.delete(refOf(gone))
    await rejects(store.update(gone), 'store/not-found')
    await rejects(store.update(gone, { subresource: 'status' }), 'store/not-found')
  },

  'an update that changes nothing keeps the resourceVersion': async ({ store, sample }) => {
    const created = await store.create(withMeta(sample('a'), { labels: { a: '1' } }))
    assert.deepEqual(await store.update(created), created)
    const withStatus = await store.update({ ...created, status: { observedGeneration: 1 } }, { subresource: 'status' })
    assert.deepEqual(await store.update(withStatus, { subresource: 'status' }), withStatus)
    assert.deepEqual(await store.update({ ...withStatus, status: { observedGeneration: 2 } }), withStatus)
    assert.deepEqual(await store.get(refOf(created)), withStatus)
  },

  'update does not write the status': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(sample('a'))
    const withStatus = await store.update({ ...created, status: { observedGeneration: 1 } }, { subresource: 'status' })
    assert.deepEqual(withStatus.status, { observedGeneration: 1 })
    const updated = await store.update({ ...varied(subject, withStatus, 1), status: { observedGeneration: 9 } })
    assert.deepEqual(updated.status, { observedGeneration: 1 })
    const { status: _, ...without } = varied(subject, updated, 2)
    assert.deepEqual((await store.update(without as KubeObject)).status, { observedGeneration: 1 })
  },

  'update of the status writes nothing else': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(withMeta(sample('a'), { labels: { a: '1' } }))
    const changed = withMeta({ ...varied(subject, created, 1), status: { observedGeneration: 1 } }, { labels: { a: '2' } })
    const updated = await store.update(changed, { subresource: 'status' })
    assert.deepEqual(updated.status, { observedGeneration: 1 })
    assert.deepEqual(updated.spec, created.spec)
    assert.deepEqual(updated.metadata.labels, { a: '1' })
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion)
  },

  'generation counts changes of the spec, not of metadata or status': async (subject) => {
    const { store, sample } = subject
    let object = await store.create(sample('a'))
    object = await store.update(withMeta(object, { labels: { a: '1' } }))
    object = await store.update({ ...object, status: { observedGeneration: 1 } }, { subresource: 'status' })
    assert.equal(object.metadata.generation, 1)
    object = await store.update(varied(subject, object, 1))
    assert.equal(object.metadata.generation, 2)
    object = await store.update(withMeta(varied(subject, object, 2), { generation: 40 }))
    assert.equal(object.metadata.generation, 3)
  },

  'update does not change fields that only the store writes': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(sample('a'))
    const { creationTimestamp: _, uid: __, ...metadata } = created.metadata
    const updated = await store.update({ ...varied(subject, created, 1), metadata })
    assert.equal(updated.metadata.uid, created.metadata.uid)
    assert.equal(updated.metadata.creationTimestamp, created.metadata.creationTimestamp)
  },

  'delete removes an object': async ({ store, sample }) => {
    const created = await store.create(sample('a'))
    await store.delete(refOf(created))
    assert.equal(await store.get(refOf(created)), undefined)
    assert.deepEqual((await store.list(created, { namespace: created.metadata.namespace })).items, [])
  },

  'delete of an object that is not there is store/not-found': async ({ store, sample }) => {
    await rejects(store.delete(refOf(sample('a'))), 'store/not-found')
  },

  'delete of another uid or resourceVersion is store/conflict': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(sample('a'))
    const { resourceVersion, uid } = (await store.update(varied(subject, created, 1))).metadata
    const ref = refOf(created)
    await rejects(store.delete(ref, { uid: '00000000-0000-4000-8000-000000000000' }), 'store/conflict')
    await rejects(store.delete(ref, { resourceVersion: created.metadata.resourceVersion }), 'store/conflict')
    assert.notEqual(await store.get(ref), undefined)
    await store.delete(ref, { uid, resourceVersion })
    assert.equal(await store.get(ref), undefined)
  },

  'an object with finalizers stays, marked, until the last one leaves': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(withMeta(sample('a'), { finalizers: [finalizer, `${finalizer}-2`] }))
    await store.delete(refOf(created))
    const marked = (await store.get(refOf(created))) as KubeObject
    assert.match(marked.metadata.deletionTimestamp ?? '', /^\d{4}-.*Z$/)
    assert.deepEqual(marked.metadata.finalizers, created.metadata.finalizers)
    const one = await store.update(withMeta(varied(subject, marked, 1), { finalizers: [finalizer], deletionTimestamp: undefined }))
    assert.equal(one.metadata.deletionTimestamp, marked.metadata.deletionTimestamp)
    assert.partialDeepStrictEqual(one.spec, sample('a', 1).spec)
    await store.update(withMeta(one, { finalizers: [] }))
    assert.equal(await store.get(refOf(created)), undefined)
  },

  'deleting an object that is being deleted changes nothing': async ({ store, sample }) => {
    const created = await store.create(withMeta(sample('a'), { finalizers: [finalizer] }))
    await store.delete(refOf(created))
    const marked = (await store.get(refOf(created))) as KubeObject
    await store.delete(refOf(created))
    assert.deepEqual(await store.get(refOf(created)), marked)
    await store.update(withMeta(marked, { finalizers: undefined }))
    assert.equal(await store.get(refOf(created)), undefined)
  },

  'an object that is being deleted takes no new finalizer': async ({ store, sample }) => {
    const created = await store.create(withMeta(sample('a'), { finalizers: [finalizer] }))
    await store.delete(refOf(created))
    const marked = (await store.get(refOf(created))) as KubeObject
    await rejects(store.update(withMeta(marked, { finalizers: [finalizer, `${finalizer}-2`] })), 'model/invalid', 'cluster/invalid')
    assert.deepEqual(await store.get(refOf(created)), marked)
    await store.update(withMeta(marked, { finalizers: [] }))
  },

  'an object that is being deleted keeps its name': async ({ store, sample }) => {
    const created = await store.create(withMeta(sample('a'), { finalizers: [finalizer] }))
    await store.delete(refOf(created))
    await rejects(store.create(sample('a')), 'store/exists')
    await store.update(withMeta((await store.get(refOf(created))) as KubeObject, { finalizers: [] }))
    await store.create(sample('a'))
  },

  'concurrent writers that compare and swap lose no increment': async ({ store, sample }) => {
    const ref = refOf(await store.create(withMeta(sample('a'), { annotations: { count: '0' } })))
    const increment = async (): Promise<void> => {
      for (;;) {
        const object = (await store.get(ref)) as KubeObject
        const annotations = { count: String(Number(object.metadata.annotations?.count) + 1) }
        const failure = await store.update(withMeta(object, { annotations })).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure === undefined) return
        await rejects(Promise.reject(failure), 'store/conflict')
      }
    }
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 5; round++) await increment()
      }),
    )
    assert.equal((await store.get(ref))?.metadata.annotations?.count, '40')
  },

  'of many who create one name, one does': async ({ store, sample }) => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, variant) => store.create(sample('a', variant))))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) if (result.status === 'rejected') await rejects(Promise.reject(result.reason), 'store/exists')
  },

  'objects are shared with no one': async ({ store, sample }) => {
    const given = structuredClone(withMeta(sample('a'), { labels: { a: '1' } }))
    const created = await store.create(given)
    const before = structuredClone(created)
    spoil(given)
    assert.deepEqual(created, before)
    spoil(created)
    const found = (await store.get(refOf(before))) as KubeObject
    assert.deepEqual(found, before)
    spoil(found)
    spoil((await store.list(before, { namespace: before.metadata.namespace })).items[0])
    assert.deepEqual(await store.get(refOf(before)), before)
  },

  'frozen objects are accepted and not changed': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(deepFreeze(withMeta(sample('a'), { labels: { a: '1' } })))
    const updated = await store.update(deepFreeze(varied(subject, created, 1)))
    await store.update(deepFreeze({ ...updated, status: { observedGeneration: 2 } }), { subresource: 'status' })
    assert.deepEqual((await store.get(refOf(created)))?.status, { observedGeneration: 2 })
  },

  'an integer beyond 2^53 keeps its digits': async ({ store, sample }) => {
    const created = await store.create(sample('a'))
    const status = { observedGeneration: exactInteger(9_007_199_254_740_993n) }
    const updated = await store.update({ ...created, status }, { subresource: 'status' })
    const { items } = await store.list(created, { namespace: created.metadata.namespace })
    const listed = items.find(({ metadata }) => metadata.uid === created.metadata.uid)
    for (const object of [updated, await store.get(refOf(created)), listed])
      assert.equal(JSON.stringify(object?.status), '{"observedGeneration":9007199254740993}')
  },

  'names of Object.prototype are names like others': async ({ store, sample, namespaces: [namespace] }) => {
    const labels = { constructor: 'a', toString: 'b' }
    const created = await store.create(withMeta(sample('constructor'), { labels, annotations: { hasOwnProperty: 'c' } }))
    assert.deepEqual((await store.get(refOf(created)))?.metadata.labels, labels)
    const found = await store.list(created, { namespace, labelSelector: { matchLabels: { toString: 'b' } } })
    assert.deepEqual(found.items, [created])
    await store.create(sample('valueof'))
    const none = await store.list(created, {
      namespace,
      labelSelector: { matchExpressions: [{ key: 'toString', operator: 'DoesNotExist' }] },
    })
    assert.deepEqual(
      none.items.map(({ metadata }) => metadata.name),
      ['valueof'],
    )
  },

  'an invalid object is model/invalid and names the field': async ({ store, sample }) => {
    const bad: readonly (readonly [string, unknown])[] = [
      ['metadata.name', withMeta(sample('a'), { name: undefined as unknown as string })],
      ['metadata.name', withMeta(sample('a'), { name: 'Not A Name' })],
      ['metadata.name', withMeta(sample('a'), { name: '../a' })],
      ['metadata.name', withMeta(sample('a'), { name: 'a'.repeat(254) })],
      ['metadata.namespace', withMeta(sample('a'), { namespace: 'a/b' })],
      ['metadata.labels', withMeta(sample('a'), { labels: JSON.parse('{"__proto__":"x"}') })],
      ['metadata.labels', withMeta(sample('a'), { labels: { a: 'not a value' } })],
      ['metadata.annotations', withMeta(sample('a'), { annotations: { a: 1 as unknown as string } })],
      ['metadata.resourceVersion', withMeta(sample('a'), { resourceVersion: '1' })],
      ['apiVersion', { ...sample('a'), apiVersion: undefined }],
      ['kind', { ...sample('a'), kind: '' }],
      ['metadata', { ...sample('a'), metadata: undefined }],
      ['spec.path', { ...sample('a'), spec: { path: () => 'a function' } }],
    ]
    for (const [path, object] of bad) {
      // A server behind a store judges names, each kind by its own rules.
      const codes = path === 'metadata.name' ? (['model/invalid', 'cluster/invalid'] as const) : (['model/invalid'] as const)
      const error = await rejects(store.create(object as KubeObject), ...codes)
      assert.ok(
        error.problems.some((problem) => problem.path.startsWith(path)),
        `${error.message} does not name ${path}`,
      )
    }
    const created = await store.create(sample('a'))
    await rejects(store.update(withMeta(created, { labels: { a: 'not a value' } })), 'model/invalid')
  },

  'an aborted signal ends every call with aborted, before it does anything': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    const signal = AbortSignal.abort()
    const created = await store.create(sample('a'))
    await rejects(store.get(refOf(created), { signal }), 'aborted')
    await rejects(store.list(created, { signal }), 'aborted')
    await rejects(store.create(sample('b'), { signal }), 'aborted')
    await rejects(store.update(varied(subject, created, 1), { signal }), 'aborted')
    await rejects(store.delete(refOf(created), { signal }), 'aborted')
    await rejects(store.lease({ namespace, name: 'a', holder: 'me', durationMs: 1000, signal }), 'aborted')
    assert.deepEqual((await store.list(created, { namespace })).items, [created])
  },

  'a store that was disposed of is closed': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    const created = await store.create(sample('a'))
    const { resourceVersion } = created.metadata as { resourceVersion: string }
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rejects(store.get(refOf(created)), 'closed')
    await rejects(store.list(created), 'closed')
    await rejects(store.create(sample('b')), 'closed')
    await rejects(store.update(varied(subject, created, 1)), 'closed')
    await rejects(store.delete(refOf(created)), 'closed')
    await rejects(store.lease({ namespace, name: 'a', holder: 'me', durationMs: 1000 }), 'closed')
    await rejects(Promise.resolve(store.watch(created, { resourceVersion })[Symbol.asyncIterator]().next()), 'closed')
  },
}
