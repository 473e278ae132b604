import { FleetkitError } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { configMap, repository } from '../sync/scenarios.ts'
import { familyWorld, mapRef, members } from './world.ts'

const minute = 60_000
const shop = () =>
  repository({
    v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
    v2: { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c', { z: '1' }) },
  })

describe.each(members)('$kind', (member) => {
  test('applies a version, then the next one, and prunes what has left', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded', observedGeneration: 1 })
    expect((await w.status()).lastAppliedRevision).toMatch(/^v1@sha1:/)
    expect([await w.data('a'), await w.data('b'), await w.data('c')]).toEqual([{ x: '1' }, { y: '1' }, undefined])

    await w.put({ tag: 'v2' })
    await w.clock.advance(1000)
    expect((await w.status()).lastAppliedRevision).toMatch(/^v2@sha1:/)
    expect([await w.data('a'), await w.data('b'), await w.data('c')]).toEqual([{ x: '2' }, undefined, { z: '1' }])
    await run.finish()
  })

  test('corrects drift at its interval, and changes nothing before and after', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    const live = await w.target.get(mapRef('a'))
    await w.target.update({ ...live, data: { x: 'edited' } } as never, { fieldManager: 'editor' })
    w.writes.length = 0
    await w.clock.advance(5 * minute)
    expect([await w.data('a'), w.writes]).toEqual([{ x: 'edited' }, []])
    await w.clock.advance(6 * minute)
    expect(await w.data('a')).toEqual({ x: '1' })
    w.writes.length = 0
    await w.clock.advance(11 * minute)
    expect(w.writes).toEqual([])
    await run.finish()
  })

  test('does nothing while it is suspended', async () => {
    const w = await familyWorld(member, shop())
    await w.put({ suspend: true })
    const run = w.start()
    await w.clock.advance(15 * minute)
    expect([w.writes, await w.data('a')]).toEqual([[], undefined])
    await w.put({ suspend: false })
    await w.clock.advance(1000)
    expect(await w.data('a')).toEqual({ x: '1' })
    await run.finish()
  })

  test('waits for what it depends on, and names a cycle', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a') } })
    const w = await familyWorld(member, git)
    await w.put({ suspend: true }, 'base')
    await w.put({ dependsOn: [{ name: 'base' }] })
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'DependencyNotReady' })
    await w.put({ dependsOn: [{ name: 'shop' }] }, 'base')
    await w.clock.advance(2 * minute)
    expect(await w.ready('base')).toMatchObject({ status: 'False', reason: 'DependencyCycle' })
    expect((await w.ready('base'))?.message).toContain('default/base → default/shop → default/base')
    expect(w.writes).toEqual([])
    await run.finish()
  })

  test('says what failed, tries again, and succeeds when the cause is gone', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    w.fault = (method) => {
      if (method === 'apply') throw new FleetkitError('cluster/unavailable', 'etcd leader changed')
    }
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ReconciliationFailed' })
    expect((await w.ready())?.message).toContain('etcd leader changed')
    w.fault = undefined
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await run.finish()
  })

  test('deletes what it has applied when it is deleted, and leaves it where it says so', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    await w.put({ tag: 'v2', deletionPolicy: 'Orphan', targetNamespace: 'kube-public' }, 'left')
    const run = w.start()
    await w.clock.advance(1000)
    for (const name of ['shop', 'left']) await w.store.delete(w.refOf(name))
    await w.clock.advance(1000)
    expect([await w.store.get(w.refOf('shop')), await w.store.get(w.refOf('left'))]).toEqual([undefined, undefined])
    expect([await w.data('a'), await w.data('b')]).toEqual([undefined, undefined])
    expect((await w.target.get({ ...mapRef('a'), namespace: 'kube-public' }))?.data).toEqual({ x: '2' })
    await run.finish()
  })

  test('makes a copy that was deleted again', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    const before = await w.target.get(mapRef('a'))
    await w.target.delete(mapRef('a'))
    await w.clock.advance(11 * minute)
    const after = await w.target.get(mapRef('a'))
    expect(after?.data).toEqual({ x: '1' })
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
    await run.finish()
  })

  test('brings back the newest version after the cluster was restored from a backup', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    const backup = w.target.backUp()
    await w.put({ tag: 'v2' })
    await w.clock.advance(6 * minute)
    expect(await w.data('a')).toEqual({ x: '2' })
    w.target.restore(backup)
    expect(await w.data('a')).toEqual({ x: '1' })
    await w.clock.advance(11 * minute)
    // Where records lie elsewhere, a restore has to be noticed. A Sync's own lie in the cluster, and go back with it: what it pruned since stays.
    const pruned = member.kind === 'Sync' ? { y: '1' } : undefined
    expect([await w.data('a'), await w.data('b'), await w.data('c')]).toEqual([{ x: '2' }, pruned, { z: '1' }])
    await run.finish()
  })

  test('a manager that takes over changes nothing that is as it is to be', async () => {
    const w = await familyWorld(member, shop())
    await w.put()
    const first = w.start()
    await w.clock.advance(1000)
    await first.finish()
    w.writes.length = 0
    const second = w.start()
    await w.clock.advance(11 * minute)
    expect(w.writes).toEqual([])
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await second.finish()
  })

  test('a manager that was killed at any write is followed by one that ends what it began', async () => {
    for (let killedAt = 1; ; killedAt++) {
      const w = await familyWorld(member, shop())
      await w.put()
      const first = w.start()
      await w.clock.advance(1000)
      await w.put({ tag: 'v2' })
      let calls = 0
      const changing = new Set(['apply', 'create', 'update', 'delete'])
      w.fault = (method) => {
        if (changing.has(method) && ++calls >= killedAt) throw new FleetkitError('closed', 'the process is gone')
      }
      await w.clock.advance(1000)
      await first.finish()
      const isBeyond = calls < killedAt
      w.fault = undefined
      const second = w.start()
      await w.clock.advance(11 * minute)
      expect([await w.data('a'), await w.data('b'), await w.data('c')], `killed at write ${killedAt}`).toEqual([
        { x: '2' },
        undefined,
        { z: '1' },
      ])
      expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
      await second.finish()
      if (isBeyond) break
    }
  })
})
