import { setImmediate } from 'node:timers/promises'
import { type KubeObject, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { fieldScenarios } from './field-scenarios.ts'
import { configMap, intercepted, repository, syncOf } from './scenarios.ts'

describe('rules for fields, in memory', () => {
  fieldScenarios(clusterInMemory)
})

describe('an object that others write all the time for a second', () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }
  const immutable = (value: string): string => `${configMap('a', { key: value })}immutable: true\n`

  /** Another writer comes between each read of the object and what is sent next, from `busy()` on for a second. */
  async function busyCluster() {
    const clock = new VirtualClock()
    const cluster = memoryCluster({ clock })
    let until = 0
    let writes = 0
    const port = intercepted(cluster, async (method, [, options]) => {
      if (!(method === 'apply' || method === 'delete') || options.dryRun === true || clock.now() >= until) return
      const object = (await cluster.get(ref)) as KubeObject
      writes += 1
      const annotations = { ...object.metadata.annotations, seen: String(writes) }
      await cluster.update({ ...object, metadata: { ...object.metadata, annotations } }, { fieldManager: 'watcher' })
    })
    const versions = {
      v1: { 'a.yaml': configMap('a', { key: '1' }) },
      v2: { 'a.yaml': configMap('a', { key: '2' }) },
      w1: { 'a.yaml': immutable('1') },
      w2: { 'a.yaml': immutable('2') },
    }
    const runner = new SyncRunner({ cluster: port, git: repository(versions), clock })
    return {
      cluster,
      clock,
      busy: () => {
        until = clock.now() + 1000
      },
      writes: () => writes,
      async run(tag: string, spec: object = {}) {
        let isOver = false
        const running = runner.run(syncOf('default', tag, spec)).finally(() => {
          isOver = true
        })
        while (!isOver) {
          await setImmediate()
          await clock.advance(10)
        }
        return running
      },
    }
  }

  test('is written by force once they pause', async () => {
    const { cluster, clock, busy, writes, run } = await busyCluster()
    await run('v1')
    const live = (await cluster.get(ref)) as KubeObject
    await cluster.update({ ...live, data: { key: 'edited' } }, { fieldManager: 'kubectl-edit' })
    busy()
    const start = clock.now()
    await run('v2')
    expect([writes(), (await cluster.get(ref))?.data]).toEqual([4, { key: '2' }])
    expect(clock.now() - start).toBeLessThan(3000)
  })

  test('is replaced once they pause', async () => {
    const { cluster, busy, writes, run } = await busyCluster()
    await run('w1')
    busy()
    await run('w2', { force: true })
    expect([writes(), (await cluster.get(ref))?.data]).toEqual([4, { key: '2' }])
  })
})
