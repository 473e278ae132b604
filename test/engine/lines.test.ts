import {
  type ClusterApi,
  type Connect,
  type ConnectRequest,
  FleetkitError,
  type KubeObject,
  Manager,
  type ObjectRef,
  type RunContext,
  type WatchEvent,
} from 'fleetkit'
import { memoryCluster, memoryStore, type RestorableCluster } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { failure, intercepted } from './sync/scenarios.ts'

const eu: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Cluster', namespace: 'default', name: 'eu' }
const system: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }
const map = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })
const object = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name } })

/** A manager whose lines to clusters a test uses as a runnable would. */
async function manage(connect: Connect | undefined) {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const manager = new Manager({ store, clock, connect, random: () => 0.5 })
  const begun = Promise.withResolvers<Pick<RunContext, 'clusterOf' | 'identityOf'>>()
  manager.add({
    name: 'test',
    run: ({ clusterOf, identityOf, signal }) => {
      begun.resolve({ clusterOf, identityOf })
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
    },
  })
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  const { clusterOf, identityOf } = await begun.promise
  return {
    clock,
    store,
    clusterOf,
    identityOf,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await clock.advance(31_000)
      await done
    },
  }
}

/** Connections to one cluster, each with a name, and what was asked and closed. */
function counted(cluster: RestorableCluster) {
  const log: string[] = []
  let opened = 0
  let wanted = 1
  /** Thrown by the calls of a connection. */
  const faults = new Map<number, FleetkitError>()
  const numbers = new WeakMap<ClusterApi, number>()
  const requests: ConnectRequest[] = []
  const connect: Connect = async (request, { current }) => {
    requests.push(request)
    if (current !== undefined && numbers.get(current) === wanted) return current
    const number = wanted
    opened++
    log.push(`open ${number}`)
    const line = intercepted(cluster, (method) => {
      if (method === 'close') {
        log.push(`close ${number}`)
        return true
      }
      const fault = faults.get(number)
      if (fault !== undefined) throw fault
      return undefined
    })
    numbers.set(line, number)
    return line
  }
  const want = (number: number): void => {
    wanted = number
  }
  return { connect, log, faults, requests, opened: () => opened, want }
}

