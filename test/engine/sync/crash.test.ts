import fc from 'fast-check'
import { type FleetkitError, type Git, type KubeObject, ownerSelector, Sync, SyncRunner, type SyncStatus } from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { configMap, intercepted, repository } from './scenarios.ts'
import { mapRef, syncObject, syncRef } from './world.ts'

const renderers = [plainRenderer()]

/** One thing that happens to a Sync or to its objects. */
type Step =
  | { readonly do: 'apply'; readonly tag: string; readonly force?: boolean }
  | { readonly do: 'drift'; readonly name: string }
  | { readonly do: 'lose'; readonly name: string }
  | { readonly do: 'remove' }

/** The process dies. `before` the call's effect, or after it and before the answer. */
interface Crash {
  readonly at: number
  readonly when: 'before' | 'after'
}

class Crashed extends Error {}

/** What outlives a process. */
interface Lasting {
  readonly cluster: ReturnType<typeof memoryCluster>
  readonly store: ReturnType<typeof memoryStore>
  readonly git: Git
}

/** Where a runner keeps the status of a Sync: in the Sync of its store, or in a ConfigMap of the cluster when it has no store. */
const keptIn = ['Sync', 'ConfigMap'] as const
type KeptIn = (typeof keptIn)[number]

/** The status as it is recorded. */
async function statusOf({ cluster, store }: Pick<Lasting, 'cluster' | 'store'>, kept: KeptIn): Promise<SyncStatus> {
  if (kept === 'Sync') return ((await store.get(syncRef()))?.status ?? {}) as SyncStatus
  const data = (await cluster.get(mapRef('sync-shop')))?.data as { readonly 'status.json': string } | undefined
  return data === undefined ? {} : (JSON.parse(data['status.json']) as SyncStatus)
}

async function makeWorld(git: Git): Promise<Lasting> {
  const clock = new VirtualClock()
  let uid = 0
  const cluster = memoryCluster({ clock, uid: () => `uid-${++uid}` })
  const store = memoryStore({ clock })
  await store.create(syncObject())
  // Objects of others: one that a source contains and adopts, one that no source contains.
  for (const name of ['adopted', 'theirs'])
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { k: 'v' } })
  return { cluster, store, git }
}

/** One process: it works through ports that count their calls, and dies at one of them. */
function processOf({ cluster, store, git }: Lasting, kept: KeptIn, crash: Crash | undefined) {
  let calls = 0
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function' || typeof property === 'symbol') return member
        return async (...parameters: unknown[]) => {
          const call = calls++
          // Who is dead does nothing more.
          if (crash !== undefined && (call > crash.at || (call === crash.at && crash.when === 'before'))) throw new Crashed()
          const result = await (member as (...parameters: unknown[]) => Promise<unknown>).apply(target, parameters)
          if (crash !== undefined && call === crash.at) throw new Crashed()
          return result
        }
      },
    })
  const runner = new SyncRunner({
    cluster: mortal(cluster),
    git: mortal(git),
    ...(kept === 'Sync' ? { store: mortal(store) } : {}),
    renderers,
    clock: new VirtualClock(),
  })
  return {
    calls: () => calls,
    async perform(step: Step): Promise<void> {
      if (step.do === 'apply') {
        await runner.run(Sync.from(syncObject({ tag: step.tag, timeout: '1h', ...(step.force ? { force: true } : {}) })))
      } else if (step.do === 'remove') {
        await runner.remove(Sync.from(syncObject({ timeout: '1h', deletionPolicy: 'WaitForTermination' })))
      }
    },
  }
}

/** What others do: it does not belong to the process. */
async function disturb(step: Step, { cluster }: Lasting): Promise<void> {
  if (step.do !== 'drift' && step.do !== 'lose') return
  const object = await cluster.get(mapRef(step.name))
  if (object === undefined) return
  if (step.do === 'lose') await cluster.delete(mapRef(step.name))
  else if (object.immutable !== true) await cluster.update({ ...object, data: { ...(object.data as object), drift: 'x', k: 'drifted' } })
}

/** Whatever carries our labels is in the recorded inventory, at this moment. */
async function checkRecorded(lasting: Lasting, kept: KeptIn): Promise<void> {
  const status = await statusOf(lasting, kept)
  const recorded = new Set(parseInventory(status.inventory).map(({ name }) => name))
  const { items } = await lasting.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { labelSelector: ownerSelector(syncRef()) })
  for (const { metadata } of items) expect(recorded, `${metadata.name} is ours and not recorded`).toContain(metadata.name)
}

