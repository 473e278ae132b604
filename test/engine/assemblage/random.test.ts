import fc from 'fast-check'
import {
  Assemblage,
  type AssemblageStatus,
  type AssembledSyncInput,
  assemblageController,
  FleetkitError,
  getCondition,
  hasCode,
  type KubeObject,
  Manager,
  type ObjectRef,
  syncController,
} from 'fleetkit'
import { assemblageKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs, seed } from '../../random-tests.ts'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, url } from '../sync/scenarios.ts'

const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'default'
const names = ['a', 'b', 'c', 'd'] as const
const assemblageRef: ObjectRef = { apiVersion, kind: 'Assemblage', namespace, name: 'eu' }
const syncRef = (name: string): ObjectRef => ({ apiVersion, kind: 'Sync', namespace, name: `eu-${name}` })
const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })

const git = memoryGit()
const commits = ['1', '2', '3'].map((version) =>
  git.commit(url, Object.fromEntries(names.map((name) => [`${name}/map.yaml`, configMap(name, { version })]))),
)

/** The version of each sync that there is to be, 0 for none; each depends on those before it that `edges` says. */
interface Wanted {
  readonly versions: readonly number[]
  readonly edges: readonly boolean[]
}

type Step =
  | { readonly do: 'specify'; readonly wanted: Wanted }
  | { readonly do: 'edit' | 'suspend' | 'delete' | 'unmark' | 'unlabel'; readonly name: (typeof names)[number] }
  | { readonly do: 'crash'; readonly at: number }
  | { readonly do: 'conflict' | 'restart' | 'recreate' | 'restartApplier' }
  | { readonly do: 'wait'; readonly ms: number }

const wanted: fc.Arbitrary<Wanted> = fc.record({
  versions: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
  edges: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('specify' as const), wanted }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('edit', 'suspend', 'delete', 'unmark', 'unlabel' as const),
      name: fc.constantFrom(...names),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('crash' as const), at: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('conflict', 'restart', 'recreate', 'restartApplier' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 50, 1000, 40_000) }) },
)

function syncsOf({ versions, edges }: Wanted): readonly AssembledSyncInput[] {
  const pairs = names.flatMap((name, at) => names.slice(0, at).map((dependency) => ({ name, dependency })))
  return names.flatMap((name, at) => {
    const version = versions[at] ?? 0
    if (version === 0) return []
    const dependsOn = pairs
      .filter((pair, index) => pair.name === name && edges[index] === true && (versions[names.indexOf(pair.dependency)] ?? 0) > 0)
      .map(({ dependency }) => ({ name: dependency }))
    return [
      { name, source: { git: { url, commit: commits[version - 1] as string } }, path: `./${name}`, prune: true, timeout: '20s', dependsOn },
    ]
  })
}

