import fc from 'fast-check'
import { Assemblage, type DriverChange, type DriverInput, type KubeObject, type Store } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { type AssembledSync, DriverLoop } from './driver-loop.ts'

const assemblage = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Assemblage', namespace: 'fleet', name: 'edge' }
const names = ['a', 'b', 'c', 'd'] as const
const commitOf = (digit: number): string => String(digit).repeat(40)

/** What one sync is to be, by its name; absent when it is not to be. Dependencies point to earlier names. */
const wish = (at: number) =>
  fc.option(
    fc.record({
      url: fc.constantFrom('https://example.com/one.git', 'https://example.com/two.git'),
      commit: fc.integer({ min: 1, max: 3 }),
      tag: fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined }),
      path: fc.constantFrom('./', './edge'),
      prune: fc.boolean(),
      dependsOn: fc.subarray(names.slice(0, at)),
    }),
    { nil: undefined, freq: 3 },
  )
const wishes = fc.tuple(...names.map((_, at) => wish(at)))
type Wishes = typeof wishes extends fc.Arbitrary<infer Value> ? Value : never

function syncsOf(wanted: Wishes): readonly AssembledSync[] {
  const there = names.filter((_, at) => wanted[at] !== undefined)
  const syncs = wanted.flatMap((each, at) => {
    if (each === undefined) return []
    const { url, commit, tag, dependsOn, ...fields } = each
    const needs = dependsOn.filter((name) => there.includes(name)).map((name) => ({ name }))
    return [{ name: names[at] as string, source: { git: { url, commit: commitOf(commit), tag } }, dependsOn: needs, ...fields }]
  })
  return new Assemblage({ metadata: { name: 'edge', namespace: 'fleet' }, spec: { syncs } }).spec.syncs
}

/** A step: a new specification, what Flux does with the objects of these syncs, or writes that break off. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('specify' as const), wanted: wishes }),
  fc.record({ kind: fc.constant('engine' as const), of: fc.subarray([...names], { minLength: 1 }) }),
  fc.record({ kind: fc.constant('crash' as const), after: fc.integer({ min: 0, max: 3 }) }),
)

const isKustomization = ({ kind }: KubeObject): boolean => kind === 'Kustomization'
const nameOf = ({ metadata }: KubeObject): string => metadata.name
const specOf = ({ spec }: KubeObject) => spec as { sourceRef: { name: string }; dependsOn?: readonly { name: string }[]; suspend: boolean }
const previousOf = ({ metadata }: KubeObject) => metadata.annotations?.['assemblage.fleetkit.dev/previous-source']

/** Does what Flux would: takes its finalizer, says that all is applied, or lets go of what is deleted. */
async function act(store: Store, objects: readonly KubeObject[], of: readonly string[]): Promise<void> {
  for (const object of objects.filter(isKustomization)) {
    if (!of.some((name) => nameOf(object) === `edge-${name}`)) continue
    const { generation: observedGeneration, finalizers = [], deletionTimestamp } = object.metadata
    const others = finalizers.filter((each) => each !== 'finalizers.fluxcd.io')
    if (deletionTimestamp !== undefined) {
      await store.update({ ...object, metadata: { ...object.metadata, finalizers: others } })
      continue
    }
    const metadata = { ...object.metadata, finalizers: [...others, 'finalizers.fluxcd.io'] }
    const held = await store.update({ ...object, metadata })
    const source = objects.find((other) => !isKustomization(other) && nameOf(other) === specOf(object).sourceRef.name) as KubeObject
    const revision = `sha1:${(source.spec as { ref: { commit: string } }).ref.commit}`
    const ready = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: '', observedGeneration }
    const status = {
      ...(object.status as object | undefined),
      observedGeneration,
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      conditions: [ready],
    }
    await store.update({ ...held, status }, { subresource: 'status' })
  }
}

