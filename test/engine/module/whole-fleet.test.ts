import {
  assemblageController,
  Cluster,
  clusterController,
  type KubeObject,
  Manager,
  Module,
  type ModuleInput,
  type ModuleStatus,
  moduleController,
  type ObjectRef,
  remoteAssemblageController,
  rolloutController,
  syncController,
} from 'fleetkit'
import { assemblageKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { configMap, url } from '../sync/scenarios.ts'
import { namespace, refOf } from './fleet-world.ts'

const minute = 60_000
// As kustomize-controller writes variables.
const variable = '$' + '{region}'
const names = ['a', 'b', 'c']
const mapRef: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'shop' }

/** A management, and clusters that each have a manager which applies what they are assigned. */
function world() {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  const store = memoryStore({ clock })
  const git = memoryGit()
  for (const tag of ['v1', 'v2']) git.tag(url, tag, git.commit(url, { 'map.yaml': configMap('shop', { version: tag, region: variable }) }))
  const common = { clock, git, random: () => 0.5, renderers: [plainRenderer()] }
  const rollouts = rolloutController()
  return {
    clock,
    store,
    fleet,
    rollouts,
    async cluster(name: string): Promise<Stop> {
      const cluster = fleet.cluster(name)
      for (const kind of [syncKind, assemblageKind]) await cluster.create(definitionOf(kind))
      const spec = { access: { kubeConfig: { secretRef: { name } } } }
      await store.create(new Cluster({ metadata: { name, namespace, labels: { region: `${name}-region` } }, spec }).toObject())
      return running(new Manager({ ...common, store: cluster, cluster }).add(syncController(), assemblageController()), clock)
    },
    manage(): Stop {
      const manager = new Manager({ ...common, store, connect: fleet.connect })
      return running(manager.add(clusterController(), remoteAssemblageController(), moduleController(), rollouts), clock)
    },
    async module(tag: string, spec: Partial<ModuleInput['spec']> = {}): Promise<void> {
      const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
      const wanted = new Module({
        metadata: { name: 'shop', namespace },
        spec: { source: { git: { url, tag } }, clusters: {}, parameters, ...spec },
      })
      const present = await store.get(refOf('Module', 'shop'))
      await (present === undefined ? store.create(wanted.toObject()) : store.update({ ...present, spec: wanted.toObject().spec }))
    },
    async status(): Promise<Partial<ModuleStatus>> {
      return ((await store.get(refOf('Module', 'shop')))?.status ?? {}) as Partial<ModuleStatus>
    },
    /** What each cluster has. */
    applied: () => Promise.all(names.map(async (name) => ((await fleet.cluster(name).get(mapRef)) as KubeObject | undefined)?.data)),
  }
}

test('a Module is applied in every cluster with its values, stage by stage, replaced, and removed', async () => {
  const w = world()
  const stops = [w.manage()]
  for (const name of names) stops.push(await w.cluster(name))
  await w.module('v1')
  await w.clock.advance(3 * minute)
  expect(await w.applied()).toEqual(names.map((name) => ({ version: 'v1', region: `${name}-region` })))
  expect(await w.status()).toMatchObject({ phase: 'Complete', version: 'v1', summary: { clusters: 3, done: 3 } })
  await w.module('v2', { rollout: { staged: { stages: [{ name: 'canary', limit: 1, soak: '10m' }, { name: 'fleet' }] } } })
  await w.clock.advance(5 * minute)
  expect((await w.applied()).map((data) => (data as { version: string }).version)).toEqual(['v2', 'v1', 'v1'])
  await w.clock.advance(10 * minute)
  expect((await w.applied()).map((data) => (data as { version: string }).version)).toEqual(['v2', 'v2', 'v2'])
  await w.store.delete(refOf('Module', 'shop'))
  await w.clock.advance(5 * minute)
  expect(await w.applied()).toEqual([undefined, undefined, undefined])
  expect(await w.store.get(refOf('Module', 'shop'))).toBeUndefined()
  for (const stop of stops.reverse()) await stop()
}, 60_000)
