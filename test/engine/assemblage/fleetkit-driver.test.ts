import { getCondition, type KubeObject, Manager, requestedAtAnnotation, type SyncStatus, syncController } from 'fleetkit'
import { fleetkitDriver } from 'fleetkit/drivers'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { type DriverSubject, driverConformance, VirtualClock } from 'fleetkit/testing'
import { describe, test } from 'vitest'
import { running } from '../running.ts'
import { configMap, url } from '../sync/scenarios.ts'

const type = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' }

/** The driver, with the controller of Syncs as its engine, in memory and in virtual time. */
async function subject(): Promise<DriverSubject> {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ clock })
  await cluster.apply([definitionOf(syncKind)], { fieldManager: 'setup' })
  const git = memoryGit()
  const commits = ['1', '2'].map((version) =>
    git.commit(url, Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}/map.yaml`, configMap(name, { version })]))),
  ) as [string, string]
  const manager = new Manager({ store: cluster, cluster, git, clock, renderers: [plainRenderer()], random: () => 0.5 })
  const stop = running(manager.add(syncController()), clock)
  return {
    driver: fleetkitDriver(),
    store: cluster,
    commits,
    url,
    async settle() {
      const annotations = { [requestedAtAnnotation]: `${clock.now()}` }
      const { items } = await cluster.list(type)
      const kept = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      await cluster.apply(
        kept.map(({ metadata: { name, namespace } }) => ({ ...type, metadata: { name, namespace, annotations } })),
        { fieldManager: 'asker' },
      )
      await clock.advance(120_000)
    },
    async lookAgain() {
      // As an attempt that is under way leaves it, which in virtual time no attempt is for long.
      for (const sync of (await cluster.list(type)).items) {
        const status = sync.status as SyncStatus
        const ready = {
          ...getCondition(status.conditions, 'Ready'),
          status: 'Unknown',
          reason: 'Progressing',
          message: 'it is being applied',
        }
        const conditions = [{ ...ready, observedGeneration: sync.metadata.generation }]
        await cluster.update({ ...sync, status: { ...status, conditions } } as KubeObject, { subresource: 'status' })
      }
    },
    async applied() {
      const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' })
      return items.filter(({ data }) => data !== undefined).map(({ metadata }) => metadata.name)
    },
    [Symbol.asyncDispose]: stop,
  }
}

describe('the driver fleetkit', () => driverConformance({ test, make: subject }))