/** One history, from an empty cluster to rest; fails where a promise is broken. */
async function play(steps: readonly Step[]): Promise<void> {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ clock })
  await cluster.apply([syncKind, assemblageKind].map(definitionOf), { fieldManager: 'setup' })
  // In the way, and of no Assemblage: it stays as it is.
  const foreign = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign', namespace }, data: { of: 'others' } }
  await cluster.create(foreign)
  let [writes, crashAt, conflicts] = [0, Infinity, 0]
  let isGone = false
  const wrong: string[] = []
  /** When others changed the Sync of each last: for a moment that is not seen yet. */
  const changed = new Map<string, number>()
  const judge = async ({ status }: KubeObject): Promise<void> => {
    for (const { name, state, revision } of (status as AssemblageStatus).syncs ?? []) {
      if (state !== 'Ready' || clock.now() <= (changed.get(name) ?? -Infinity) + 10) continue
      const version = ((await cluster.get(mapRef(name)))?.data as { version?: string } | undefined)?.version
      const said = commits.findIndex((commit) => revision === `sha1:${commit}`) + 1
      if (version !== `${said}`) wrong.push(`${name} is said to be at ${said}, and is at ${version}`)
    }
  }
  const told = intercepted(cluster, async (method, [object, options]) => {
    if (method === 'update' && options?.subresource === 'status') await judge(object)
    if (isGone) throw new FleetkitError('aborted', 'the process is gone')
    if (!['create', 'update', 'delete'].includes(method)) return
    if (writes++ >= crashAt) {
      isGone = true
      throw new FleetkitError('aborted', 'the process is gone')
    }
    if (conflicts > 0 && method === 'update') {
      conflicts--
      throw new FleetkitError('store/conflict', `${object.metadata.name} was written by another`)
    }
  })
  const run = (manager: Manager): Stop => running(manager, clock)
  const manage = (): Stop => {
    return run(new Manager({ store: told, clock, random: () => 0.5 }).add(assemblageController()))
  }
  const apply = (): Stop =>
    run(new Manager({ store: cluster, cluster, git, clock, renderers: [plainRenderer()], random: () => 0.5 }).add(syncController()))
  let [stop, leave] = [manage(), apply()]
  const restart = async (): Promise<void> => {
    await stop()
    ;[isGone, crashAt] = [false, Infinity]
    stop = manage()
  }
  let current: Wanted = { versions: [1, 0, 0, 0], edges: [] }
  const specify = async (): Promise<void> => {
    const kept = await cluster.get(assemblageRef)
    const object = new Assemblage({ metadata: { name: 'eu', namespace }, spec: { syncs: syncsOf(current) } }).toObject()
    if (kept === undefined) await cluster.create(object)
    else if (kept.metadata.deletionTimestamp === undefined) await unlessLate(cluster.update({ ...kept, spec: object.spec }))
  }
  /** What the managers do meanwhile may come first. */
  const unlessLate = async (write: Promise<unknown>): Promise<void> => {
    await write.catch((error: unknown) => {
      if (!hasCode(error, 'store/conflict', 'store/not-found')) throw error
    })
  }
  const change = async (name: string, edit: (sync: KubeObject) => KubeObject): Promise<void> => {
    const sync = await cluster.get(syncRef(name))
    if (sync !== undefined && sync.metadata.deletionTimestamp === undefined)
      await unlessLate(cluster.update(edit(sync), { fieldManager: 'editor' }))
  }
  const take = async (each: Step): Promise<void> => {
    if ('name' in each) changed.set(each.name, clock.now())
    switch (each.do) {
      case 'specify':
        current = each.wanted
        return specify()
      case 'edit':
        return change(each.name, (sync) => ({ ...sync, spec: { ...(sync.spec as object), path: './a' } }))
      case 'suspend':
        return change(each.name, (sync) => ({ ...sync, spec: { ...(sync.spec as object), suspend: true } }))
      case 'unmark':
        return change(each.name, ({ metadata, ...sync }) => ({ ...sync, metadata: { ...metadata, annotations: {} } }) as KubeObject)
      case 'unlabel':
        return change(
          each.name,
          ({ metadata, ...sync }) => ({ ...sync, metadata: { ...metadata, labels: { other: 'label' } } }) as KubeObject,
        )
      case 'delete':
        return unlessLate(cluster.delete(syncRef(each.name)))
      case 'crash':
        crashAt = writes + each.at
        return
      case 'conflict':
        conflicts = 2
        return
      case 'restart':
        return restart()
      case 'restartApplier':
        await leave()
        leave = apply()
        return
      case 'recreate':
        return unlessLate(cluster.delete(assemblageRef))
      case 'wait':
        await clock.advance(each.ms)
    }
  }
  await specify()
  for (const each of steps) await take(each)
  // Those that others took the labels from are not the Assemblage's any more, until others delete them.
  await clock.advance(60_000)
  for (const name of names) {
    const sync = await cluster.get(syncRef(name))
    if (sync?.metadata.labels?.other === undefined) continue
    await change(name, ({ spec, ...object }) => ({ ...object, spec: { ...(spec as object), suspend: false } }))
    await cluster.delete(syncRef(name))
  }
  await restart()
  for (let round = 0; round < 4; round++) {
    await specify()
    await clock.advance(11 * 60_000)
  }
  const status = ((await cluster.get(assemblageRef))?.status ?? {}) as AssemblageStatus
  expect(wrong).toEqual([])
  expect(getCondition(status.conditions, 'Ready')).toMatchObject({ status: 'True' })
  const expected = names.map((name, at) => [name, current.versions[at] || undefined] as const)
  for (const [name, version] of expected) {
    expect((await cluster.get(mapRef(name)))?.data, name).toEqual(version && { version: `${version}` })
    expect((await cluster.get(syncRef(name))) === undefined, name).toBe(version === undefined)
  }
  expect((await cluster.get(mapRef('foreign')))?.data).toEqual(foreign.data)
  await cluster.delete(assemblageRef)
  await clock.advance(10 * 60_000)
  expect(await cluster.get(assemblageRef)).toBeUndefined()
  for (const name of names) expect([await cluster.get(mapRef(name)), await cluster.get(syncRef(name))]).toEqual([undefined, undefined])
  await leave()
  await stop()
}

test('random histories end as specified, and no sync is said to be at a version that it is not at', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), play), { seed, numRuns: runs(60), endOnFailure: false })
}, 300_000)
