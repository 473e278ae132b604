import assert from 'node:assert/strict'
import { setTimeout as realSleep } from 'node:timers/promises'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { compact } from './lists.ts'
import { createAll, type StoreSubject, varied, Watching, withMeta } from './subject.ts'

const prod = { matchLabels: { tier: 'prod' } }

/** Watches: what is seen, in which order, and from where one goes on. */
export const watchCases: ConformanceCases<StoreSubject> = {
  'a watch sees each change once and in order': async (subject) => {
    const { store, sample } = subject
    await using watching = new Watching(subject, { resourceVersion: await versionOf(subject) })
    const created = await store.create(sample('a'))
    const updated = await store.update(varied(subject, created, 1))
    const status = await store.update({ ...updated, status: { observedGeneration: 2 } }, { subresource: 'status' })
    await store.update(status)
    await store.delete(refOf(created))
    const again = await store.create(sample('a'))
    const events = await watching.changes(5)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED', 'ADDED'],
    )
    assert.deepEqual(
      [events[0], events[1], events[2], events[4]].map((event) => event?.object),
      [created, updated, status, again],
    )
  },

  'a deleted object is shown as it was, with the resourceVersion of the deletion': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(withMeta(sample('a'), { labels: { tier: 'prod' } }))
    await using watching = new Watching(subject, { resourceVersion: created.metadata.resourceVersion as string })
    await store.delete(refOf(created))
    const [event] = await watching.changes(1)
    const resourceVersion = event?.object.metadata.resourceVersion as string
    assert.deepEqual(event, { type: 'DELETED', object: withMeta(created, { resourceVersion }) })
    assert.notEqual(resourceVersion, created.metadata.resourceVersion)
    await using after = new Watching(subject, { resourceVersion })
    await createAll(subject, 'b')
    assert.deepEqual(await after.lines(1), ['ADDED b'])
  },

  'a watch goes on from the resourceVersion of a list': async (subject) => {
    const { store, sample } = subject
    await createAll(subject, 'a')
    const resourceVersion = await versionOf(subject)
    await createAll(subject, 'b')
    await store.delete(refOf(sample('a')))
    await using watching = new Watching(subject, { resourceVersion })
    assert.deepEqual(await watching.lines(2), ['ADDED b', 'DELETED a'])
  },

  'a watch goes on from the resourceVersion of an event': async (subject) => {
    const resourceVersion = await versionOf(subject)
    await createAll(subject, 'a', 'b', 'c')
    await using first = new Watching(subject, { resourceVersion })
    const [event] = await first.changes(1)
    await using second = new Watching(subject, { resourceVersion: event?.object.metadata.resourceVersion as string })
    assert.deepEqual(await second.lines(2), ['ADDED b', 'ADDED c'])
  },

  'a watch that sees nothing of many changes yields a bookmark, and another goes on from there': async (subject) => {
    const { store, sample } = subject
    await using first = new Watching(subject, { resourceVersion: await versionOf(subject), labelSelector: prod })
    const next = first.next()
    let object = await store.create(sample('a'))
    for (let variant = 1; variant <= 120; variant++) object = await store.update(varied(subject, object, variant % 2))
    const bookmark = await next
    assert.ok(bookmark?.type === 'BOOKMARK', `expected a bookmark, not ${bookmark?.type}`)
    await using second = new Watching(subject, { resourceVersion: bookmark.resourceVersion, labelSelector: prod })
    await store.create(withMeta(sample('b'), { labels: { tier: 'prod' } }))
    assert.deepEqual(await second.lines(1), ['ADDED b'])
  },

  'an object that starts to match is ADDED, one that stops is DELETED': async (subject) => {
    const { store, sample } = subject
    await using watching = new Watching(subject, { resourceVersion: await versionOf(subject), labelSelector: prod })
    const off = await store.create(sample('a'))
    const on = await store.update(withMeta(off, { labels: { tier: 'prod' } }))
    const changed = await store.update(varied(subject, on, 1))
    const gone = await store.update(withMeta(changed, { labels: { tier: 'test' } }))
    await store.delete(refOf(gone))
    await store.create(withMeta(sample('end'), { labels: { tier: 'prod' } }))
    const events = await watching.changes(4)
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED end'],
    )
    assert.deepEqual(events[0]?.object, on)
    assert.deepEqual(events[2]?.object, withMeta(changed, { resourceVersion: gone.metadata.resourceVersion }))
  },

  'a watch is of one namespace when asked for, of all otherwise': async (subject) => {
    const { store, sample, namespaces } = subject
    const resourceVersion = await versionOf(subject)
    await store.create(withMeta(sample('other'), { namespace: namespaces[1] }))
    await createAll(subject, 'a')
    await using one = new Watching(subject, { resourceVersion })
    assert.deepEqual(await one.lines(1), ['ADDED a'])
    await using all = new Watching(subject, { resourceVersion, namespace: undefined })
    assert.deepEqual(await all.lines(2), ['ADDED other', 'ADDED a'])
  },

  'marking an object as deleted is MODIFIED, and its end is DELETED': async (subject) => {
    const { store, sample } = subject
    const created = await store.create(withMeta(sample('a'), { finalizers: ['fleetkit.dev/conformance'] }))
    await using watching = new Watching(subject, { resourceVersion: created.metadata.resourceVersion as string })
    await store.delete(refOf(created))
    await store.delete(refOf(created))
    await store.update(withMeta((await store.get(refOf(created))) as KubeObject, { finalizers: [] }))
    assert.deepEqual(await watching.lines(2), ['MODIFIED a', 'DELETED a'])
  },

  'a slow watcher misses nothing': async (subject) => {
    const resourceVersion = await versionOf(subject)
    await using watching = new Watching(subject, { resourceVersion })
    await createAll(subject, 'first')
    await watching.changes(1)
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`)
    await createAll(subject, ...names)
    assert.deepEqual(
      await watching.lines(50),
      names.map((name) => `ADDED ${name}`),
    )
  },

  'a watch ends quietly when it is aborted': async (subject) => {
    const resourceVersion = await versionOf(subject)
    await using waiting = new Watching(subject, { resourceVersion })
    const next = waiting.next()
    await realSleep(50)
    waiting.abort()
    assert.equal(await next, undefined)
    await using aborted = new Watching(subject, { resourceVersion })
    aborted.abort()
    assert.equal(await aborted.next(), undefined)
    await using busy = new Watching(subject, { resourceVersion })
    await createAll(subject, 'a', 'b')
    await busy.changes(1)
    busy.abort()
    assert.equal(await busy.next(), undefined)
  },

  'a watch from compacted history ends with store/relist': async (subject) => {
    const resourceVersion = await versionOf(subject)
    await createAll(subject, 'a', 'b')
    await compact(subject)
    await using watching = new Watching(subject, { resourceVersion })
    await rejects(watching.next(), 'store/relist')
    await using fresh = new Watching(subject, { resourceVersion: await versionOf(subject) })
    await createAll(subject, 'c')
    assert.deepEqual(await fresh.lines(1), ['ADDED c'])
  },

  'events are shared with no one': async (subject) => {
    const resourceVersion = await versionOf(subject)
    const [created] = await createAll(subject, 'a')
    await using first = new Watching(subject, { resourceVersion })
    const [event] = await first.changes(1)
    Reflect.set(event?.object.metadata as object, 'name', 'spoiled')
    Reflect.set(event?.object as object, 'spec', 'spoiled')
    await using second = new Watching(subject, { resourceVersion })
    assert.deepEqual((await second.changes(1))[0]?.object, created)
    assert.deepEqual(await subject.store.get(refOf(created as KubeObject)), created)
  },
}

async function versionOf({ store, sample, namespaces: [namespace] }: StoreSubject): Promise<string> {
  return (await store.list(sample('a'), { namespace })).resourceVersion
}
