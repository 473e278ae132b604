import { type KubeObject, SyncRunner } from 'fleetkit'
import { type ApplyStage, current, failed, type HealthRule } from 'fleetkit/manifest'
import { memoryCluster } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { configMap, failure, intercepted, repository, syncOf } from './scenarios.ts'
import { syncObject, world } from './world.ts'

/** A rule that judges a ConfigMap by one of its values. */
const byColour: HealthRule = ({ object }) =>
  (object.data as Record<string, string> | undefined)?.k === 'red'
    ? failed(object, 'colour/red', 'It is red.', 'data.k')
    : current(object, 'colour/other', 'It is not red.', 'data.k')
const healthRules: ReadonlyMap<string, HealthRule> = new Map([['/ConfigMap', byColour]])
const applyStages: ReadonlyMap<string, ApplyStage> = new Map([['/ConfigMap', 'webhooks']])

describe('rules for kinds that the caller adds', () => {
  test('a health rule decides what a Sync waits for', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { k: 'red' }) } })
    const wait = { wait: true, timeout: '1m' } as const
    const error = await failure(new SyncRunner({ cluster: memoryCluster(), git, healthRules }).run(syncOf('default', 'v1', wait)))
    expect([error.code, error.message]).toEqual(['sync/unhealthy', expect.stringContaining('It is red.')])
    await new SyncRunner({ cluster: memoryCluster(), git }).run(syncOf('default', 'v1', wait))
  })

  test('the Sync controller goes by them too', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { k: 'red' }) } })
    const { store, clock, start, condition } = world(git, {}, { healthRules })
    await store.create(syncObject({ wait: true }))
    const { finish } = start()
    await clock.advance(1000)
    expect(await condition('Ready')).toMatchObject({ status: 'False', message: expect.stringContaining('It is red.') })
    await finish()
  })

  test('a stage decides what is applied after what, and deleted before what', async () => {
    const files = { 'a.yaml': configMap('a'), 'b.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: b }\n' }
    const written = async (options: { readonly applyStages?: typeof applyStages }): Promise<readonly string[]> => {
      const calls: string[] = []
      const cluster = intercepted(memoryCluster(), (method, [first]) => {
        if (method === 'apply') calls.push(`apply ${(first as readonly KubeObject[])[0]?.kind}`)
        if (method === 'delete') calls.push(`delete ${(first as KubeObject).kind}`)
        return undefined
      })
      const runner = new SyncRunner({ cluster, git: repository({ v1: files }), ...options })
      await runner.run(syncOf('default', 'v1'))
      await runner.remove(syncOf('default', 'v1'))
      return calls.filter((call) => !call.endsWith('undefined'))
    }
    const own = await written({ applyStages })
    expect(own.filter((call) => call.startsWith('apply')).at(-1)).toBe('apply ConfigMap')
    expect(own.indexOf('delete ConfigMap')).toBeLessThan(own.indexOf('delete Secret'))
    const builtIn = await written({})
    expect(builtIn.indexOf('delete Secret')).toBeLessThan(builtIn.indexOf('delete ConfigMap'))
  })
})
