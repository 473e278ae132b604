import { FleetkitError, type SourceTree } from 'fleetkit'
import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { clusterConformance, type FaultPlan, seededRandom, storeConformance, VirtualClock, withFaults } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const named = (name: string) => ({ ...type, metadata: { name, namespace: 'default' } })

async function outcomes(plan: FaultPlan): Promise<readonly string[]> {
  await using store = memoryStore()
  const faulty = withFaults(store, plan)
  const results: string[] = []
  for (let i = 0; i < 40; i++) {
    results.push(
      await faulty.create(named(`c${i}`)).then(
        () => 'ok',
        (error) => error.code,
      ),
    )
  }
  return results
}

test('one seed gives the same faults each time, another seed others', async () => {
  const plan = { seed: 1, fail: 0.3, lose: 0.2 }
  const first = await outcomes(plan)
  expect(new Set(first)).toEqual(new Set(['ok', 'cluster/unreachable']))
  expect(await outcomes(plan)).toEqual(first)
  expect(await outcomes({ ...plan, seed: 2 })).not.toEqual(first)
})

test('a call that fails has no effect, one whose answer is lost has', async () => {
  await using store = memoryStore()
  await expect(withFaults(store, { seed: 1, fail: 1 }).create(named('a'))).rejects.toMatchObject({ code: 'cluster/unreachable' })
  expect((await store.list(type)).items).toEqual([])
  const losing = withFaults(store, { seed: 1, lose: 1 })
  await expect(losing.create(named('a'))).rejects.toMatchObject({ code: 'cluster/unreachable' })
  expect((await store.list(type)).items).toHaveLength(1)
  expect(losing.faults.injected).toEqual([{ method: 'create', fault: 'lose' }])
})

test('a watch breaks before an event is delivered, and a healed store has no more faults', async () => {
  await using store = memoryStore()
  const { resourceVersion } = await store.list(type)
  await store.create(named('a'))
  const dropping = withFaults(store, { seed: 1, drop: 1 })
  const first = async () => {
    for await (const event of dropping.watch(type, { resourceVersion })) return event.type
    return undefined
  }
  await expect(first()).rejects.toMatchObject({ code: 'cluster/unreachable' })
  dropping.faults.heal()
  expect(await first()).toBe('ADDED')
  const relisting = withFaults(store, { seed: 1, relist: 1, error: () => new FleetkitError('timeout', 'mine') })
  const next = relisting.watch(type, { resourceVersion })[Symbol.asyncIterator]().next()
  await expect(next).rejects.toMatchObject({ code: 'store/relist' })
})

test('a slow store takes its time', async () => {
  const clock = new VirtualClock()
  const slow = withFaults(memoryStore({ clock }), { seed: 1, delayMs: 1000, clock })
  let answered = false
  void slow.list(type).then(() => {
    answered = true
  })
  await clock.advance(0)
  expect(answered).toBe(false)
  await clock.advance(1000)
  expect(answered).toBe(true)
})

