import { spawn } from 'node:child_process'
import dns, { type LookupAddress } from 'node:dns'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import net from 'node:net'
import type { ClusterApi } from 'fleetkit'
import { type KubernetesOptions, kubernetesCluster } from 'fleetkit/kubernetes'
import { VirtualClock } from 'fleetkit/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { advanceUntil, configMap, json, kubeconfigFor, type MockApiServer, type MockHandler, startMock } from './mock-api-server.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const object = { ...type, metadata: { namespace: 'default', name: 'a' } }
const ok: MockHandler = (_, response) => json(response, 200, configMap('a'))

function connect({ kubeconfig }: MockApiServer, options: KubernetesOptions = {}): Promise<ClusterApi> {
  return kubernetesCluster({ kubeconfig, random: () => 0.5, retries: { baseMs: 1, attempts: 1 }, ...options })
}

const calls: Readonly<Record<string, (cluster: ClusterApi) => Promise<unknown>>> = {
  get: (cluster) => cluster.get(ref),
  list: (cluster) => cluster.list(type),
  create: (cluster) => cluster.create(object),
  watch: (cluster) => cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next(),
  apply: async (cluster) => {
    const [result] = await cluster.apply([object], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
  },
}

describe.each([
  ['HTTP/1.1', undefined],
  ['HTTP/2', makeCertificate()],
])('an error of ten megabytes over %s', (_, tls) => {
  /** Sends ten megabytes as fast as they are taken, and notes how many were. */
  function endless(code: number, contentType: string): { readonly handler: MockHandler; readonly sent: () => number } {
    let sent = 0
    const chunk = Buffer.alloc(2 ** 16, 'x')
    const send = async (response: ServerResponse): Promise<void> => {
      response.writeHead(code, { 'content-type': contentType }).setMaxListeners(0)
      for (let left = 160; left > 0 && !response.destroyed; left--) {
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
        sent += chunk.length
      }
      response.end()
    }
    return { handler: (_, response) => void send(response), sent: () => sent }
  }

  it.each(Object.keys(calls))('says its status to %s, and is not taken in', async (name) => {
    const { handler, sent } = endless(403, 'text/html')
    await using mock = await startMock([handler, ok], tls && { tls })
    await using cluster = await connect(mock, { compress: true })
    await expect(calls[name]?.(cluster)).rejects.toMatchObject({
      code: 'cluster/forbidden',
      message: expect.stringContaining('it answered 403'),
    })
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    expect(sent()).toBeLessThan(8_000_000)
  })

  it('is tried again by its status, as any', async () => {
    const { handler } = endless(503, 'application/json')
    await using mock = await startMock([handler, handler, ok], tls && { tls })
    await using cluster = await connect(mock, { retries: { baseMs: 1 } })
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    expect(mock.requests).toHaveLength(3)
  })
})

/** What a call came to: `ok`, or the code and the message of its error. */
function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    ({ code, message }: Error & { readonly code?: string }) => `${code}: ${message}`,
  )
}

