import fc from 'fast-check'
import {
  type Action,
  actionsOf,
  type ClusterApi,
  fieldManagerOf,
  type JsonObject,
  type KubeObject,
  type ObjectRef,
  ownerLabels,
  refOf,
  type SyncSpec,
} from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { planApply } from 'fleetkit/plan'
import { expect, test } from 'vitest'
import { runs, seed } from '../random-tests.ts'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const manager = fieldManagerOf(sync)
const names = ['A', 'B', 'C', 'D'] as const

/** What a source, or another manager, says of a Deployment: its replicas and the environment of its container, in any order. */
interface Wishes {
  readonly replicas?: number | undefined
  readonly env: readonly (readonly [name: string, value: string])[]
}

const wishes = (required: boolean): fc.Arbitrary<Wishes> =>
  fc.record({
    replicas: required ? fc.integer({ min: 1, max: 3 }) : fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    env: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom('1', '2', '3')), { selector: ([name]) => name, maxLength: 4 }),
  })

function deployment({ replicas, env }: Wishes, ours: boolean): KubeObject {
  const labels = { app: 'web' }
  const container = { name: 'web', image: 'web', ...(env.length === 0 ? {} : { env: env.map(([name, value]) => ({ name, value })) }) }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'apps', ...(ours ? { labels: ownerLabels(sync) } : {}) },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  }
}

/** The values of a live object, by name. */
function valuesOf(live: KubeObject): ReadonlyMap<string, string | undefined> {
  const spec = live.spec as { replicas: number; template: { spec: { containers: { env?: { name: string; value: string }[] }[] } } }
  const env = spec.template.spec.containers[0]?.env ?? []
  return new Map<string, string | undefined>([['replicas', String(spec.replicas)], ...env.map(({ name, value }) => [name, value] as const)])
}

const scenario = fc.record({
  first: wishes(true),
  others: fc.array(fc.record({ by: fc.constantFrom('helm', 'keda', 'tuner'), apply: fc.boolean(), wishes: wishes(false) }), {
    maxLength: 3,
  }),
  next: wishes(true),
  ignored: fc.subarray(['replicas', ...names]),
})

async function applyAs(cluster: ClusterApi, fieldManager: string, object: KubeObject, force: boolean): Promise<void> {
  const [result] = await cluster.apply([object], { fieldManager, force })
  if (result === undefined || 'error' in result) throw result?.error ?? new Error('no result')
}

/** Writes values into the object as it is. */
async function writeAs(cluster: ClusterApi, fieldManager: string, { replicas, env }: Wishes): Promise<void> {
  const live = structuredClone((await cluster.get(refOf(deployment({ env: [] }, true)))) as KubeObject) as any
  if (replicas !== undefined) live.spec.replicas = replicas
  const [container] = live.spec.template.spec.containers
  const kept = (container.env ?? []).filter(({ name }: { name: string }) => !env.some(([each]) => each === name))
  container.env = [...env.map(([name, value]) => ({ name, value })), ...kept]
  await cluster.update(live, { fieldManager })
}

function planOf(next: Wishes, live: KubeObject, policy: Partial<SyncSpec>): Action {
  const plan = planApply({
    sync,
    policy: { prune: true, allowEmpty: false, forceConflicts: true, ...policy },
    revision: 'v2',
    revisionInCluster: 'v1',
    desired: [{ object: deployment(next, true), origin: 'web.yaml' }],
    live: [live],
    inventory: [refOf(live)],
  })
  return actionsOf(plan)[0] as Action
}

