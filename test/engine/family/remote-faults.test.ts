import type { Connect } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { configMap, intercepted, repository } from '../sync/scenarios.ts'
import { familyWorld, type Member, members } from './world.ts'

const minute = 60_000
const remote = members.find(({ kind }) => kind === 'RemoteSync') as Member
const shop = (): ReturnType<typeof repository> =>
  repository({
    v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
    v2: { 'a.yaml': configMap('a', { x: '2' }) },
  })

/** Never answers. */
const hang = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))

describe('what never answers holds up nothing for ever', () => {
  test('a store that is to save what a cluster was found to be', async () => {
    const w = await familyWorld(remote, shop())
    await w.put()
    let hangs = true
    const store = intercepted(w.store, (method, [object, options]) => {
      if (!hangs || method !== 'update' || object.kind !== 'Cluster') return undefined
      hangs = false
      return hang(options?.signal)
    })
    const run = w.start({ store })
    await w.clock.advance(5 * minute)
    expect([hangs, (await w.ready())?.status]).toEqual([false, 'True'])
    await run.finish()
  })

  test('a connection, when all that was applied is to be removed', async () => {
    const w = await familyWorld(remote, shop())
    await w.put({ deletionPolicy: 'Delete' })
    const first = w.start()
    await w.clock.advance(minute)
    await first.finish()
    await w.store.delete(w.refOf())
    let hangs = true
    const connect: Connect = async (_, { current, signal }) => {
      if (current !== undefined || !hangs) return current ?? w.target
      hangs = false
      return hang(signal)
    }
    const second = w.start({ connect })
    await w.clock.advance(5 * minute)
    expect([hangs, await w.store.get(w.refOf()), await w.data('a')]).toEqual([false, undefined, undefined])
    await second.finish()
  })
})