test('seeded numbers are spread over [0, 1)', () => {
  const random = seededRandom(42)
  const buckets = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const value = random()
    const bucket = Math.floor(value * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  expect(buckets).toHaveLength(10)
  expect(Math.min(...buckets)).toBeGreaterThan(900)
  expect(Math.max(...buckets)).toBeLessThan(1100)
})

const url = 'https://git.example.com/app.git'

/** Each port, with a call that shows whether it was carried out. */
async function ports(clock: VirtualClock) {
  const git = memoryGit()
  const commit = git.commit(url, { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' })
  let calls = 0
  const counted = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        return (...parameters: unknown[]) => {
          calls++
          return member.apply(target, parameters)
        }
      },
    })
  const tree: SourceTree = {
    oid: 'x',
    list: async () => ['a.yaml'],
    read: async () => new Map([['a.yaml', new TextEncoder().encode('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n')]]),
  }
  const renderer = plainRenderer()
  const taken = (): number => {
    const count = calls
    calls = 0
    return count
  }
  const make = (plan: FaultPlan) => {
    const store = withFaults(counted(memoryStore({ clock })), plan)
    const cluster = withFaults(counted(memoryCluster({ clock })), plan)
    const faultyGit = withFaults(counted(git), plan)
    const faultyRenderer = withFaults(counted(renderer), plan)
    const faultyTree = withFaults(counted(tree), plan)
    const names = Array.from({ length: 4 }, (_, index) => named(`n${index}`))
    return {
      store: { control: store.faults, call: (signal?: AbortSignal) => store.list(type, { signal }) },
      cluster: {
        control: cluster.faults,
        call: async (signal?: AbortSignal) => {
          const results = await cluster.apply(names, { fieldManager: 'test', signal })
          const failed = results.find((result) => 'error' in result)
          if (failed !== undefined && 'error' in failed) throw failed.error
        },
      },
      discover: { control: cluster.faults, call: (signal?: AbortSignal) => cluster.discover(type, { signal }) },
      git: { control: faultyGit.faults, call: (signal?: AbortSignal) => faultyGit.tree(url, commit, '', { signal }) },
      renderer: { control: faultyRenderer.faults, call: (signal?: AbortSignal) => faultyRenderer.render(tree, { path: '', signal }) },
      tree: { control: faultyTree.faults, call: (signal?: AbortSignal) => faultyTree.read(['a.yaml'], { signal }) },
    }
  }
  return { make, taken }
}

const codes = {
  store: 'cluster/unreachable',
  cluster: 'cluster/unreachable',
  discover: 'cluster/unreachable',
  git: 'git/unreachable',
  renderer: 'render/unavailable',
  tree: 'git/unreachable',
} as const

describe.each(Object.keys(codes) as (keyof typeof codes)[])('a call of a faulty %s', (name) => {
  const clock = new VirtualClock()

  test('that fails is not carried out, one whose answer is lost is', async () => {
    const { make, taken } = await ports(clock)
    await expect(make({ seed: 1, fail: 1 })[name].call()).rejects.toMatchObject({ code: codes[name] })
    // An apply of no object is one all the same.
    expect(taken()).toBe(name === 'cluster' ? 1 : 0)
    await expect(make({ seed: 1, lose: 1 })[name].call()).rejects.toMatchObject({ code: codes[name] })
    expect(taken()).toBe(1)
  })

  test('that hangs ends when its signal aborts, and not before', async () => {
    const { make, taken } = await ports(clock)
    const aborter = new AbortController()
    let settled = false
    const { call, control } = make({ seed: 1, hang: 1, clock })[name]
    const outcome = expect(call(aborter.signal).finally(() => (settled = true))).rejects.toMatchObject({ code: 'aborted' })
    await clock.advance(86_400_000)
    expect([settled, taken()]).toEqual([false, 0])
    aborter.abort()
    await outcome
    expect(control.injected.map(({ fault }) => fault)).toEqual(['hang'])
  })

  test('that is late took effect in time', async () => {
    const { make, taken } = await ports(clock)
    let settled = false
    void make({ seed: 1, late: 1, lateMs: 5000, clock })
      [name].call()
      .then(() => (settled = true))
    await clock.advance(4999)
    expect([settled, taken()]).toEqual([false, 1])
    await clock.advance(1)
    expect(settled).toBe(true)
  })

  test('that is sent twice is carried out twice', async () => {
    const { make, taken } = await ports(clock)
    await make({ seed: 1, twice: 1 })[name].call()
    expect(taken()).toBe(2)
  })

  test('has the same faults with the same seed, and none once healed', async () => {
    const { make } = await ports(clock)
    const plan = { seed: 7, fail: 0.3, lose: 0.2, twice: 0.2, late: 0.2, lateMs: 10, delayMs: 10, clock }
    const run = async (): Promise<unknown> => {
      const { call, control } = make(plan)[name]
      const outcomes: string[] = []
      for (let index = 0; index < 20; index++) {
        const settled = call().then(
          () => 'done',
          (error) => error.code,
        )
        await clock.advance(100)
        outcomes.push(await settled)
      }
      control.heal()
      const before = control.injected.length
      await call()
      expect(control.injected).toHaveLength(before)
      return [outcomes, control.injected]
    }
    const first = await run()
    expect(await run()).toEqual(first)
    expect(new Set((first as [string[]])[0])).toEqual(new Set(['done', codes[name]]))
  })
})