test('ignored fields stay as they are in the cluster, all others become as in the source, and then nothing is left to do', async () => {
  let kept = 0
  await fc.assert(
    fc.asyncProperty(scenario, async ({ first, others, next, ignored }) => {
      await using cluster = memoryCluster()
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
      await applyAs(cluster, manager, deployment(first, true), false)
      for (const { by, apply, wishes } of others)
        await (apply ? applyAs(cluster, by, deployment(wishes, false), true) : writeAs(cluster, by, wishes))
      const ref = refOf(deployment(next, true))
      const before = (await cluster.get(ref)) as KubeObject
      const paths = ignored.flatMap((name) => {
        const position = next.env.findIndex(([each]) => each === name)
        if (name === 'replicas') return ['/spec/replicas']
        return position < 0 ? [] : [`/spec/template/spec/containers/0/env/${position}/value`]
      })
      const policy: Partial<SyncSpec> = paths.length === 0 ? {} : { ignore: [{ paths }] }
      const action = planOf(next, before, policy)
      if (action.type !== 'skip') await applyAs(cluster, manager, action.object as KubeObject, action.force)
      const after = (await cluster.get(ref)) as KubeObject
      const [was, is] = [valuesOf(before), valuesOf(after)]
      for (const [name, value] of [['replicas', String(next.replicas)] as const, ...next.env]) {
        const leaves = (ignored as readonly string[]).includes(name) && was.has(name)
        if (leaves && was.get(name) !== value) kept++
        expect([name, is.get(name)]).toEqual([name, leaves ? was.get(name) : value])
      }
      expect(after.metadata.labels).toMatchObject(ownerLabels(sync))
      expect(planOf(next, after, policy)).toMatchObject({ type: 'skip', changes: [] })
    }),
    { seed, numRuns: runs(150) },
  )
  expect(kept).toBeGreaterThan(30)
})

const unlike = fc.record({
  ours: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), { minKeys: 1 }),
  theirs: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), { minKeys: 1 }),
  operation: fc.constantFrom('Apply' as const, 'Update' as const),
  rules: fc.array(
    fc.record({
      action: fc.constantFrom('Force' as const, 'Adopt' as const, 'Strip' as const, 'Refuse' as const),
      paths: fc.option(fc.subarray(['/data/a', '/data/b', '/data/c', '/data/d'], { minLength: 1 }), { nil: undefined }),
      managers: fc.option(fc.constantFrom(['helm'], ['other'], ['h.*', 'x']), { nil: undefined }),
    }),
    { maxLength: 4 },
  ),
})

test('each conflict is decided by the first rule that fits, and by nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(unlike, async ({ ours, theirs, operation, rules }) => {
      await using cluster = memoryCluster()
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
      const object = (data: JsonObject, labels?: Readonly<Record<string, string>>): KubeObject => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'apps', ...(labels && { labels }) },
        data,
      })
      if (operation === 'Apply') await applyAs(cluster, 'helm', object(theirs), false)
      else await cluster.create(object(theirs), { fieldManager: 'helm' })
      const desired = object(ours, ownerLabels(sync))
      const live = (await cluster.get(refOf(desired))) as KubeObject
      const plan = planApply({
        sync,
        policy: { prune: true, allowEmpty: false, forceConflicts: false, conflicts: rules },
        revision: 'v1',
        desired: [{ object: desired, origin: 'a.yaml' }],
        live: [live],
        inventory: [],
      })
      const action = actionsOf(plan)[0] as Action
      const contested = Object.keys(ours).filter((key) => theirs[key] !== undefined && theirs[key] !== ours[key])
      const outcomeOf = (key: string): string => {
        const fits = rules.find(
          ({ paths, managers }) =>
            (paths ?? [`/data/${key}`]).includes(`/data/${key}`) && (managers === undefined || managers[0] !== 'other'),
        )
        return fits?.action ?? 'Refuse'
      }
      const refused = contested.filter((key) => outcomeOf(key) === 'Refuse')
      expect(action.type).toBe(refused.length > 0 ? 'refuse' : 'adopt')
      if (refused.length > 0) {
        expect(action.conflicts.flatMap(({ fields }) => fields)).toEqual(refused.toSorted().map((key) => `.data.${key}`))
        return
      }
      expect(action.force).toBe(contested.some((key) => outcomeOf(key) === 'Force'))
      await applyAs(cluster, manager, action.object as KubeObject, action.force)
      const stored = (await cluster.get(refOf(desired)))?.data
      const expected = {
        ...theirs,
        ...ours,
        ...Object.fromEntries(contested.filter((key) => outcomeOf(key) !== 'Force').map((key) => [key, theirs[key]])),
      }
      expect(stored).toEqual(expected)
    }),
    { seed, numRuns: runs(200) },
  )
})