describe('the line to a cluster', () => {
  test('is opened by the first call, shared, and closed when nothing has used it for two minutes', async () => {
    const lines = counted(memoryCluster())
    await using m = await manage(lines.connect)
    const [one, two] = [m.clusterOf(eu), m.clusterOf(eu)]
    expect(lines.log).toEqual([])
    await Promise.all([one.get(map('a')), two.get(map('a')), two.list({ apiVersion: 'v1', kind: 'ConfigMap' })])
    expect(lines.log).toEqual(['open 1'])
    expect(lines.requests.map(({ ref }) => ref)).toEqual([eu])
    await m.clock.advance(119_000)
    await one.get(map('a'))
    await m.clock.advance(119_000)
    expect(lines.log).toEqual(['open 1'])
    await m.clock.advance(2000)
    expect(lines.log).toEqual(['open 1', 'close 1'])
    await one.get(map('a'))
    expect(lines.log).toEqual(['open 1', 'close 1', 'open 1'])
  })

  test('is opened again when opening it has never ended, however long those wait who asked', async () => {
    const lines = counted(memoryCluster())
    let hangs = true
    await using m = await manage(async (request, options) => {
      if (!hangs) return lines.connect(request, options)
      return new Promise<never>((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error)))
    })
    const line = m.clusterOf(eu)
    const waiting = failure(line.get(map('a')))
    await m.clock.advance(20_000)
    hangs = false
    const joined = failure(line.get(map('a')))
    await m.clock.advance(10_000)
    expect([(await waiting).code, (await joined).code]).toEqual(['timeout', 'timeout'])
    await line.get(map('a'))
    expect(lines.log).toEqual(['open 1'])
  })

  test('goes another way when it has changed, without a call that fails', async () => {
    const lines = counted(memoryCluster())
    await using m = await manage(lines.connect)
    const line = m.clusterOf(eu)
    await line.get(map('a'))
    lines.want(2)
    await line.get(map('a'))
    expect(lines.log).toEqual(['open 1'])
    await m.clock.advance(10_000)
    await line.get(map('a'))
    expect(lines.log).toEqual(['open 1', 'open 2', 'close 1'])
  })

  test('is asked once in ten seconds which cluster it leads to, and again over another connection', async () => {
    const [one, two] = [memoryCluster(), memoryCluster()]
    const uids = await Promise.all([one, two].map(async (each) => (await each.get(system))?.metadata.uid))
    const asked: string[] = []
    const reach = (name: string, to: ClusterApi): ClusterApi =>
      intercepted(to, (method) => {
        if (method === 'get') asked.push(name)
        return undefined
      })
    let connection = reach('first', one)
    await using m = await manage(async () => connection)
    const { signal } = new AbortController()
    const identity = () => m.identityOf(eu, signal)
    expect(await identity()).toBe(uids[0])
    await m.clock.advance(9_000)
    expect(await identity()).toBe(uids[0])
    expect(asked).toEqual(['first'])
    await m.clock.advance(1_000)
    expect(await identity()).toBe(uids[0])
    expect(asked).toEqual(['first', 'first'])
    connection = reach('second', two)
    await m.clock.advance(5_000)
    expect(await identity()).toBe(uids[0])
    // The line is looked at again ten seconds after the last time, and another connection is asked at once.
    await m.clock.advance(5_000)
    expect(await identity()).toBe(uids[1])
    expect(asked).toEqual(['first', 'first', 'second'])
  })

  test('which cluster it leads to is not what another connection has said a moment ago', async () => {
    const [one, two] = [memoryCluster(), memoryCluster()]
    let connection: ClusterApi = one
    await using m = await manage(async () => connection)
    const { signal } = new AbortController()
    const uidOf = async (api: ClusterApi) => (await api.get(system))?.metadata.uid
    await m.clusterOf(eu).get(map('a'))
    await m.clock.advance(9_000)
    expect(await m.identityOf(eu, signal)).toBe(await uidOf(one))
    connection = two
    await m.clock.advance(1_000)
    expect(await m.identityOf(eu, signal)).toBe(await uidOf(two))
  })

  test('a watch goes on over another connection, and misses and repeats nothing', async () => {
    const cluster = memoryCluster()
    const lines = counted(cluster)
    await using m = await manage(lines.connect)
    const line = m.clusterOf(eu)
    const { resourceVersion } = await line.list({ apiVersion: 'v1', kind: 'ConfigMap' })
    const seen: WatchEvent[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of line.watch({ apiVersion: 'v1', kind: 'ConfigMap' }, { resourceVersion, signal: stop.signal }))
        seen.push(event)
    })()
    await cluster.create(object('a'))
    await m.clock.advance(10_000)
    lines.want(2)
    await line.get(map('a'))
    await cluster.create(object('b'))
    await m.clock.advance(0)
    await cluster.create(object('c'))
    await m.clock.advance(0)
    expect(lines.log).toEqual(['open 1', 'open 2', 'close 1'])
    expect(seen.map((event) => (event.type === 'BOOKMARK' ? '' : event.object.metadata.name))).toEqual(['a', 'b', 'c'])
    stop.abort()
    await watching
  })

  test('asks for other credentials when they are not accepted, and does the call again with those', async () => {
    const lines = counted(memoryCluster())
    await using m = await manage(lines.connect)
    const line = m.clusterOf(eu)
    await line.create(object('a'))
    lines.faults.set(1, new FleetkitError('cluster/unauthorized', 'the token has expired'))
    expect((await failure(line.get(map('a')))).code).toBe('cluster/unauthorized')
    lines.want(2)
    expect((await line.get(map('a')))?.metadata.name).toBe('a')
    expect(lines.log).toEqual(['open 1', 'open 2', 'close 1'])
  })

  test('fails at once after three failures in a row, but for one call each half minute', async () => {
    const lines = counted(memoryCluster())
    await using m = await manage(lines.connect)
    const line = m.clusterOf(eu)
    let asked = 0
    const fault = new FleetkitError('cluster/unreachable', 'no route to host')
    lines.faults.set(1, fault)
    const ask = async (): Promise<FleetkitError> => {
      const error = await failure(line.get(map('a')))
      if (error === fault) asked++
      return error
    }
    for (let call = 0; call < 6; call++) await ask()
    expect(asked).toBe(3)
    const refused = await ask()
    expect([refused.code, refused.retryable, refused.message]).toEqual([
      'cluster/unreachable',
      true,
      'Cluster default/eu: it could not be reached several times in a row, so it is asked once in 30s: no route to host',
    ])
    await m.clock.advance(30_000)
    await Promise.all([ask(), ask(), ask()])
    expect(asked).toBe(4)
    lines.faults.clear()
    await ask()
    await m.clock.advance(30_000)
    expect(await line.get(map('a'))).toBeUndefined()
    expect(await line.get(map('b'))).toBeUndefined()
  })

  test('an apply of which nothing got through counts as a failure, and one in part does not', async () => {
    const cluster = memoryCluster()
    const fault = new FleetkitError('cluster/unreachable', 'no route to host')
    let lost: readonly string[] = ['a', 'b']
    const line = intercepted(cluster, (method, [objects]) =>
      method === 'apply'
        ? objects.map((each: KubeObject) => ({
            ref: map(each.metadata.name),
            ...(lost.includes(each.metadata.name) ? { error: fault } : { object: each, created: true }),
          }))
        : undefined,
    )
    await using m = await manage(async (_, { current }) => current ?? line)
    const apply = () => m.clusterOf(eu).apply([object('a'), object('b')], { fieldManager: 'test' })
    lost = ['a']
    for (let call = 0; call < 4; call++) await apply()
    lost = ['a', 'b']
    for (let call = 0; call < 3; call++) await apply()
    expect((await failure(apply())).code).toBe('cluster/unreachable')
  })

  test('goes on while the management itself cannot be asked, and ends when the cluster is no longer registered', async () => {
    const cluster = memoryCluster()
    let error: FleetkitError | undefined
    await using m = await manage(async (_, { current }) => {
      if (error !== undefined) throw error
      return current ?? cluster
    })
    const line = m.clusterOf(eu)
    await line.get(map('a'))
    await m.clock.advance(10_000)
    error = new FleetkitError('store/unavailable', 'locked')
    expect(await line.get(map('a'))).toBeUndefined()
    await m.clock.advance(10_000)
    for (const code of ['cluster/not-registered', 'cluster/config'] as const) {
      error = new FleetkitError(code, 'it may not be used any more', { ref: eu, retryable: true })
      expect((await failure(line.get(map('a')))).code).toBe(code)
    }
  })

  test('is of no use after the manager has ended', async () => {
    const lines = counted(memoryCluster())
    const m = await manage(lines.connect)
    const line = m.clusterOf(eu)
    await line.get(map('a'))
    await m[Symbol.asyncDispose]()
    expect(lines.log).toEqual(['open 1', 'close 1'])
    expect((await failure(line.get(map('a')))).code).toBe('aborted')
    expect(lines.opened()).toBe(1)
  })

  test('is refused by a manager without connect, with the option that it lacks', async () => {
    await using m = await manage(undefined)
    expect(() => m.clusterOf(eu)).toThrow('connect: found nothing, accepted what reaches clusters')
  })
})