/** Checks each write against what is there at that moment. */
function checkChange(change: DriverChange, there: ReadonlyMap<string, KubeObject>, { syncs }: DriverInput): void {
  const { action, object } = change
  const present = [...there.values()]
  if (isKustomization(object) && action !== 'delete' && object.metadata.deletionTimestamp === undefined && change.reason !== 'removed') {
    expect(there.has(`GitRepository ${specOf(object).sourceRef.name}`), 'the source is written first').toBe(true)
    for (const { name } of specOf(object).dependsOn ?? []) {
      const wanted = syncs.find((sync) => `edge-${sync.name}` === name) as AssembledSync
      const dependency = there.get(`Kustomization ${name}`)
      if (dependency?.metadata.deletionTimestamp !== undefined) continue
      expect(dependency, `${name} is written before ${nameOf(object)}`).toBeDefined()
      const source = there.get(`GitRepository ${specOf(dependency as KubeObject).sourceRef.name}`)?.spec as { ref: { commit: string } }
      expect(source.ref.commit).toBe(wanted.source.git.commit)
    }
  }
  if (isKustomization(object) && action === 'delete') {
    const dependants = present
      .filter(isKustomization)
      .filter(({ spec }) => specOf({ spec } as KubeObject).dependsOn?.some(({ name }) => name === nameOf(object)))
    expect(dependants.map(nameOf), `nothing depends on ${nameOf(object)}`).toEqual([])
    expect(specOf(object).suspend).toBe(false)
    expect(object.metadata.finalizers).toContain('assemblage.fleetkit.dev/inventory')
  }
  if (!isKustomization(object) && action === 'delete') {
    const users = present.filter(isKustomization).filter((each) => [specOf(each).sourceRef.name, previousOf(each)].includes(nameOf(object)))
    expect(users.map(nameOf), `nothing uses ${nameOf(object)}`).toEqual([])
  }
  if (!isKustomization(object)) expect(action, 'a source is never written twice').not.toBe('update')
}

/** Applies a diff write by write, each checked. */
async function write(loop: DriverLoop, found: DriverInput['found'], most = Number.POSITIVE_INFINITY): Promise<readonly DriverChange[]> {
  const input = loop.input(found)
  const changes = loop.driver.diff(input).slice(0, most)
  const keyOf = (object: KubeObject): string => `${object.kind} ${nameOf(object)}`
  const there = new Map(found.objects.map((object) => [keyOf(object), object]))
  for (const change of changes) {
    checkChange(change, there, input)
    const answer = await loop.apply(change)
    if (answer !== undefined) there.set(keyOf(answer), answer)
    else if (!isKustomization(change.object)) there.delete(keyOf(change.object))
  }
  return changes
}

const newLoop = (): DriverLoop => {
  const store = memoryStore()
  return new DriverLoop(fluxDriver(), assemblage, { store })
}

describe('the writes of the driver flux', () => {
  test('keep to their order, and end', async () => {
    let written = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const loop = newLoop()
        const { store } = loop.options
        for (const each of steps) {
          if (each.kind === 'specify') loop.syncs = syncsOf(each.wanted)
          const { found } = await loop.observe()
          if (each.kind === 'engine') await act(store, found.objects, each.of)
          const now = (await loop.observe()).found
          loop.judge(now)
          written += (await write(loop, now, each.kind === 'crash' ? each.after : undefined)).length
        }
        // Flux acts on all from now on: within a few turns nothing is left to do.
        let changes: readonly DriverChange[] = []
        for (let turn = 0; turn < 12; turn++) {
          await act(store, (await loop.observe()).found.objects, names)
          const { found } = await loop.observe()
          loop.judge(found)
          changes = await write(loop, found)
        }
        expect(changes).toEqual([])
        const { found } = await loop.observe()
        expect(loop.judge(found).map(({ name, state }) => [name, state])).toEqual(loop.syncs.map(({ name }) => [name, 'Ready']))
        expect(found.objects.filter(isKustomization).map(nameOf).sort()).toEqual(loop.syncs.map(({ name }) => `edge-${name}`).sort())
      }),
      { numRuns: runs(150) },
    )
    expect(written).toBeGreaterThan(500)
  })

  test('are none right after they were made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wishes, { minLength: 1, maxLength: 4 }), async (specifications) => {
        const loop = newLoop()
        for (const wanted of specifications) {
          loop.syncs = syncsOf(wanted)
          const { found } = await loop.observe()
          await act(loop.options.store, found.objects, names)
          const changes = await write(loop, (await loop.observe()).found)
          // A deletion goes on by itself; what was deleted and is wanted again follows it.
          const gone = changes.filter(({ reason }) => reason === 'removed').map(({ sync }) => sync)
          const again = loop.driver.diff(await loop.observe()).filter(({ reason, sync }) => reason !== 'removed' && !gone.includes(sync))
          expect(again).toEqual([])
        }
      }),
    )
  })
})

