import {
  type ClusterApi,
  type FleetEvent,
  findRevision,
  formatPlan,
  hasChanges,
  type KubeObject,
  lastGood,
  pruneDigestOf,
  type SyncInput,
  SyncRunner,
  type SyncRunnerOptions,
  type SyncStatus,
  syncInventoryLabel,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, failure, readyOf, repository, syncOf } from './scenarios.ts'

type Files = Readonly<Record<string, string>>

const maps = (...names: readonly string[]): Files => Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]))
const numbered = (count: number, prefix = 'm'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, '0')}`)

/** What a Sync records of itself, and what its record is good for, whichever cluster it is. `many`: how many objects a large one has. */
export function recordScenarios(make: () => Promise<Subject>, many: number): void {
  let subject: Subject
  let cluster: ClusterApi
  beforeAll(async () => {
    subject = await make()
    cluster = subject.cluster
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  const setUp = async (versions: Readonly<Record<string, Files>>, options: Partial<SyncRunnerOptions> = {}) => {
    const namespace = await subject.namespace()
    const runner = new SyncRunner({ cluster, git: repository(versions), ...options })
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    const list = async (labels: Readonly<Record<string, string>>): Promise<readonly KubeObject[]> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, labelSelector: { matchLabels: labels } })).items
    return {
      namespace,
      runner,
      events,
      get: (name: string) => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }),
      shards: () => list({ [syncInventoryLabel]: 'shop' }),
      sync: (tag: string, spec: Partial<SyncInput['spec']> = {}) => syncOf(namespace, tag, spec),
    }
  }
  const namesIn = (status: SyncStatus): readonly string[] => parseInventory(status.inventory).map(({ name }) => name)
  const recordOf = (object: KubeObject | undefined): SyncStatus =>
    JSON.parse((object as { readonly data: Readonly<Record<string, string>> } | undefined)?.data['status.json'] ?? '{}') as SyncStatus
  const textOf = (shard: KubeObject | undefined): string =>
    (shard as { readonly data: Readonly<Record<string, string>> } | undefined)?.data.inventory ?? ''

  test('an inventory that is too long for a status is in shards that people can read, and goes with the Sync', async () => {
    const s = await setUp({ v1: maps(...numbered(8)), v2: maps(...numbered(8), 'one-more'), v3: maps('few') }, { maxInventoryBytes: 200 })
    const status = await s.runner.run(s.sync('v1'))
    expect(namesIn(status)).toEqual(numbered(8))
    const shards = await s.shards()
    const stored = recordOf(await s.get('sync-shop')).inventory
    expect(stored?.entries).toEqual([])
    expect(stored?.shards?.reduce((sum, { objects }) => sum + objects, 0)).toBe(8)
    expect(stored?.shards?.map(({ name }) => name).toSorted()).toEqual(shards.map(({ metadata }) => metadata.name).toSorted())
    expect(shards.length).toBeGreaterThan(1)
    expect(shards.map(textOf).join('').split('\n').toSorted()).toEqual([
      '',
      ...numbered(8).map((name) => `${s.namespace}_${name}__ConfigMap v1`),
    ])

    // Nothing has changed: none of them is written, and another runner reads them all the same.
    const versions = shards.map(({ metadata }) => metadata.resourceVersion)
    const other = new SyncRunner({ cluster, git: repository({ v1: maps(...numbered(8)) }), maxInventoryBytes: 200 })
    expect(namesIn(await other.run(s.sync('v1')))).toEqual(numbered(8))
    expect(readyOf(await s.runner.run(s.sync('v1')))?.message).toContain('nothing to change')
    expect((await s.shards()).map(({ metadata }) => metadata.resourceVersion)).toEqual(versions)

    expect(namesIn(await s.runner.run(s.sync('v2')))).toEqual([...numbered(8), 'one-more'])
    expect((await s.shards()).map(({ metadata }) => metadata.name).toSorted()).toEqual(
      recordOf(await s.get('sync-shop'))
        .inventory?.shards?.map(({ name }) => name)
        .toSorted(),
    )
    // A short one is kept in the status again.
    const few = await s.runner.run(s.sync('v3'))
    expect([namesIn(few), await s.shards()]).toEqual([['few'], []])
    expect((await s.runner.run(s.sync('v3'))).inventory).toEqual({ entries: [{ id: `${s.namespace}_few__ConfigMap`, v: 'v1' }] })
    await s.runner.run(s.sync('v1'))
    expect((await s.shards()).length).toBeGreaterThan(1)
    await s.runner.remove(s.sync('v1'))
    expect([await s.shards(), await s.get('m00000'), await s.get('sync-shop')]).toEqual([[], undefined, undefined])
  })

  test('a shard that is lost, or edited, is recovered from labels', async () => {
    const s = await setUp({ v1: maps(...numbered(8)), v2: maps('few') }, { maxInventoryBytes: 200 })
    await s.runner.run(s.sync('v1'))
    const [first, second] = await s.shards()
    for (const shard of [first, second] as const)
      await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: s.namespace, name: shard?.metadata.name ?? '' })
    const { metadata, immutable: _, ...rest } = first as KubeObject
    const { name, namespace, labels } = metadata
    await cluster.create({ ...rest, metadata: { name, namespace, labels }, data: { inventory: `${namespace}_theirs__ConfigMap v1\n` } })
    // None of what was recorded in them is in the source any more.
    await s.runner.run(s.sync('v2'))
    expect(s.events.filter(({ type }) => type === 'sync.recovered')).toHaveLength(1)
    expect(await Promise.all(numbered(8).map(s.get))).toEqual(numbered(8).map(() => undefined))
    expect(await s.shards()).toEqual([])
    s.events.length = 0
    await s.runner.run(s.sync('v2'))
    expect(s.events.filter(({ type }) => type === 'sync.recovered')).toEqual([])
    // Removed with a shard missing: the labels tell what there is.
    await s.runner.run(s.sync('v1'))
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: s.namespace, name: (await s.shards())[0]?.metadata.name ?? '' })
    await s.runner.remove(s.sync('v1'))
    expect([await s.get('m00000'), await s.get('m00007'), await s.shards()]).toEqual([undefined, undefined, []])
  })

  test('no source may hold a shard, its own or that of another Sync', async () => {
    const s = await setUp({ v1: maps(...numbered(8)) }, { maxInventoryBytes: 200 })
    await s.runner.run(s.sync('v1'))
    const [shard] = await s.shards()
    const name = shard?.metadata.name as string
    const thief = new SyncRunner({ cluster, git: repository({ v9: maps(name) }) })
    expect((await failure(thief.run(s.sync('v9')))).code).toBe('source/object-invalid')
    expect((await failure(thief.run(syncOf(s.namespace, 'v9', {}, 'thief')))).code).toBe('sync/owned')
    expect(textOf(await s.get(name))).toBe(textOf(shard))
    // Nor can it be made look like one of a third Sync.
    const labels = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fake, labels: { sync.fleetkit.dev/record: third } }\n`
    const faker = new SyncRunner({ cluster, git: repository({ v1: { 'a.yaml': labels } }) })
    expect((await failure(faker.run(syncOf(s.namespace, 'v1', {}, 'faker')))).code).toBe('sync/owned')
  })

  test(`a Sync of ${many} objects keeps all of them in its inventory, and an unchanged one writes none`, { timeout: 120_000 }, async () => {
    const names = numbered(many, 'as-long-as-names-of-objects-that-programs-make-often-are-')
    const objects = names.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { k: '1' } }))
    // Ten thousand pass the size that holds by default.
    const s = await setUp({}, many < 10_000 ? { maxInventoryBytes: 40 * many } : {})
    const spec = { prune: true, timeout: '2m' }
    const sync = { metadata: { name: 'shop', namespace: s.namespace }, spec }
    const status = await s.runner.run(sync, { objects })
    expect(namesIn(status)).toHaveLength(many)
    expect(status.inventory?.shards?.length).toBe((await s.shards()).length)
    expect(JSON.stringify(recordOf(await s.get('sync-shop'))).length).toBeLessThan(10_000)
    expect(readyOf(await s.runner.run(sync, { objects }))?.message).toContain('nothing to change')
    await s.runner.remove(sync)
    expect(await s.shards()).toEqual([])
  })

  test('the history says what was applied, when, by whom and how it ended; a rollback is an ordinary plan', async () => {
    const s = await setUp(
      { v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }), 'b.yaml': configMap('b') } },
      { actor: 'alice' },
    )
    const first = await s.runner.run(s.sync('v1'))
    const status = await s.runner.run(s.sync('v2'))
    expect(status.history).toMatchObject([
      {
        revision: expect.stringMatching(/^v2@/),
        actor: 'alice',
        digest: expect.stringMatching(/^sha256:/),
        lastReconciledStatus: 'ReconciliationSucceeded',
      },
      { revision: first.lastAppliedRevision, actor: 'alice', digest: expect.stringMatching(/^sha256:/) },
    ])
    expect(status.history?.[0]?.digest).not.toBe(status.history?.[1]?.digest)
    expect(findRevision(status, 'v1')?.revision).toBe(first.lastAppliedRevision)

    const plan = await s.runner.plan(s.sync('v2'), { revision: 'v1' })
    expect(formatPlan(plan)).toContain(`- ConfigMap ${s.namespace}/b: prune`)
    expect(formatPlan(plan)).toContain('~ .data.x: "2" → "1"')
    const back = await s.runner.run(s.sync('v2'), { revision: 'v1', plan })
    expect([back.lastAppliedRevision, (await s.get('a'))?.data, await s.get('b')]).toEqual([
      first.lastAppliedRevision,
      { x: '1' },
      undefined,
    ])
    expect(back.history?.map(({ revision }) => revision.slice(0, 2))).toEqual(['v1', 'v2'])
    expect(back.history?.[0]?.digest).toBe(first.history?.[0]?.digest)
    expect(back.conditions?.find(({ type }) => type === 'Pinned')).toMatchObject({
      status: 'True',
      message: `pinned to ${first.lastAppliedRevision} by alice: a rollback; the source names v2`,
    })
    // It was for once.
    const again = await s.runner.run(s.sync('v2'))
    expect([again.lastAppliedRevision?.slice(0, 2), again.conditions?.find(({ type }) => type === 'Pinned')]).toEqual(['v2', undefined])
    expect((await failure(s.runner.plan(s.sync('v2'), { revision: 'v9' }))).message).toMatch(
      /revision: found v9, accepted one of its history: v2@\S+, v1@/,
    )
  })

  test('a plan of a rollback that was stored is carried out as it was reviewed', async () => {
    const s = await setUp({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } })
    const first = await s.runner.run(s.sync('v1'))
    await s.runner.run(s.sync('v2'))
    const plan = JSON.parse(JSON.stringify(await s.runner.plan(s.sync('v2'), { revision: 'v1' })))
    expect((await s.runner.apply(plan)).lastAppliedRevision).toBe(first.lastAppliedRevision)
    expect((await s.get('a'))?.data).toEqual({ x: '1' })
  })

  test('the last good revision stays in the history, however many fail after it', async () => {
    const versions = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`bad${index}`, { 'a.yaml': 'kind: [' }]))
    const s = await setUp({ good: maps('a'), ...versions })
    const limited = { revisionHistoryLimit: 3 }
    const good = await s.runner.run(s.sync('good', limited))
    for (const tag of Object.keys(versions)) await failure(s.runner.run(s.sync(tag, limited)))
    const status = await s.runner.status(s.sync('good'))
    expect(status.history?.map(({ revision }) => revision.split('@')[0])).toEqual(['bad5', 'bad4', 'good'])
    expect(lastGood(status)).toBe(good.lastAppliedRevision)
    expect((await s.runner.run(s.sync('bad5', limited), { revision: 'good' })).lastAppliedRevision).toBe(good.lastAppliedRevision)
  })

  test('a pinned Sync stays at its revision, says so, and no rollback passes it by', async () => {
    const s = await setUp({ v1: maps('a'), v2: maps('b'), v3: maps('c') })
    const first = await s.runner.run(s.sync('v1'))
    await s.runner.run(s.sync('v2'))
    const pin = { revision: first.lastAppliedRevision as string, by: 'bob', reason: 'v2 leaks' }
    const status = await s.runner.run(s.sync('v3', { pin }))
    expect([status.lastAppliedRevision, await s.get('c')]).toEqual([first.lastAppliedRevision, undefined])
    expect(status.history?.[0]).toMatchObject({ revision: first.lastAppliedRevision, actor: 'bob' })
    expect(s.events.filter(({ type }) => type === 'sync.pinned')).toHaveLength(1)
    await s.runner.run(s.sync('v3', { pin }))
    expect(s.events.filter(({ type }) => type === 'sync.pinned')).toHaveLength(1)
    const error = await failure(s.runner.run(s.sync('v3', { pin }), { revision: 'v2' }))
    expect([error.code, error.message]).toEqual(['sync/revision', expect.stringContaining('by bob: v2 leaks; the source names v3')])
    const objects = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' } }]
    expect((await failure(s.runner.run(s.sync('v3', { pin }), { objects }))).code).toBe('sync/revision')
  })

  test('values of Secrets are no part of the digest of a revision', async () => {
    const secret = (value: string): Files => ({
      's.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { password: ${value} }\n`,
    })
    const s = await setUp({ v1: secret('hunter2'), v2: secret('hunter3'), v3: { ...secret('hunter3'), ...maps('a') } })
    const digest = async (tag: string) => (await s.runner.run(s.sync(tag))).history?.[0]?.digest
    const [one, two, three] = [await digest('v1'), await digest('v2'), await digest('v3')]
    expect(two).toBe(one)
    expect(three).not.toBe(one)
  })

  test('deletions wait until exactly they are confirmed, and all else is done', async () => {
    const s = await setUp({
      v1: maps('a', 'b', 'c'),
      v2: { 'a.yaml': configMap('a', { x: '2' }), ...maps('c') },
      v3: { 'a.yaml': configMap('a', { x: '3' }) },
    })
    const asked = { confirmPrune: true }
    await s.runner.run(s.sync('v1', asked))
    const plan = await s.runner.plan(s.sync('v2', asked))
    const digest = pruneDigestOf(plan) as string
    expect(formatPlan(plan, { width: 200 })).toContain(`Nothing is pruned until ${digest} is confirmed.`)

    const error = await failure(s.runner.run(s.sync('v2', asked)))
    expect([error.code, error.message]).toEqual([
      'sync/prune-unconfirmed',
      `1 object waits to be pruned until ${digest} is confirmed: ConfigMap ${s.namespace}/b`,
    ])
    const waiting = await s.runner.status(s.sync('v2'))
    expect([(await s.get('a'))?.data, (await s.get('b'))?.kind, namesIn(waiting)]).toEqual([{ x: '2' }, 'ConfigMap', ['a', 'b', 'c']])
    expect(waiting.pendingPrune).toEqual({ digest, objects: 1 })
    expect(waiting.conditions?.find(({ type }) => type === 'PruneConfirmed')).toMatchObject({
      status: 'False',
      message: expect.stringContaining(digest),
    })
    expect(readyOf(waiting)).toMatchObject({ status: 'False', reason: 'PruneNotConfirmed' })

    // Other objects need another confirmation.
    const other = await failure(s.runner.run(s.sync('v3', asked), { confirmPrune: digest }))
    expect(other.message).toMatch(/^2 objects wait/)
    expect((await s.get('b'))?.kind).toBe('ConfigMap')
    const confirmPrune = pruneDigestOf(await s.runner.plan(s.sync('v3', asked))) as string
    const done = await s.runner.run(s.sync('v3', asked), { confirmPrune })
    expect([await s.get('b'), await s.get('c'), namesIn(done), done.pendingPrune]).toEqual([undefined, undefined, ['a'], undefined])
    expect(done.conditions?.find(({ type }) => type === 'PruneConfirmed')).toBeUndefined()
  })

  test('an object that was recreated is not the one whose deletion was confirmed; a reviewed plan confirms its own', async () => {
    const s = await setUp({ v1: maps('a', 'b'), v2: maps('a') })
    const asked = { confirmPrune: true }
    await s.runner.run(s.sync('v1', asked))
    const before = pruneDigestOf(await s.runner.plan(s.sync('v2', asked))) as string
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: s.namespace, name: 'b' })
    await s.runner.run(s.sync('v1', asked))
    const { code } = await failure(s.runner.run(s.sync('v2', asked), { confirmPrune: before }))
    expect([code, (await s.get('b'))?.kind]).toEqual(['sync/prune-unconfirmed', 'ConfigMap'])
    await s.runner.apply(await s.runner.plan(s.sync('v2', asked)))
    expect(await s.get('b')).toBeUndefined()
  })

  test('what is done when a part is refused the Sync can say itself, and who runs it can say otherwise', async () => {
    const bad = 'apiVersion: example.com/v1\nkind: Unknown\nmetadata: { name: x }\n'
    const s = await setUp({ v1: { ...maps('a'), 'b.yaml': bad } }, { partial: 'continue' })
    expect((await failure(s.runner.run(s.sync('v1', { partial: 'never' })))).code).toMatch(/^(sync\/refused|cluster\/unknown-kind)$/)
    expect(await s.get('a')).toBeUndefined()
    await failure(s.runner.run(s.sync('v1', { partial: 'never' }), { partial: 'continue' }))
    expect((await s.get('a'))?.kind).toBe('ConfigMap')
  })

  test('the handbrake of a Sync lets nothing be written, and says who pulled it and why', async () => {
    const s = await setUp({ v1: maps('a') })
    const handbrake = { by: 'alice', reason: 'incident 42' }
    const error = await failure(s.runner.run(s.sync('v1', { handbrake })))
    expect([error.code, error.message]).toEqual([
      'sync/handbrake',
      `Sync ${s.namespace}/shop: nothing is written, the handbrake was pulled by alice: incident 42`,
    ])
    expect(hasChanges(await s.runner.plan(s.sync('v1', { handbrake })))).toBe(true)
    expect(await s.get('a')).toBeUndefined()
    await s.runner.run(s.sync('v1'))
    expect((await failure(s.runner.remove(s.sync('v1', { handbrake })))).code).toBe('sync/handbrake')
    expect((await s.get('a'))?.kind).toBe('ConfigMap')
  })
}