describe('a cluster that does not answer', () => {
  const hang: MockHandler = () => {}

  it('has as many calls wait as may, and refuses one more at once; its watches go on', async () => {
    let release: (() => void) | undefined
    await using mock = await startMock((request, response) => {
      if (request.query.has('watch')) response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })}\n`)
      else if (request.path.endsWith('/slow')) release = () => ok(request, response)
      else ok(request, response)
    })
    await using cluster = await connect(mock, { maxConcurrent: 1, maxWaiting: 2 })
    await cluster.discover(type)
    const slow = outcome(cluster.get({ ...ref, name: 'slow' }))
    await vi.waitFor(() => expect(release).toBeDefined())
    const waiting = [outcome(cluster.get(ref)), outcome(cluster.get(ref))]
    await expect(cluster.get(ref)).rejects.toMatchObject({
      code: 'cluster/busy',
      retryable: true,
      ref,
      message: `ConfigMap default/a: ${new URL(mock.url).host} is busy: of its calls 1 are in flight and 2 wait, as many as may`,
    })
    expect(await cluster.apply([object], { fieldManager: 'test' })).toMatchObject([{ error: { code: 'cluster/busy' } }])
    release?.()
    await slow
    expect(await Promise.all(waiting)).toEqual(['ok', 'ok'])
    const { value } = await cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next()
    expect(value).toMatchObject({ type: 'ADDED' })
  })

  it('has a watch wait while it is busy', async () => {
    const clock = new VirtualClock()
    let release: (() => void) | undefined
    await using mock = await startMock((request, response) => {
      if (request.query.has('watch')) response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })}\n`)
      else release = () => ok(request, response)
    })
    await using cluster = await connect(mock, { clock, maxConcurrent: 1, maxWaiting: 0 })
    await cluster.discover(type)
    const slow = cluster.get(ref)
    await vi.waitFor(() => expect(release).toBeDefined())
    const watch = cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next()
    await vi.waitFor(() => expect(clock.nextWakeAt).toBeLessThan(clock.now() + 1000))
    release?.()
    await slow
    await advanceUntil(clock, watch, 100)
    expect(await watch).toMatchObject({ value: { type: 'ADDED' } })
  })

  it.each<[string, MockHandler, KubernetesOptions]>([
    ['to one try', hang, {}],
    ['to any of its tries', (_, response) => json(response, 503, {}), { retries: { attempts: 1000, baseMs: 10 } }],
    ['while others wait before', hang, { maxConcurrent: 1 }],
  ])('has calls end at their deadline, without an answer %s', async (_, handler, options) => {
    const clock = new VirtualClock()
    await using mock = await startMock(handler)
    await using cluster = await connect(mock, { clock, deadlineMs: 7000, random: () => 0.9, ...options })
    const start = clock.now()
    const ends: number[] = []
    const outcomes = [0, 1].map(() => outcome(cluster.get(ref)).finally(() => ends.push(clock.now() - start)))
    await advanceUntil(clock, Promise.all(outcomes), 500)
    for (const text of await Promise.all(outcomes))
      expect(text).toMatch(/^cluster\/unreachable: .*no answer within 7000 ms in all to get ConfigMap/)
    expect(ends).toEqual([7000, 7000])
  })

  it('has calls end at their deadline while it does not say what it serves, and each page of a list has its own', async () => {
    const clock = new VirtualClock()
    let [served, page] = [false, 0]
    const token = (): string => (++page < 5 ? `more-${page}` : '')
    const list: MockHandler = (_, response) =>
      void clock
        .sleep(4000)
        .then(() => json(response, 200, { kind: 'ConfigMapList', metadata: { resourceVersion: '1', continue: token() }, items: [] }))
    await using mock = await startMock(list, { discovery: () => (served ? false : undefined) })
    await using cluster = await connect(mock, { clock, deadlineMs: 5000, requestTimeoutMs: 6000 })
    const stuck = Promise.all([outcome(cluster.get(ref)), outcome(cluster.discover(type)), outcome(cluster.types())])
    expect(await advanceUntil(clock, stuck, 500)).toBeLessThanOrEqual(5500)
    for (const text of await stuck) expect(text).toMatch(/^cluster\/unreachable: .*no answer within 5000 ms in all/)
    served = true
    await clock.advance(1500)
    const whole = cluster.list(type)
    expect(await advanceUntil(clock, whole, 500)).toBeGreaterThanOrEqual(20_000)
    expect(await whole).toEqual({ items: [], resourceVersion: '1' })
  })

  it('may send one byte a second: the call ends at its time limit', async () => {
    const clock = new VirtualClock()
    let slow: ServerResponse | undefined
    await using mock = await startMock((_, response) => {
      slow = response.writeHead(200, { 'content-type': 'application/json' })
    })
    await using alive = await startMock(ok)
    await using cluster = await connect(mock, { clock, requestTimeoutMs: 10_000 })
    await using other = await connect(alive, { clock })
    const call = outcome(cluster.get(ref))
    await vi.waitFor(() => expect(slow).toBeDefined())
    for (let second = 0; second < 10; second++) {
      slow?.write(' ')
      expect(await other.get(ref)).toEqual(configMap('a'))
      await clock.advance(1000)
    }
    expect(await call).toMatch(/^cluster\/unreachable: .*no answer within 10000 ms to get/)
  })

  it('may be silent in a watch, which goes on over another connection', async () => {
    const clock = new VirtualClock()
    const silence: MockHandler = (_, response) => response.writeHead(200).flushHeaders()
    const event: MockHandler = (_, response) =>
      response.writeHead(200).write(`${JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })}\n`)
    await using mock = await startMock([silence, event])
    await using alive = await startMock(event)
    const [cluster, other] = [await connect(mock, { clock }), await connect(alive, { clock })]
    const silent = cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next()
    await vi.waitFor(() => expect(mock.requests).toHaveLength(1))
    expect(await other.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next()).toMatchObject({ done: false })
    expect(await advanceUntil(clock, silent, 10_000)).toBeGreaterThanOrEqual(150_000)
    expect(await silent).toMatchObject({ value: { type: 'ADDED' } })
    await Promise.all([cluster.close(), other.close()])
  })

  it('may never take a connection, which ends in time and holds up no other', async () => {
    const clock = new VirtualClock()
    // Its event loop stands, and it has no room for connections that are not taken.
    const program = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      process.stdout.write(String(server.address().port))
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20)
    })`
    const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [port] = await once(child.stdout, 'data')
    const full = Array.from({ length: 10 }, () => net.connect(Number(port), '127.0.0.1').on('error', () => {}))
    try {
      await using alive = await startMock(ok)
      await using other = await connect(alive)
      const kubeconfig = kubeconfigFor(`https://127.0.0.1:${port}`, {})
      const options = { kubeconfig, clock, connectTimeoutMs: 4000, retries: { attempts: 1 } }
      const clusters = await Promise.all(Array.from({ length: 30 }, () => kubernetesCluster(options)))
      const stuck = clusters.map((cluster) => outcome(cluster.get(ref)))
      await vi.waitFor(() => expect(clock.nextWakeAt).toBe(clock.now() + 100))
      // All places are taken by those that began; they free them.
      const got = other.get(ref)
      await clock.advance(100)
      expect(await got).toEqual(configMap('a'))
      await advanceUntil(clock, Promise.all(stuck), 100)
      for (const text of await Promise.all(stuck))
        expect(text).toMatch(/^cluster\/unreachable: .*cannot be reached: no connection within 4000 ms/)
      await Promise.all(clusters.map((cluster) => cluster.close()))
    } finally {
      for (const socket of full) socket.destroy()
      child.kill('SIGKILL')
    }
  })
})