/** What is there, as far as it can be compared. */
async function stateOf(lasting: Lasting, kept: KeptIn): Promise<unknown> {
  const { items } = await lasting.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' })
  const status = await statusOf(lasting, kept)
  return {
    objects: items
      .filter(({ metadata }) => !metadata.name.startsWith('sync-'))
      .map(({ metadata, data }: KubeObject) => [metadata.name, metadata.labels ?? {}, data]),
    inventory: parseInventory(status.inventory).map(({ name }) => name),
    applied: status.lastAppliedRevision,
  }
}

/** Plays a history; the step at `crashStep` dies once, and a new process does it again. */
async function play(steps: readonly Step[], kept: KeptIn, git: Git, crashStep = -1, crash?: Crash) {
  const lasting = await makeWorld(git)
  const watched = {
    ...lasting,
    // Every write is followed by a look at the property.
    cluster: afterEach(lasting.cluster, ['apply', 'create', 'update', 'delete'], () => checkRecorded(lasting, kept)),
    store: afterEach(lasting.store, ['update'], () => checkRecorded(lasting, kept)),
  }
  const calls: number[] = []
  let crashed = false
  for (const [index, step] of steps.entries()) {
    await disturb(step, lasting)
    if (index === crashStep) {
      const mortal = processOf(watched, kept, crash)
      // A process that crashes may reject with the crash, or with what it was recorded as.
      await mortal.perform(step).catch((error: unknown) => {
        if (!(error instanceof Crashed)) throw error
      })
      crashed = mortal.calls() > (crash as Crash).at
      await checkRecorded(lasting, kept)
    }
    const process = processOf(watched, kept, undefined)
    await process.perform(step)
    calls.push(process.calls())
    await checkRecorded(lasting, kept)
    expect((await lasting.cluster.get(mapRef('theirs')))?.metadata.labels).toBeUndefined()
  }
  return { state: await stateOf(lasting, kept), calls, crashed }
}

function afterEach<Port extends object>(port: Port, methods: readonly string[], check: () => Promise<void>): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const method = (member as (...parameters: unknown[]) => Promise<unknown>).bind(target)
      if (typeof property === 'symbol' || !methods.includes(property)) return method
      return async (...parameters: unknown[]) => {
        const result = await method(...parameters)
        await check()
        return result
      }
    },
  })
}

const fixed = (k: string): string => `apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata: { name: fixed }\ndata: { k: ${k} }\n`

const history = repository({
  v1: { 'a.yaml': configMap('a', { k: '1' }), 'b.yaml': configMap('b', { k: '1' }), 'fixed.yaml': fixed('one') },
  v2: { 'a.yaml': configMap('a', { k: '2' }), 'adopted.yaml': configMap('adopted', { k: 'v' }), 'fixed.yaml': fixed('one') },
  v3: { 'a.yaml': configMap('a', { k: '2' }), 'c.yaml': configMap('c', { k: '3' }), 'fixed.yaml': fixed('two') },
})
const script: readonly Step[] = [
  { do: 'apply', tag: 'v1' },
  { do: 'apply', tag: 'v2' },
  { do: 'drift', name: 'a' },
  { do: 'apply', tag: 'v2' },
  { do: 'lose', name: 'a' },
  { do: 'apply', tag: 'v3', force: true },
  { do: 'remove' },
]

test.each(keptIn)('a crash before or after any call loses nothing (status kept in: %s)', { timeout: 120_000 }, async (kept) => {
  let points = 0
  for (let length = 1; length <= script.length; length++) {
    const steps = script.slice(0, length)
    if (!['apply', 'remove'].includes((steps.at(-1) as Step).do)) continue
    const whole = await play(steps, kept, history)
    const calls = whole.calls.at(-1) as number
    expect(calls).toBeGreaterThan(5)
    for (let at = 0; at < calls; at++)
      for (const when of ['before', 'after'] as const) {
        const { state, crashed } = await play(steps, kept, history, length - 1, { at, when })
        expect(crashed, `nothing crashed at call ${at}`).toBe(true)
        expect(state, `after a crash ${when} call ${at} of step ${length}`).toEqual(whole.state)
        points++
      }
  }
  expect(points).toBeGreaterThan(150)
})

const names = ['a', 'b', 'c', 'adopted', 'd']
const arbitraryVersion = fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', '2', 'v') }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 4,
})
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('v0', 'v1', 'v2').map((tag): Step => ({ do: 'apply', tag })) },
  { weight: 1, arbitrary: fc.constantFrom(...names).map((name): Step => ({ do: 'drift', name })) },
  { weight: 1, arbitrary: fc.constantFrom(...names).map((name): Step => ({ do: 'lose', name })) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'remove' }) },
)

