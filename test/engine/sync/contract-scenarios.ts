import {
  type ClusterApi,
  formatPlan,
  type Git,
  type KubeObject,
  lastGood,
  type ObjectsSync,
  outcomeOf,
  parseRevision,
  type SyncPlan,
  SyncRunner,
  type SyncRunnerOptions,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { digestOf, parsePlan } from 'fleetkit/plan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, failure, intercepted, readyOf, repository, syncOf, url } from './scenarios.ts'

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover'])

const map = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

/** That what was reviewed is what is done, whichever cluster it is. */
export function contractScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  beforeAll(async () => {
    subject = await make()
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  async function setUp(git: Git | undefined, options: Partial<SyncRunnerOptions> = {}) {
    const namespace = await subject.namespace()
    const writes: string[] = []
    let requests = 0
    let last: string | undefined
    const cluster = intercepted(subject.cluster, (method, [first, more]) => {
      // A real server takes a while to establish a definition: what is waited for counts once.
      const waiting = method === 'get' && first.kind === 'CustomResourceDefinition' && first.name === last
      last = method === 'get' ? first.name : undefined
      if (method !== 'discover' && !waiting) requests += method === 'apply' ? first.length : 1
      if (!reading.has(method) && more?.dryRun !== true)
        writes.push(`${method} ${(first?.metadata ?? first?.[0]?.metadata ?? first)?.name}`)
    })
    const runner = new SyncRunner({ cluster, git, ...options })
    let planned = 0
    runner.events.on('sync.planned', () => (planned = requests))
    const get = (name: string) => subject.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
    return { namespace, runner, writes, get, cluster: subject.cluster, requestsAfterPlanning: () => requests - planned }
  }

  const versions = () =>
    repository({
      v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b') },
      v2: { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c') },
    })
  const stored = (plan: SyncPlan): SyncPlan => parsePlan(JSON.stringify(plan))

  describe('a plan that was reviewed', () => {
    test('is stored, read back, and carried out', async () => {
      const { namespace, runner, get } = await setUp(versions())
      await runner.run(syncOf(namespace, 'v1'))
      const plan = await runner.plan(syncOf(namespace, 'v2'))
      expect(digestOf(plan)).toBe(plan.digest)
      expect((await runner.plan(syncOf(namespace, 'v2'))).digest).toBe(plan.digest)
      const status = await runner.apply(stored(plan), { expect: plan.digest })
      expect(status.lastAppliedRevision).toBe(plan.revision)
      expect([(await get('a'))?.data, await get('b'), (await get('c'))?.kind]).toEqual([{ x: '2' }, undefined, 'ConfigMap'])
      // A second time there is something else to do: nothing.
      expect((await failure(runner.apply(stored(plan)))).code).toBe('sync/plan-changed')
    })

    test('is carried out at its commit, though the tag has moved', async () => {
      const git = versions()
      const { namespace, runner, get } = await setUp(git)
      const plan = await runner.plan(syncOf(namespace, 'v1'))
      git.tag(url, 'v1', git.commit(url, { 'evil.yaml': configMap('evil') }))
      const status = await runner.apply(stored(plan))
      expect(status.lastAppliedRevision).toBe(plan.revision)
      expect(status.conditions?.find(({ type }) => type === 'TagMoved')?.status).toBe('True')
      expect([(await get('a'))?.data, await get('evil')]).toEqual([{ x: '1' }, undefined])
    })

    test('is not carried out when the cluster has changed: the error says what, and nothing is written', async () => {
      const { cluster, namespace, runner, writes, get } = await setUp(versions())
      await runner.run(syncOf(namespace, 'v1'))
      const plan = await runner.plan(syncOf(namespace, 'v2'))
      await cluster.update({ ...((await get('a')) as KubeObject), data: { x: '9' } })
      writes.length = 0
      for (const work of [() => runner.apply(plan), () => runner.run(syncOf(namespace, 'v2'), { plan: stored(plan) })]) {
        const error = await failure(work())
        expect(error.code).toBe('sync/plan-changed')
        expect(error.message).toContain(`ConfigMap ${namespace}/a: .data.x: "1" → "9"`)
        expect(error.problems).toContainEqual({ path: `ConfigMap ${namespace}/a .data.x`, found: '"9"', accepted: '"1"' })
      }
      expect(writes).toEqual([])
    })

    test('of a first version leaves no trace when it cannot be carried out', async () => {
      const { cluster, namespace, runner, writes } = await setUp(versions())
      const plan = await runner.plan(syncOf(namespace, 'v1'))
      await cluster.create({ ...map('a', { x: 'mine' }), metadata: { name: 'a', namespace } })
      const error = await failure(runner.apply(plan))
      expect(error.message).toMatch(/ConfigMap [^ ]+\/a: action: "create" → "(adopt|refuse)"/)
      expect(writes).toEqual([])
      expect(await runner.status(syncOf(namespace, 'v1'))).toEqual({})
    })

    test('is carried out by its digest alone', async () => {
      const { namespace, runner, writes, get } = await setUp(versions())
      const { digest } = await runner.plan(syncOf(namespace, 'v1'))
      const error = await failure(runner.run(syncOf(namespace, 'v2'), { expect: digest }))
      expect([error.code, error.message]).toEqual(['sync/plan-changed', expect.stringContaining(`expected ${digest}`)])
      expect(writes).toEqual([])
      await runner.run(syncOf(namespace, 'v1'), { expect: digest })
      expect((await get('a'))?.data).toEqual({ x: '1' })
    })

    test('is not carried out when it was edited, is of another Sync, or is not the one that was approved', async () => {
      const { namespace, runner, writes } = await setUp(versions())
      const plan = await runner.plan(syncOf(namespace, 'v1'))
      const [first = []] = plan.stages
      const edited = { ...plan, stages: [first.slice(1)] }
      const other = syncOf(namespace, 'v1', {}, 'other')
      const codes = [
        runner.apply(edited),
        // A digest can be computed for what was edited too: that is what the approved one is for.
        runner.apply({ ...edited, digest: digestOf(edited) }, { expect: plan.digest }),
        runner.apply({ ...edited, digest: digestOf(edited) }),
        runner.run(other, { plan }),
        runner.run(syncOf(namespace, 'v1', { prune: false }), { plan }),
      ].map(async (work) => (await failure(work)).code)
      expect(await Promise.all(codes)).toEqual(['plan/edited', 'plan/edited', 'sync/plan-changed', 'plan/other-sync', 'sync/plan-changed'])
      expect(writes).toEqual([])
    })

    test('shows no secret, and can be carried out all the same', async () => {
      const secret = (value: string): string =>
        `apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { password: ${value}, user: shop }\n`
      const { cluster, namespace, runner } = await setUp(
        repository({ v1: { 's.yaml': secret('first-password') }, v2: { 's.yaml': secret('second-password') } }),
      )
      await runner.run(syncOf(namespace, 'v1'))
      const plan = await runner.plan(syncOf(namespace, 'v2'))
      const text = JSON.stringify(plan) + formatPlan(plan, { lines: true })
      for (const password of ['first-password', 'second-password']) {
        expect(text).not.toContain(password)
        expect(text).not.toContain(Buffer.from(password).toString('base64'))
      }
      expect(text).toContain('.data.password')
      await runner.apply(stored(plan), { expect: plan.digest })
      const live = (await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'db' })) as { data?: Record<string, string> }
      expect(live.data?.password).toBe(Buffer.from('second-password').toString('base64'))
    })
  })

  describe('objects made in code', () => {
    const sync = (namespace: string, spec: Partial<ObjectsSync['spec']> = {}): ObjectsSync => ({
      metadata: { name: 'code', namespace },
      spec: { prune: true, timeout: '20s', ...spec },
    })

    test('are a source: planned, applied, pruned, at the digest of what they say', async () => {
      const { namespace, runner, get } = await setUp(undefined)
      const objects = [map('a', { x: '1' }), map('b')]
      const plan = await runner.plan(sync(namespace), { objects })
      expect(plan.revision).toMatch(/^objects@sha256:[0-9a-f]{64}$/)
      expect(parseRevision(plan.revision)?.tag).toBe('objects')
      const status = await runner.run(sync(namespace), { objects: objects.toReversed() })
      expect(status.lastAppliedRevision).toBe(plan.revision)
      expect(parseInventory(status.inventory).map(({ name }) => name)).toEqual(['a', 'b'])
      const next = await runner.plan(sync(namespace), { objects: [map('a', { x: '2' })] })
      expect(formatPlan(next)).toContain(`  ~ ConfigMap ${namespace}/a: update, differs from the source  (objects[0])`)
      expect(outcomeOf(next)).toBe('changes')
      expect((await failure(runner.apply(stored(next)))).message).toContain('objects: found nothing')
      expect((await failure(runner.apply(stored(next), { objects }))).message).toContain('revision')
      await runner.apply(stored(next), { objects: [map('a', { x: '2' })] })
      expect([(await get('a'))?.data, await get('b')]).toEqual([{ x: '2' }, undefined])
      await runner.remove(sync(namespace))
      expect(await get('a')).toBeUndefined()
    })

    test('are copied, and checked like files', async () => {
      const { namespace, runner, writes } = await setUp(undefined)
      const bad = [{ kind: 'ConfigMap' }, 'text', { ...map('a'), data: { at: new Date(0), run: () => 1 } }, undefined]
      const error = await failure(runner.run(sync(namespace), { objects: bad }))
      expect(error.code).toBe('source/object-invalid')
      for (const path of ['objects[0] apiVersion', 'objects[1]', 'objects[2].data.at', 'objects[2].data.run', 'objects[3]'])
        expect(error.problems.map((problem) => problem.path)).toContain(path)
      expect((await failure(runner.run(sync(namespace), { objects: [] }))).code).toBe('source/empty')
      expect((await failure(runner.run(sync(namespace)))).message).toContain('spec.source: found nothing')
      expect(writes.filter((write) => !write.endsWith('sync-code'))).toEqual([])
    })
  })

  describe('a plan of which a part is refused', () => {
    const foreign = async (cluster: ClusterApi, namespace: string): Promise<void> => {
      const labels = { 'sync.fleetkit.dev/name': 'other', 'sync.fleetkit.dev/namespace': namespace }
      await cluster.create({ ...map('b'), metadata: { name: 'b', namespace, labels } })
    }

    test('is carried out as far as it goes, or not at all', async () => {
      const { cluster, namespace, runner, writes, get } = await setUp(versions())
      await foreign(cluster, namespace)
      const plan = await runner.plan(syncOf(namespace, 'v1'), { partial: 'never' })
      expect([outcomeOf(plan), formatPlan(plan).split('\n').at(-1)]).toEqual(['refused', expect.stringContaining('partial: never')])
      const error = await failure(runner.apply(plan))
      expect([error.code, error.message]).toEqual(['sync/refused', expect.stringContaining('1 object is refused, so nothing was written')])
      expect(error.errors?.map(({ code }) => code)).toEqual(['sync/owned'])
      expect(writes.filter((write) => !write.endsWith('sync-shop'))).toEqual([])

      expect(outcomeOf(await runner.plan(syncOf(namespace, 'v1')))).toBe('partial')
      expect((await failure(runner.run(syncOf(namespace, 'v1'), { partial: 'continue' }))).code).toBe('sync/owned')
      expect((await get('a'))?.data).toEqual({ x: '1' })
    })
  })

  describe('the record of a Sync', () => {
    test('has its status and its last good revision', async () => {
      const { namespace, runner } = await setUp(versions())
      const sync = syncOf(namespace, 'v1')
      expect(await runner.status(sync)).toEqual({})
      expect(lastGood(await runner.status(sync))).toBeUndefined()
      const first = await runner.run(sync)
      expect(await runner.status(sync)).toEqual(JSON.parse(JSON.stringify(first)))
      const broken = syncOf(namespace, 'v2', { timeout: '1s', healthChecks: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'missing' }] })
      await failure(runner.run(broken))
      const status = await runner.status(sync)
      expect(status.lastAttemptedRevision).toMatch(/^v2@/)
      expect(lastGood(status)).toBe(first.lastAppliedRevision)
    })

    test('has an attempt that was aborted', async () => {
      const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: first }\n'
      const git = repository({ v1: { 'a.yaml': configMap('a'), 'first.yaml': account } })
      const { namespace, runner } = await setUp(git)
      const stop = new AbortController()
      runner.events.on('sync.applied', () => stop.abort())
      expect((await failure(runner.run(syncOf(namespace, 'v1'), { signal: stop.signal }))).code).toBe('aborted')
      const status = await runner.status(syncOf(namespace, 'v1'))
      expect(status.history?.[0]).toMatchObject({ revision: expect.stringMatching(/^v1@/), lastReconciledStatus: 'Aborted' })
      expect(readyOf(status)).toMatchObject({ status: 'False', reason: 'Aborted' })
      expect(status.conditions?.some(({ type }) => type === 'Stalled')).toBe(false)
      expect(parseInventory(status.inventory).map(({ name }) => name)).toEqual(['a', 'first'])
      expect(lastGood(status)).toBeUndefined()
      expect((await runner.run(syncOf(namespace, 'v1'))).history).toMatchObject([
        { lastReconciledStatus: 'ReconciliationSucceeded', totalReconciliations: 2 },
      ])
    })

    test('has the outcome of an attempt that was aborted when everything was done', async () => {
      const { namespace, runner } = await setUp(repository({ v1: { 'a.yaml': configMap('a') } }))
      const stop = new AbortController()
      runner.events.on('sync.applied', () => stop.abort())
      const status = await runner.run(syncOf(namespace, 'v1'), { signal: stop.signal })
      expect(await runner.status(syncOf(namespace, 'v1'))).toEqual(JSON.parse(JSON.stringify(status)))
      expect(readyOf(status)).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' })
    })
  })

  describe('the predicted requests', () => {
    const many = (count: number, value: string): Record<string, string> => ({
      'all.yaml': Array.from({ length: count }, (_, index) => configMap(`m${index}`, { value })).join('---\n'),
    })
    const definition =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: costs.contract.example.com }\nspec:\n  group: contract.example.com\n  scope: Namespaced\n  names: { kind: Cost, plural: costs }\n  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]\n'

    test('are those that carrying out the plan takes', async () => {
      const git = repository({
        v1: many(12, '1'),
        v2: { ...many(3, '2'), 'b.yaml': configMap('b') },
        v3: { 'fixed.yaml': `${configMap('fixed', { x: '1' })}immutable: true\n` },
        v4: { 'fixed.yaml': `${configMap('fixed', { x: '2' })}immutable: true\n` },
        v5: { 'd.yaml': definition },
      })
      const { namespace, runner, requestsAfterPlanning } = await setUp(git)
      for (const [tag, spec] of [
        ['v1', {}],
        ['v1', {}],
        ['v1', { wait: true }],
        ['v2', { wait: true }],
        ['v3', {}],
        ['v4', { force: true }],
        ['v5', {}],
      ] as const) {
        const sync = syncOf(namespace, tag, spec)
        const plan = await runner.plan(sync)
        await runner.run(sync)
        expect([tag, spec, requestsAfterPlanning()]).toEqual([tag, spec, plan.cost.requests])
      }
      await runner.remove(syncOf(namespace, 'v5'))
    })
  })
  describe('an object that one Sync releases and another takes', () => {
    /** `x` moves from `./one` to `./two`. */
    const moving = () =>
      repository({
        v1: {
          'one/x.yaml': configMap('x', { v: '1', old: 'gone' }),
          'one/stays.yaml': configMap('stays'),
          'two/own.yaml': configMap('own'),
        },
        v2: { 'one/stays.yaml': configMap('stays'), 'two/own.yaml': configMap('own'), 'two/x.yaml': configMap('x', { v: '2' }) },
      })
    async function movingSyncs() {
      const world = await setUp(moving())
      const sync = (name: string, tag: string) => syncOf(world.namespace, tag, { path: `./${name}` }, name)
      await world.runner.run(sync('one', 'v1'))
      await world.runner.run(sync('two', 'v1'))
      const before = (await world.get('x')) as KubeObject
      world.writes.length = 0
      const moved = async () => {
        const after = await world.get('x')
        expect(after?.metadata.uid).toBe(before.metadata.uid)
        expect(after?.metadata.labels?.['sync.fleetkit.dev/name']).toBe('two')
        expect(after?.data).toEqual({ v: '2' })
        expect(world.writes).not.toContain('delete x')
        const inventories = await Promise.all(['one', 'two'].map((name) => world.runner.status(sync(name, 'v2'))))
        expect(inventories.map(({ inventory }) => parseInventory(inventory).map(({ name }) => name))).toEqual([['stays'], ['own', 'x']])
        // Each is where it is to be.
        for (const name of ['one', 'two']) expect(outcomeOf(await world.runner.plan(sync(name, 'v2')))).toBe('nothing')
      }
      return { ...world, sync, moved }
    }

    test.each([
      ['one', 'two'],
      ['two', 'one'],
    ])('is handed over when both are run in one go, %s first', async (first, second) => {
      const { runner, sync, moved } = await movingSyncs()
      await runner.run(sync(first, 'v2'), { peers: [sync(second, 'v2')] })
      await runner.run(sync(second, 'v2'), { peers: [sync(first, 'v2')] })
      // The one that releases it looks once more whether the other one has it.
      await runner.run(sync('one', 'v2'))
      await moved()
    })

    test('is handed over when the one that takes it is run first, is refused, and is run again', async () => {
      const { namespace, runner, sync, moved } = await movingSyncs()
      const refused = await failure(runner.run(sync('two', 'v2')))
      expect([refused.code, refused.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/one`)])
      const plan = await runner.plan(sync('one', 'v2'))
      expect(plan.prunes.map(({ type, reason }) => [type, reason.code, reason.message])).toEqual([
        ['skip', 'claimed', `no longer in the source, and Sync ${namespace}/two is to have it`],
      ])
      await runner.run(sync('one', 'v2'))
      expect(formatPlan(await runner.plan(sync('two', 'v2')))).toContain(
        `> ConfigMap ${namespace}/x: adopt, Sync ${namespace}/one releases it`,
      )
      await runner.run(sync('two', 'v2'))
      await moved()
    })

    test.each(['some', 'all'])(
      'is handed over where an earlier hand-over moved %s of its fields and did not come to its end',
      async (which) => {
        const { namespace, runner, sync, get, moved } = await movingSyncs()
        const manager = `fleetkit:${namespace}/two`
        const live = (await get('x')) as KubeObject
        if (which === 'some') {
          const part = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace }, data: { v: '1' } }
          await subject.cluster.apply([part], { fieldManager: manager })
        } else {
          const managedFields = live.metadata.managedFields?.map((entry) => ({ ...entry, manager }))
          await subject.cluster.update({ ...live, metadata: { ...live.metadata, managedFields } })
        }
        await runner.run(sync('two', 'v2'), { peers: [sync('one', 'v2')] })
        await runner.run(sync('one', 'v2'))
        await moved()
      },
    )

    test("is the first one's still when its hand-over did not come to its end, whatever fields the other one has", async () => {
      const git = repository({ v1: { 'one/x.yaml': configMap('x', { v: '1' }) } })
      const { namespace, runner, get } = await setUp(git)
      const one = syncOf(namespace, 'v1', { path: './one' }, 'one')
      await runner.run(one)
      const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace }, data: { v: '2' } }
      await subject.cluster.apply([other], { fieldManager: `fleetkit:${namespace}/two`, force: true })
      expect(readyOf(await runner.run(one))).toMatchObject({ status: 'True' })
      expect((await get('x'))?.data).toEqual({ v: '1' })
      expect(outcomeOf(await runner.plan(one))).toBe('nothing')
    })

    test('is handed over whatever fields a third one has, whose hand-over did not come to its end', async () => {
      const { namespace, runner, sync, get, moved } = await movingSyncs()
      const live = (await get('x')) as KubeObject
      const managedFields = live.metadata.managedFields?.map((entry) => ({ ...entry, manager: `fleetkit:${namespace}/three` }))
      await subject.cluster.update({ ...live, metadata: { ...live.metadata, managedFields } })
      await runner.run(sync('two', 'v2'), { peers: [sync('one', 'v2')] })
      await runner.run(sync('one', 'v2'))
      await moved()
    })

    test.each([
      ['corrects', '1'],
      ['replaces', '2'],
    ])('is left to the Sync that has adopted it since the other one planned that it %s it', async (_, value) => {
      const immutable = (v: string): string =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x, labels: { app: x } }\ndata: { v: "${v}" }\nimmutable: true\n`
      const stays = { 'one/stays.yaml': configMap('stays') }
      const git = repository({
        v1: { ...stays, 'one/x.yaml': immutable('1') },
        v2: { ...stays, 'one/x.yaml': immutable(value) },
        v3: { ...stays, 'two/x.yaml': immutable('1') },
      })
      const { namespace, runner, get } = await setUp(git)
      const sync = (name: string, tag: string, spec = {}) => syncOf(namespace, tag, { path: `./${name}`, ...spec }, name)
      await runner.run(sync('one', 'v1'))
      const live = (await get('x')) as KubeObject
      const labels = { ...live.metadata.labels, app: 'edited' }
      await subject.cluster.update({ ...live, metadata: { ...live.metadata, labels } }, { fieldManager: 'dashboard' })
      let planned = false
      const cluster = intercepted(subject.cluster, async () => {
        if (!planned) return
        planned = false
        await runner.run(sync('two', 'v3', { forceConflicts: true }), { peers: [sync('one', 'v3')] })
      })
      const late = new SyncRunner({ cluster, git })
      late.events.on('sync.planned', () => {
        planned = true
      })
      const error = await failure(late.run(sync('one', 'v2', { force: true })))
      expect([error.code, error.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/two by now`)])
      const { uid, labels: found } = ((await get('x')) as KubeObject).metadata
      expect([uid, found?.['sync.fleetkit.dev/name']]).toEqual([live.metadata.uid, 'two'])
    })

    test.each([
      ['what both want', '1', {}],
      ['by force', '2', { forceConflicts: true }],
    ])('is left to the Sync that takes it back while another one adopts it, %s', async (_, value, spec) => {
      const git = repository({ v1: { 'one/x.yaml': configMap('x', { v: '1' }), 'two/x.yaml': configMap('x', { v: value }) } })
      const { namespace, runner, get } = await setUp(git)
      const one = syncOf(namespace, 'v1', { path: './one' }, 'one')
      await runner.run(one)
      // A person takes it out of its Sync.
      const { labels: __, ...metadata } = ((await get('x')) as KubeObject).metadata
      await subject.cluster.update({ ...((await get('x')) as KubeObject), metadata })
      let planned = false
      const cluster = intercepted(subject.cluster, async () => {
        if (!planned) return
        planned = false
        await runner.run(one)
      })
      const adopting = new SyncRunner({ cluster, git })
      adopting.events.on('sync.planned', () => {
        planned = true
      })
      const error = await failure(adopting.run(syncOf(namespace, 'v1', { path: './two', ...spec }, 'two')))
      expect([error.code, error.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/one`)])
      expect((await get('x'))?.metadata.labels?.['sync.fleetkit.dev/name']).toBe('one')
    })

    test('is refused while the other one still is to have it, and deleted when no one is', async () => {
      const { namespace, runner, sync, get } = await movingSyncs()
      const error = await failure(runner.run(sync('two', 'v2'), { peers: [sync('one', 'v1')] }))
      expect(error.message).toContain(`it belongs to Sync ${namespace}/one`)
      await runner.run(sync('two', 'v1'))
      await runner.run(sync('one', 'v2'), { peers: [sync('two', 'v1')] })
      expect(await get('x')).toBeUndefined()
    })
  })
}