describe('a name that does not resolve', () => {
  const asked: string[] = []
  let lookup: (name: string) => Promise<readonly LookupAddress[]>
  beforeEach(() => {
    vi.spyOn(dns.promises, 'lookup').mockImplementation(((name: string) => {
      asked.push(name)
      return lookup(name)
    }) as never)
    const resolve4 = async (_name: string): Promise<readonly string[]> => {
      if (_name === 'alive.invalid') return ['127.0.0.1']
      throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })
    }
    vi.spyOn(dns.promises, 'Resolver').mockImplementation(
      class {
        resolve4 = resolve4
        resolve6 = async (): Promise<readonly string[]> => []
      } as never,
    )
  })
  afterEach(() => vi.restoreAllMocks())

  it('is an error that says so', async () => {
    lookup = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND gone.invalid'), { code: 'ENOTFOUND' })
    }
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor('https://gone.invalid', {}), retries: { attempts: 1 } })
    await expect(cluster.get(ref)).rejects.toMatchObject({
      code: 'cluster/unreachable',
      retryable: true,
      message: 'ConfigMap default/a: gone.invalid cannot be reached: ENOTFOUND',
    })
  })

  it('holds one thread, however many there are, and no cluster that has a name', async () => {
    const clock = new VirtualClock()
    const hanging: PromiseWithResolvers<readonly LookupAddress[]>[] = []
    lookup = () => {
      const pending = Promise.withResolvers<readonly LookupAddress[]>()
      hanging.push(pending)
      return pending.promise
    }
    asked.length = 0
    await using alive = await startMock(ok)
    const named = alive.kubeconfig.replace('127.0.0.1', 'alive.invalid')
    const options = { clock, connectTimeoutMs: 4000, retries: { attempts: 1 } }
    const dead = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        kubernetesCluster({ ...options, kubeconfig: kubeconfigFor(`https://dead-${index}.invalid`, {}) }),
      ),
    )
    const stuck = dead.map((cluster) => outcome(cluster.get(ref)))
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    await using cluster = await kubernetesCluster({ ...options, kubeconfig: named })
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    await advanceUntil(clock, Promise.all(stuck), 500)
    for (const text of await Promise.all(stuck))
      expect(text).toMatch(/^cluster\/unreachable: .*dead-\d.invalid cannot be reached: no connection within 4000 ms/)
    expect(asked).toHaveLength(1)
    await Promise.all(dead.map((cluster) => cluster.close()))
    lookup = async () => {
      throw new Error('gone')
    }
    hanging[0]?.reject(new Error('gone'))
  })
})

describe('a certificate', () => {
  it.each([
    ['that has expired', makeCertificate({ until: '20200101000000Z' }), 'CERT_HAS_EXPIRED'],
    ['for another host', makeCertificate({ host: 'other.example.com' }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s is one error, and is not tried again', async (_, tls, reason) => {
    await using mock = await startMock(ok, { tls })
    await using alive = await startMock(ok, { tls: makeCertificate() })
    await using cluster = await connect(mock, { retries: { attempts: 5, baseMs: 1 } })
    await using other = await connect(alive)
    const outcomes = await Promise.all([outcome(cluster.get(ref)), outcome(cluster.create(object)), outcome(other.get(ref))])
    const refused = `the connection to ${new URL(mock.url).host} cannot be trusted or made: ${reason}`
    expect(outcomes).toEqual([...Array<string>(2).fill(`cluster/unreachable: ConfigMap default/a: ${refused}`), 'ok'])
    await expect(cluster.get(ref)).rejects.toMatchObject({ retryable: false })
    expect(mock.requests).toHaveLength(0)
  })
})