test('objects of one apply have faults of their own', async () => {
  await using cluster = memoryCluster()
  const faulty = withFaults(cluster, { seed: 3, fail: 0.3, lose: 0.3 })
  const names = Array.from({ length: 60 }, (_, index) => `n${index}`)
  const results = await faulty.apply(names.map(named), { fieldManager: 'test' })
  expect(results.map(({ ref }) => ref.name)).toEqual(names)
  const there = new Set((await cluster.list(type)).items.map(({ metadata }) => metadata.name))
  const acknowledged = results.filter((result) => !('error' in result)).map(({ ref }) => ref.name)
  expect(acknowledged.every((name) => there.has(name))).toBe(true)
  expect(acknowledged.length).toBeGreaterThan(10)
  expect(there.size).toBeGreaterThan(acknowledged.length)
  expect(there.size).toBeLessThan(names.length)
})

test('a call that is sent twice may find what the first one left', async () => {
  const faulty = withFaults(memoryStore(), { seed: 1, twice: 1 })
  await expect(faulty.create(named('a'))).rejects.toMatchObject({ code: 'store/exists' })
})

test('a lease over a faulty store is lost when it cannot be renewed', async () => {
  const clock = new VirtualClock()
  const plan: { -readonly [Key in keyof FaultPlan]: FaultPlan[Key] } = { seed: 1, clock }
  const faulty = withFaults(memoryStore({ clock }), plan)
  const lease = await faulty.lease({ namespace: 'default', name: 'leader', holder: 'me', durationMs: 9000 })
  await clock.advance(20_000)
  expect(lease.signal.aborted).toBe(false)
  plan.fail = 1
  await clock.advance(9000)
  expect(lease.signal.reason).toMatchObject({ code: 'store/lease-lost' })
})

test('a watch can fall silent, and an event can be late', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  await store.create(named('a'))
  const first = (plan: FaultPlan, signal?: AbortSignal) =>
    withFaults(store, plan).watch(type, { resourceVersion: '0', signal })[Symbol.asyncIterator]().next()
  const aborter = new AbortController()
  const silent = first({ seed: 1, hang: 1 }, aborter.signal)
  await clock.advance(86_400_000)
  aborter.abort()
  expect(await silent).toEqual({ done: true, value: undefined })
  let seen = false
  void first({ seed: 1, late: 1, lateMs: 50, clock }).then(() => (seen = true))
  await clock.advance(49)
  expect(seen).toBe(false)
  await clock.advance(1)
  expect(seen).toBe(true)
})

// Without a fault nothing shows: a wrapped port passes the suite of its port.
describe('a port with no fault to inject', () => {
  storeConformance({
    test,
    make: async () => {
      const clock = new VirtualClock()
      const store = withFaults(memoryStore({ clock }), { seed: 1, clock })
      const sample = (name: string, variant = 0) => ({
        apiVersion: 'example.com/v1',
        kind: 'Thing',
        metadata: { name, namespace: 'one' },
        spec: { variant },
      })
      const sleep = (ms: number): Promise<void> => clock.advance(ms)
      return {
        store,
        namespaces: ['one', 'two'],
        sample,
        sleep,
        compact: async () => store.compact(),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      }
    },
  })
  clusterConformance({
    test,
    make: async () => {
      const cluster = withFaults(memoryCluster(), { seed: 1 })
      return { cluster, namespace: 'default', [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
    },
  })
})