const sync = (name: string, commit: number, more: object = {}) => ({
  name,
  source: { git: { url: 'https://example.com/one.git', commit: commitOf(commit) } },
  prune: true,
  ...more,
})
const specify = (...syncs: readonly ReturnType<typeof sync>[]): readonly AssembledSync[] =>
  new Assemblage({ metadata: { name: 'edge', namespace: 'fleet' }, spec: { syncs } }).spec.syncs

/** What is written, in order: `create GitRepository 1`, by the commit, or `update Kustomization a`. */
function briefly(changes: readonly DriverChange[]): readonly string[] {
  return changes.map(({ action, object, sync: of }) => {
    const { ref } = object.spec as { ref?: { commit: string } }
    return `${action} ${object.kind} ${of ?? ref?.commit[0]}`
  })
}

/** Specifies, writes, and has Flux act until nothing changes. */
async function settle(loop: DriverLoop, ...syncs: readonly ReturnType<typeof sync>[]): Promise<readonly string[]> {
  loop.syncs = specify(...syncs)
  const all: string[] = []
  for (let turn = 0; turn < 8; turn++) {
    const { found } = await loop.observe()
    loop.judge(found)
    all.push(...briefly(await write(loop, found)))
    await act(loop.options.store, (await loop.observe()).found.objects, names)
  }
  return all
}

describe('a change of the driver flux', () => {
  test('is one write of the Kustomization, after its source and before the deletion of what nothing uses', async () => {
    const loop = newLoop()
    expect(await settle(loop, sync('a', 1), sync('b', 1, { dependsOn: [{ name: 'a' }] }))).toEqual([
      'create GitRepository 1',
      'create Kustomization a',
      'create Kustomization b',
    ])
    expect(await settle(loop, sync('a', 2), sync('b', 2, { dependsOn: [{ name: 'a' }] }))).toEqual([
      'create GitRepository 2',
      'update Kustomization a',
      'update Kustomization b',
    ])
    expect(await settle(loop, sync('a', 3), sync('b', 3, { dependsOn: [{ name: 'a' }] }))).toEqual([
      'create GitRepository 3',
      'update Kustomization a',
      'update Kustomization b',
      'delete GitRepository 1',
    ])
  })

  test('back to the version before makes no new source', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 }), async (commits) => {
        const loop = newLoop()
        for (const commit of commits) await settle(loop, sync('a', commit))
        const before = commits.findLast((commit) => commit !== commits.at(-1)) ?? (commits[0] as number)
        expect((await settle(loop, sync('a', before))).filter((each) => each.startsWith('create'))).toEqual([])
      }),
      { numRuns: runs(30) },
    )
  })

  test('of a tag alone changes the Kustomization and neither its generation nor the source', async () => {
    const loop = newLoop()
    const source = (tag: string) => ({ git: { url: 'https://example.com/one.git', commit: commitOf(1), tag } })
    await settle(loop, sync('a', 1, { source: source('v1') }), sync('b', 1, { source: source('edge') }))
    const sources = (await loop.observe()).found.objects.filter((object) => !isKustomization(object))
    expect(sources).toHaveLength(1)
    expect(await settle(loop, sync('a', 1, { source: source('v1.0') }), sync('b', 1, { source: source('edge') }))).toEqual([
      'update Kustomization a',
    ])
    const { found } = await loop.observe()
    expect(found.objects.filter((object) => !isKustomization(object))).toEqual(sources)
    expect(found.objects.filter(isKustomization).map(({ metadata }) => metadata.generation)).toEqual([1, 1])
  })

  test('to nothing deletes in reverse, sources last', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1), sync('b', 2, { dependsOn: [{ name: 'a' }] }))
    expect(await settle(loop)).toEqual([
      'update Kustomization b',
      'delete Kustomization b',
      'update Kustomization b',
      'update Kustomization a',
      'delete GitRepository 2',
      'delete Kustomization a',
      'update Kustomization a',
      'delete GitRepository 1',
    ])
    expect((await loop.observe()).found.objects).toEqual([])
  })

  test('keeps all sources while a sync is not ready', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1))
    for (const commit of [2, 3, 4]) {
      loop.syncs = specify(sync('a', commit))
      await write(loop, (await loop.observe()).found)
    }
    expect(briefly(loop.driver.diff(await loop.observe()))).toEqual([])
    expect(await settle(loop, sync('a', 4))).toEqual(['delete GitRepository 1', 'delete GitRepository 2'])
  })
})

