import { type KubeObject, mirrorOwnerAnnotation, RemoteAssemblage } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { commits, copyRef, mapRef, ref, sync, world } from './remote-assemblage-world.ts'

const minute = 60_000

describe.each(['connected', 'inbound'] as const)('an Assemblage that is kept in a cluster that is %s', (way) => {
  test('is shown as it reports, of each version once it reports on that', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'Succeeded', message: '2 syncs are ready', observedGeneration: 1 })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[0]}`, `b: Ready sha1:${commits[0]}`])
    expect(await w.status()).toMatchObject({
      observedGeneration: 1,
      copy: { cluster: 'eu', namespace: 'default', name: 'platform', write: 1 },
    })
    await w.put({ syncs: [sync('a', 2)] })
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '1 sync is ready', observedGeneration: 2 })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[1]}`])
    expect([await w.version('a'), await w.version('b')]).toEqual(['2', undefined])
    await leave()
    await stop()
  })

  test('goes on while nothing can be heard of it, and is unknown meanwhile', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    w.isCut = true
    await w.clock.advance(6 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[0]}`, `b: Ready sha1:${commits[0]}`])
    await w.eu.delete(mapRef('a'))
    await w.put({ syncs: [sync('a', 2), sync('b', 2)] })
    await w.clock.advance(11 * minute)
    expect([await w.version('a'), await w.version('b')]).toEqual(['1', '1'])
    w.isCut = false
    await w.clock.advance(3 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect([await w.version('a'), await w.version('b')]).toEqual(['2', '2'])
    await leave()
    await stop()
  })

  test('is set right when others edit it, and refused when another management keeps it', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    const copy = (await w.eu.get(copyRef)) as KubeObject
    await w.eu.update({ ...copy, spec: { ...(copy.spec as object), syncs: [] } }, { fieldManager: 'editor' })
    await w.clock.advance(2 * minute)
    expect((await w.eu.get(copyRef))?.spec).toEqual(copy.spec)
    expect(await w.version('a')).toBe('1')
    const { metadata, ...object } = (await w.eu.get(copyRef)) as KubeObject
    const annotations = { ...metadata.annotations, [mirrorOwnerAnnotation]: 'RemoteAssemblage:other:eu/platform' }
    await w.eu.update({ ...object, metadata: { ...metadata, annotations } } as KubeObject)
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({
      status: 'False',
      reason: 'OwnedByAnother',
      message:
        'the Assemblage of that name is kept by RemoteAssemblage eu/platform of the management other; it has to be deleted there first',
    })
    await leave()
    await stop()
  })

  test.each(['Delete', 'Orphan'] as const)('goes with what keeps it, or stays: %s', async (deletionPolicy) => {
    const w = await world(way)
    await w.put({ deletionPolicy })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    await w.hub.delete(ref)
    await w.clock.advance(4 * minute)
    expect(await w.hub.get(ref)).toBeUndefined()
    const stays = deletionPolicy === 'Orphan'
    expect((await w.eu.get(copyRef)) !== undefined).toBe(stays)
    expect((await w.eu.get(copyRef))?.metadata.annotations?.[mirrorOwnerAnnotation]).toBeUndefined()
    expect([await w.version('a'), await w.version('b')]).toEqual(stays ? ['1', '1'] : [undefined, undefined])
    await leave()
    await stop()
  })
})

test('a RemoteAssemblage of what is no Assemblage names the field', () => {
  const template = { spec: { syncs: [sync('a'), sync('a')] } }
  expect(() => new RemoteAssemblage({ metadata: { name: 'platform' }, spec: { cluster: { name: 'eu' }, template } })).toThrow(
    /spec\.template\.spec\.syncs\[1\]\.name: found string "a", accepted a name that no other sync has/,
  )
})
