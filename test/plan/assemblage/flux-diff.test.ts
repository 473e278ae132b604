import fc from 'fast-check'
import { Assemblage, type DriverChange, type KubeObject } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import type { AssembledSync, DriverLoop } from './driver-loop.ts'
import {
  act,
  briefly,
  commitOf,
  isKustomization,
  nameOf,
  names,
  newLoop,
  previousOf,
  settle,
  specify,
  specOf,
  sync,
  write,
} from './flux-in-memory.ts'

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

  test('of a source by hand is an edit, and no source to keep', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1))
    const [found] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
    await loop.options.store.update({ ...found, spec: { ...(found.spec as object), sourceRef: { kind: 'GitRepository', name: 'other' } } })
    const changes = loop.driver.diff(await loop.observe())
    expect(changes.map(({ reason, edits }) => [reason, edits])).toEqual([['edited', ['spec.sourceRef.name']]])
    expect(previousOf(changes[0]?.object as KubeObject)).toBeUndefined()
  })

  test('shares a source among syncs of one repository, secret and commit', async () => {
    const loop = newLoop()
    const git = { url: 'https://example.com/one.git', commit: commitOf(1) }
    const secret = { source: { git: { ...git, secretRef: { name: 'key' } } } }
    await settle(loop, sync('a', 1), sync('b', 1, { path: './b' }), sync('c', 1, secret), sync('d', 1, { ...secret, path: './d' }))
    const [a, b, c, d] = (await loop.observe()).found.objects.filter(isKustomization).map((each) => specOf(each).sourceRef.name)
    expect([a === b, c === d, a === c]).toEqual([true, true, false])
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

describe('a status of Flux that is incomplete', () => {
  const other = `sha1:${commitOf(2)}`

  /** A loop with one sync at commit 1, whose Kustomization says this beside Ready=True. */
  async function loopWith(
    status: object,
    more: { readonly metadata?: object; readonly labels?: object; readonly spec?: object } = {},
  ): Promise<DriverLoop> {
    const loop = newLoop()
    const { store } = loop.options
    await settle(loop, sync('a', 1))
    for (const object of (await loop.observe()).found.objects) {
      const artifact = { revision: `sha1:${commitOf(1)}`, lastUpdateTime: '2026-01-01T00:00:00Z' }
      const said = isKustomization(object) ? status : { artifact }
      const written = await store.update(
        { ...object, status: { ...(object.status as object | undefined), ...said } },
        { subresource: 'status' },
      )
      if (!isKustomization(object)) continue
      const annotations = { ...written.metadata.annotations, ...more.metadata }
      await store.update({
        ...written,
        metadata: { ...written.metadata, annotations, labels: { ...written.metadata.labels, ...more.labels } },
        spec: { ...(written.spec as object), ...more.spec },
      })
    }
    loop.now = Date.parse('2026-01-01T00:01:00Z')
    return loop
  }
  const requested = async (loop: DriverLoop) =>
    loop.driver
      .diff(await loop.observe())
      .map(({ action, reason, object }) => [action, reason, object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']])

  test.each([
    { lastAppliedRevision: other },
    { lastAttemptedRevision: other },
    { lastAppliedRevision: other, lastAttemptedRevision: other },
  ])('is asked for again, once: %j', async (status) => {
    const loop = await loopWith(status)
    expect(await requested(loop)).toEqual([['update', 'changed', '2026-01-01T00:01:00.000Z']])
    await loop.write((await loop.observe()).found)
    expect(await requested(loop)).toEqual([])
    loop.now += 10_000
    expect(await requested(loop)).toEqual([['update', 'changed', '2026-01-01T00:01:10.000Z']])
    const { found } = await loop.observe()
    expect(found.objects.filter(isKustomization).map(({ metadata }) => metadata.generation)).toEqual([1])
  })

  test('is not asked for while Flux has not come to it', async () => {
    expect(await requested(await loopWith({}))).toEqual([])
    expect(await requested(await loopWith({ observedGeneration: 0, lastAppliedRevision: other }))).toEqual([])
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'Progressing', message: '', observedGeneration: 1 }]
    expect(await requested(await loopWith({ conditions, lastAppliedRevision: other }))).toEqual([])
    const loop = await loopWith({ lastAppliedRevision: other })
    const [source] = (await loop.observe()).found.objects.filter((object) => !isKustomization(object)) as [KubeObject]
    await loop.options.store.update({ ...source, status: {} }, { subresource: 'status' })
    expect(await requested(loop)).toEqual([])
  })

  test('is not asked for where something else is to be written', async () => {
    const loop = await loopWith({ lastAppliedRevision: other }, { labels: { 'assemblage.fleetkit.dev/sync': 'z' } })
    expect(await requested(loop)).toEqual([['update', 'edited', undefined]])
    loop.known = []
    expect(await requested(loop)).toEqual([['update', 'changed', undefined]])
  })
})