describe('the removal of a sync', () => {
  test('is none of one whose mark was edited', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1))
    const [found] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
    const annotations = { ...found.metadata.annotations, 'assemblage.fleetkit.dev/sync': 'z' }
    await loop.options.store.update({ ...found, metadata: { ...found.metadata, annotations } })
    const changes = loop.driver.diff(await loop.observe())
    expect(changes.map(({ action, reason, edits }) => ({ action, reason, edits }))).toEqual([
      { action: 'update', reason: 'edited', edits: ['metadata.annotations.assemblage.fleetkit.dev/sync'] },
    ])
  })

  test('waits until its objects belong to the sync that follows it under another name', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1, { path: './edge' }), sync('b', 1))
    loop.syncs = specify(sync('c', 2, { path: './edge' }))
    await write(loop, (await loop.observe()).found)
    const { found } = await loop.observe()
    const states = loop.judge(found).map(({ name, state, reason, message }) => [name, state, reason, message])
    expect(states.slice(1)).toEqual([
      ['a', 'Progressing', 'SuccessorNotReady', 'it is deleted once its objects belong to c'],
      ['b', 'Progressing', 'Terminating', 'Kustomization edge-b is being deleted'],
    ])
    expect(briefly(loop.driver.diff(loop.input(found)))).toEqual(['delete Kustomization b'])
    expect(await settle(loop, sync('c', 2, { path: './edge' }))).toEqual([
      'delete Kustomization b',
      'update Kustomization b',
      'update Kustomization a',
      'delete Kustomization a',
      'update Kustomization a',
      'delete GitRepository 1',
    ])
  })

  test('clears what would let Flux leave its objects', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1))
    const [found] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
    const edited = { ...(found.spec as object), suspend: true, serviceAccountName: 'gone', kubeConfig: { secretRef: { name: 'other' } } }
    await loop.options.store.update({ ...found, spec: edited })
    loop.syncs = []
    await write(loop, (await loop.observe()).found)
    const [cleared] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
    expect(cleared.spec).toEqual(found.spec)
  })

  test('waits for the objects that its Kustomization applied, and names them', async () => {
    const loop = newLoop()
    const { store } = loop.options
    await settle(loop, sync('a', 1), sync('b', 2, { prune: false }), sync('c', 2, { deletionPolicy: 'Orphan' }))
    const ids = [
      'web_app_apps_Deployment',
      '_app:view__x_rbac.authorization.k8s.io_ClusterRole',
      'web_taken__Secret',
      'web_kept__ConfigMap',
    ]
    const objects = [
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'web', name: 'app' },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'app:view:x' },
      { apiVersion: 'v1', kind: 'Secret', namespace: 'web', name: 'taken' },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'web', name: 'kept' },
    ]
    const owner = (name: string) => ({ 'kustomize.toolkit.fluxcd.io/name': name, 'kustomize.toolkit.fluxcd.io/namespace': 'fleet' })
    const stored: KubeObject[] = []
    for (const { apiVersion, kind, ...metadata } of objects) {
      const labels = owner(metadata.name === 'taken' ? 'another' : 'edge-a')
      const annotations = metadata.name === 'kept' ? { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } : {}
      stored.push(await store.create({ apiVersion, kind, metadata: { ...metadata, labels, annotations } }))
    }
    for (const object of (await loop.observe()).found.objects.filter(isKustomization)) {
      const entries = ids.map((id) => ({ id, v: 'v1' }))
      await store.update({ ...object, status: { ...(object.status as object), inventory: { entries } } }, { subresource: 'status' })
    }
    await settle(loop)
    const { found } = await loop.observe()
    expect(found.left.map(({ sync: of, ref }) => [of, ref.name])).toEqual([
      ['a', 'app'],
      ['a', 'app:view:x'],
    ])
    expect(loop.judge(found)).toMatchObject([
      {
        name: 'a',
        state: 'Progressing',
        reason: 'Terminating',
        message: 'waiting for the deletion of Deployment web/app, ClusterRole app:view:x',
      },
    ])
    for (const { apiVersion, kind, metadata } of stored.slice(0, 2)) await store.delete({ apiVersion, kind, ...metadata })
    await settle(loop)
    expect((await loop.observe()).found.objects).toEqual([])
  })
})