test.each(keptIn)('random histories with one crash end as those without (status kept in: %s)', { timeout: 120_000 }, async (kept) => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(arbitraryVersion, arbitraryVersion, arbitraryVersion),
      fc.array(arbitraryStep, { minLength: 1, maxLength: 5 }),
      fc.nat(4),
      fc.nat(40),
      fc.constantFrom('before' as const, 'after' as const),
      async (versions, steps, where, at, when) => {
        const files = versions.map((objects) =>
          // An object without an owner is adopted where it agrees.
          Object.fromEntries(objects.map(({ name, value }) => [`${name}.yaml`, configMap(name, { k: name === 'adopted' ? 'v' : value })])),
        )
        const git = repository(Object.fromEntries(files.map((content, index) => [`v${index}`, content] as const)))
        const ours = steps.map((step) =>
          (step.do === 'drift' || step.do === 'lose') && step.name === 'adopted' ? { ...step, name: 'a' } : step,
        )
        const whole = await play(ours, kept, git)
        const { state } = await play(ours, kept, git, where % ours.length, { at, when })
        expect(state).toEqual(whole.state)
      },
    ),
    { numRuns: runs(150) },
  )
})

test.each(keptIn)(
  'of two processes at one Sync, one gives way, whichever call the other comes in at (status kept in: %s)',
  async (kept) => {
    const alone = await play(
      [
        { do: 'apply', tag: 'v1' },
        { do: 'apply', tag: 'v2' },
      ],
      kept,
      history,
    )
    const calls = alone.calls.at(-1) as number
    const outcomes = new Set<string>()
    for (let at = 0; at < calls; at++) {
      const lasting = await makeWorld(history)
      await processOf(lasting, kept, undefined).perform({ do: 'apply', tag: 'v1' })
      // Before its call number `at`, the other one does everything.
      let count = 0
      const intrude = async (): Promise<void> => {
        if (count++ === at) await processOf(lasting, kept, undefined).perform({ do: 'apply', tag: 'v2' })
      }
      const slow = {
        cluster: intercepted(lasting.cluster, () => intrude()),
        store: intercepted(lasting.store, () => intrude()),
        git: intercepted(lasting.git, () => intrude()),
      }
      const outcome = await processOf(slow as unknown as Lasting, kept, undefined)
        .perform({ do: 'apply', tag: 'v2' })
        .then(
          () => 'both',
          (error: unknown) => (error as FleetkitError).code,
        )
      outcomes.add(outcome)
      await checkRecorded(lasting, kept)
      await processOf(lasting, kept, undefined).perform({ do: 'apply', tag: 'v2' })
      expect(await stateOf(lasting, kept), `the other one came in at call ${at}`).toEqual(alone.state)
    }
    expect(outcomes).toEqual(new Set(['both', 'store/conflict']))
  },
)

test('a status that another writer saves while it is being removed stays', async () => {
  const lasting = await makeWorld(history)
  await processOf(lasting, 'ConfigMap', undefined).perform({ do: 'apply', tag: 'v1' })
  let intruded = false
  const cluster = intercepted(lasting.cluster, async (method, [ref]) => {
    if (intruded || method !== 'delete' || ref.name === 'sync-shop') return
    intruded = true
    await processOf(lasting, 'ConfigMap', undefined).perform({ do: 'apply', tag: 'v2' })
  })
  await expect(processOf({ ...lasting, cluster } as Lasting, 'ConfigMap', undefined).perform({ do: 'remove' })).rejects.toMatchObject({
    code: 'store/conflict',
  })
  await checkRecorded(lasting, 'ConfigMap')
})

test('labels that another writer gives the record meanwhile stay, and are no conflict', async () => {
  const lasting = await makeWorld(history)
  await processOf(lasting, 'ConfigMap', undefined).perform({ do: 'apply', tag: 'v1' })
  let labelled = false
  const cluster = intercepted(lasting.cluster, async (method) => {
    if (labelled || method !== 'apply') return
    labelled = true
    const record = (await lasting.cluster.get(mapRef('sync-shop'))) as KubeObject
    const { metadata } = record
    await lasting.cluster.update({ ...record, metadata: { ...metadata, labels: { ...metadata.labels, team: 'shop' } } })
  })
  await processOf({ ...lasting, cluster } as Lasting, 'ConfigMap', undefined).perform({ do: 'apply', tag: 'v2' })
  expect(labelled).toBe(true)
  expect((await lasting.cluster.get(mapRef('sync-shop')))?.metadata.labels).toMatchObject({ team: 'shop' })
  expect((await statusOf(lasting, 'ConfigMap')).lastAppliedRevision).toMatch(/^v2@/)
})
