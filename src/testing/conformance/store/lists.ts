import assert from 'node:assert/strict'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { LabelSelector } from '../../../model/selector.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { createAll, namesOf, type StoreSubject, varied, withMeta } from './subject.ts'

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** Lists: order, selection, pages. */
export const listCases: ConformanceCases<StoreSubject> = {
  'a list of nothing is empty and has a resourceVersion': async ({ store, sample, namespaces: [namespace] }) => {
    const list = await store.list(sample('a'), { namespace })
    assert.deepEqual(list.items, [])
    assert.match(list.resourceVersion, /./)
    assert.equal(list.continue, undefined)
  },

  'a list is ordered by namespace and name': async (subject) => {
    const { store, sample, namespaces } = subject
    await createAll(subject, 'c', 'a', 'b10', 'b2', 'b')
    await store.create(withMeta(sample('a'), { namespace: namespaces[1] }))
    assert.deepEqual(namesOf((await store.list(sample('a'), { namespace: namespaces[0] })).items), ['a', 'b', 'b10', 'b2', 'c'])
    const everywhere = (await store.list(sample('a'))).items.filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ''))
    assert.deepEqual(
      everywhere.map(({ metadata }) => metadata.namespace),
      namespaces[0] < namespaces[1] ? [...Array(5).fill(namespaces[0]), namespaces[1]] : [namespaces[1], ...Array(5).fill(namespaces[0])],
    )
  },

  'a list is of one namespace when asked for': async (subject) => {
    const { store, sample, namespaces } = subject
    await createAll(subject, 'a')
    const other = await store.create(withMeta(sample('b'), { namespace: namespaces[1] }))
    assert.deepEqual((await store.list(sample('a'), { namespace: namespaces[1] })).items, [other])
  },

  'a list gives whole objects': async (subject) => {
    const {
      store,
      namespaces: [namespace],
    } = subject
    const created = await createAll(subject, 'a', 'b')
    const withStatus = await store.update({ ...(created[0] as KubeObject), status: { observedGeneration: 1 } }, { subresource: 'status' })
    assert.deepEqual((await store.list(withStatus, { namespace })).items, [withStatus, created[1]])
  },

  'label selectors know every operator': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    await store.create(withMeta(sample('one'), { labels: { tier: 'prod', zone: 'a' } }))
    await store.create(withMeta(sample('three'), { labels: { tier: 'test', zone: 'b' } }))
    await store.create(withMeta(sample('two'), { labels: { tier: 'prod', empty: '' } }))
    await store.create(sample('zero'))
    const expected: readonly (readonly [LabelSelector, string])[] = [
      [{}, 'one three two zero'],
      [{ matchLabels: { tier: 'prod' } }, 'one two'],
      [{ matchLabels: { empty: '' } }, 'two'],
      [{ matchLabels: { tier: 'prod', zone: 'a' } }, 'one'],
      [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }, 'one three'],
      [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, 'three two zero'],
      [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, 'one three'],
      [{ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, 'two zero'],
      [{ matchLabels: { tier: 'prod' }, matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, 'two'],
    ]
    for (const [labelSelector, names] of expected)
      assert.equal(
        namesOf((await store.list(sample('a'), { namespace, labelSelector })).items).join(' '),
        names,
        JSON.stringify(labelSelector),
      )
  },

  'pages together are the list': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    await createAll(subject, ...letters)
    const pages = await readPages(subject, 3)
    assert.deepEqual(
      pages.map(({ length }) => length),
      [3, 3, 1],
    )
    assert.deepEqual(pages.flat(), (await store.list(sample('a'), { namespace })).items)
    assert.equal((await readPages(subject, 7)).length, 1)
  },

  'pages of a selection are full': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    for (const letter of letters) await store.create(withMeta(sample(letter), { labels: { vowel: String('ae'.includes(letter)) } }))
    const page = await store.list(sample('a'), { namespace, limit: 2, labelSelector: { matchLabels: { vowel: 'true' } } })
    assert.deepEqual(namesOf(page.items), ['a', 'e'])
  },

  'all pages show one state, whatever is written between them': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    const created = await createAll(subject, ...letters)
    const first = await store.list(sample('a'), { namespace, limit: 2 })
    const [, , , d, e] = created as [KubeObject, KubeObject, KubeObject, KubeObject, KubeObject]
    await store.delete(refOf(d))
    await store.update(varied(subject, e, 1))
    await createAll(subject, 'aa', 'cc', 'z')
    await store.delete(refOf(created[0] as KubeObject))
    await store.create(sample('d', 5))
    const rest = await readPages(subject, 2, first.continue, first.resourceVersion)
    assert.deepEqual([...first.items, ...rest.flat()], created)
  },

  'a page of compacted history is store/relist': async (subject) => {
    const {
      store,
      sample,
      namespaces: [namespace],
    } = subject
    await createAll(subject, ...letters)
    const first = await store.list(sample('a'), { namespace, limit: 2 })
    await createAll(subject, 'z')
    await compact(subject)
    await rejects(store.list(sample('a'), { namespace, limit: 2, continue: first.continue }), 'store/relist')
  },
}

/** Compacts the history of the subject's store. */
export async function compact(subject: StoreSubject): Promise<void> {
  assert.ok(subject.compact !== undefined, '`make` gives no `compact`; give one, or skip this test with a reason')
  await subject.compact()
}

async function readPages(
  subject: StoreSubject,
  limit: number,
  token?: string,
  resourceVersion?: string,
): Promise<readonly (readonly KubeObject[])[]> {
  const {
    store,
    sample,
    namespaces: [namespace],
  } = subject
  const page = await store.list(sample('a'), { namespace, limit, continue: token })
  if (resourceVersion !== undefined) assert.equal(page.resourceVersion, resourceVersion)
  if (page.continue === undefined) return [page.items]
  return [page.items, ...(await readPages(subject, limit, page.continue, page.resourceVersion))]
}
