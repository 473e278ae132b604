import diagnostics from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type ClusterApi, FleetkitError, type Lease, type WatchEvent } from 'fleetkit'
import { type KubernetesOptions, kubernetesCluster } from 'fleetkit/kubernetes'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, it } from 'vitest'
import {
  advanceUntil,
  aggregatedGroups,
  configMap,
  json,
  type MockApiServer,
  type MockHandler,
  startMock,
  status,
} from './mock-api-server.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const object = { ...type, metadata: { namespace: 'default', name: 'a' } }
const ok: MockHandler = (_, response) => json(response, 200, configMap('a'))
const hang: MockHandler = () => {}
const reset: MockHandler = (_, response) => response.socket?.resetAndDestroy()

/** Quick retries, the same each time. */
function connect({ kubeconfig }: MockApiServer, options: KubernetesOptions = {}): Promise<ClusterApi> {
  return kubernetesCluster({ kubeconfig, random: () => 0.5, retries: { baseMs: 10 }, ...options })
}

describe('requests', () => {
  it('wait as long as a 429 asks, and not longer than they may', async () => {
    const clock = new VirtualClock()
    const throttled =
      (seconds: string): MockHandler =>
      (_, response) =>
        json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': seconds })
    await using mock = await startMock([throttled('7'), (_, response) => json(response, 201, configMap('a')), throttled('3600')])
    await using cluster = await connect(mock, { clock })
    const created = cluster.create(object)
    const waited = await advanceUntil(clock, created)
    expect((await created).metadata.name).toBe('a')
    expect(waited).toBeGreaterThanOrEqual(7000)
    expect(waited).toBeLessThanOrEqual(9000)
    await expect(cluster.create(object)).rejects.toMatchObject({ code: 'cluster/throttled', retryable: true, retryAfterMs: 300_000 })
    expect(mock.requests).toHaveLength(3)
  })

  it('are not sent for a lease that ended while they waited for a connection', async () => {
    await using mock = await startMock([ok, hang, ok])
    await using cluster = await connect(mock)
    await cluster.get(ref)
    const over = new AbortController()
    const lost = new FleetkitError('store/lease-lost', 'it could not be renewed in time')
    const lease = { holder: 'me', namespace: 'default', name: 'leader', uid: '1', term: 1, signal: over.signal } as Lease
    const connected = (): void => over.abort(lost)
    // The one connection is busy, so that the next request needs another.
    const busy = cluster.get(ref).catch(() => {})
    diagnostics.subscribe('undici:client:connected', connected)
    try {
      await expect(cluster.apply([object], { fieldManager: 'test', lease })).rejects.toBe(lost)
    } finally {
      diagnostics.unsubscribe('undici:client:connected', connected)
    }
    expect(over.signal.aborted).toBe(true)
    await cluster.close()
    await busy
    expect(mock.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it.each([500, 502, 503, 504])('that may safely be done twice are tried again after %i', async (code) => {
    await using mock = await startMock([(_, response) => response.writeHead(code).end('<html>'), ok])
    await using cluster = await connect(mock)
    const [result] = await cluster.apply([object], { fieldManager: 'test' })
    expect(result).toMatchObject({ created: false, object: { metadata: { name: 'a' } } })
    expect(mock.requests).toHaveLength(2)
  })

  it('that may not are not', async () => {
    await using mock = await startMock([(_, response) => json(response, 503, status(503, 'ServiceUnavailable')), reset, ok])
    await using cluster = await connect(mock)
    await expect(cluster.create(object)).rejects.toMatchObject({ code: 'cluster/unavailable', retryable: true })
    await expect(cluster.create(object)).rejects.toMatchObject({ code: 'cluster/unreachable', retryable: true })
    expect(mock.requests).toHaveLength(2)
  })

  it('give up after as many tries as they have', async () => {
    await using mock = await startMock((_, response) => json(response, 503, status(503, 'ServiceUnavailable')))
    await using cluster = await connect(mock, { retries: { attempts: 3, baseMs: 1 } })
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/unavailable' })
    expect(mock.requests).toHaveLength(3)
  })

  it('survive a connection that breaks before or in the middle of the response', async () => {
    const half: MockHandler = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"kind":')
      setTimeout(() => response.socket?.resetAndDestroy(), 20)
    }
    await using mock = await startMock([reset, half, ok])
    await using cluster = await connect(mock)
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    expect(mock.requests).toHaveLength(3)
  })

  it('whose deletion was carried out but not answered are no failure', async () => {
    const gone: MockHandler = (_, response) => json(response, 404, status(404, 'NotFound', 'gone', { kind: 'configmaps', name: 'a' }))
    await using mock = await startMock([reset, gone, gone])
    await using cluster = await connect(mock)
    await cluster.delete(ref)
    await expect(cluster.delete(ref)).rejects.toMatchObject({ code: 'store/not-found' })
  })

  it('to a server that does not exist fail soon and name it', async () => {
    const mock = await startMock(ok)
    await mock[Symbol.asyncDispose]()
    await using cluster = await connect(mock)
    await expect(cluster.get(ref)).rejects.toMatchObject({
      code: 'cluster/unreachable',
      message: expect.stringContaining(new URL(mock.url).host),
    })
  })

  it('end at their time limit when the server is slow', async () => {
    const clock = new VirtualClock()
    await using mock = await startMock([hang, ok])
    await using cluster = await connect(mock, { clock, requestTimeoutMs: 5000 })
    const slow = cluster.get(ref)
    const waited = await advanceUntil(clock, slow, 500)
    await expect(slow).rejects.toMatchObject({ code: 'cluster/unreachable', message: expect.stringContaining('5000 ms') })
    expect(waited).toBeLessThanOrEqual(7000)
    expect(await cluster.get(ref)).toEqual(configMap('a'))
  })

  it('end each at its own time limit, whatever others began before or after, and leave no timer', async () => {
    const clock = new VirtualClock()
    await using mock = await startMock([ok, hang, hang, ok, hang])
    await using cluster = await connect(mock, { clock, requestTimeoutMs: 5000 })
    await cluster.get(ref)
    expect(clock.nextWakeAt).toBeUndefined()
    const ended: string[] = []
    const begin = async (name: string, requests: number): Promise<void> => {
      void cluster.get(ref).catch(({ message }: Error) => ended.push(`${name}: ${/no answer within 5000 ms/.exec(message)}`))
      while (mock.requests.length < requests) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await begin('first', 2)
    await clock.advance(500)
    await begin('second', 3)
    await cluster.get(ref)
    await clock.advance(4499)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual(['first: no answer within 5000 ms'])
    await begin('third', 5)
    await clock.advance(499)
    expect(ended).toHaveLength(1)
    await clock.advance(1)
    expect(ended).toEqual(['first: no answer within 5000 ms', 'second: no answer within 5000 ms'])
    await clock.advance(4499)
    expect(ended).toHaveLength(2)
    await clock.advance(1)
    expect(ended[2]).toBe('third: no answer within 5000 ms')
  })

  it('that are aborted end at once and free their slot, in flight and in line', async () => {
    await using mock = await startMock([hang, ok])
    await using cluster = await connect(mock, { maxConcurrent: 1 })
    await cluster.discover(type)
    const [first, second] = [new AbortController(), new AbortController()]
    const flying = cluster.get(ref, { signal: first.signal })
    const waiting = cluster.get(ref, { signal: second.signal })
    while (mock.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    second.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    first.abort()
    await expect(flying).rejects.toMatchObject({ code: 'aborted' })
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    await expect(cluster.get(ref, { signal: first.signal })).rejects.toMatchObject({ code: 'aborted' })
    const applying = cluster.apply([object, object], { fieldManager: 'test', signal: first.signal })
    await expect(applying).rejects.toMatchObject({ code: 'aborted' })
  })

  it('to a dead cluster hold up no other', async () => {
    await using dead = await startMock(hang)
    await using alive = await startMock(ok)
    await using one = await connect(dead, { maxConcurrent: 4 })
    await using two = await connect(alive, { maxConcurrent: 4 })
    const stuck = Array.from({ length: 20 }, () => one.get(ref).catch((error: { code: string }) => error.code))
    while (dead.requests.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    await Promise.all(Array.from({ length: 20 }, () => two.get(ref)))
    expect(dead.requests).toHaveLength(4)
    await one[Symbol.asyncDispose]()
    expect(new Set(await Promise.all(stuck))).toEqual(new Set(['closed']))
  })

  it('never have more in flight than the limit, and give results in order', async () => {
    let [now, most] = [0, 0]
    await using mock = await startMock((request, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        json(response, 200, configMap(request.path.split('/').at(-1) as string))
      }, 5)
    })
    await using cluster = await connect(mock, { maxConcurrent: 3 })
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    const results = await cluster.apply(
      names.map((name) => ({ ...type, metadata: { namespace: 'default', name } })),
      { fieldManager: 'test', force: true, dryRun: true },
    )
    expect(results.map((result) => 'object' in result && result.object.metadata.name)).toEqual(names)
    expect(most).toBe(3)
    expect(Object.fromEntries(mock.requests[0]?.query ?? [])).toEqual({
      fieldManager: 'test',
      force: 'true',
      dryRun: 'All',
      fieldValidation: 'Strict',
    })
    expect(mock.requests[0]?.headers).toMatchObject({ 'content-type': 'application/apply-patch+yaml', authorization: 'Bearer the-token' })
  })

  it('refuse responses that are too large or not JSON', async () => {
    await using mock = await startMock([
      (_, response) => json(response, 200, { filler: 'x'.repeat(10_000) }),
      (_, response) => response.end('<html>'),
      (_, response) => json(response, 200, []),
    ])
    await using cluster = await connect(mock, { maxResponseBytes: 9000 })
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/protocol', retryable: false })
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/protocol' })
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/protocol' })
  })

  it('never request a path that a name makes up', async () => {
    await using mock = await startMock(ok)
    await using cluster = await connect(mock)
    for (const name of ['..', '.', 'a/b', 'a%2fb', ''])
      await expect(cluster.get({ ...ref, name })).rejects.toMatchObject({ code: 'cluster/invalid', problems: [{ path: 'metadata.name' }] })
    await expect(cluster.get({ ...ref, namespace: '../kube-system' })).rejects.toMatchObject({ code: 'cluster/invalid' })
    await expect(cluster.get({ ...type, name: 'a' })).rejects.toMatchObject({
      code: 'cluster/invalid',
      problems: [{ path: 'metadata.namespace' }],
    })
    expect(mock.requests).toHaveLength(0)
  })
})

describe('lists', () => {
  const page = (names: readonly string[], token = ''): object => ({
    kind: 'ConfigMapList',
    metadata: { resourceVersion: '9', continue: token },
    items: names.map((name) => ({ metadata: { name, namespace: 'default' } })),
  })

  it('come in pages, and in one when the pages expire', async () => {
    const expired: MockHandler = (_, response) => json(response, 410, status(410, 'Expired'))
    await using mock = await startMock([
      (_, response) => json(response, 200, page(['a'], 'more')),
      expired,
      (_, response) => json(response, 200, page(['b', 'a'])),
    ])
    await using cluster = await connect(mock)
    const list = await cluster.list(type, { labelSelector: { matchLabels: { app: 'web' } } })
    expect(list).toEqual({ resourceVersion: '9', items: ['a', 'b'].map((name) => ({ ...type, metadata: { name, namespace: 'default' } })) })
    expect(mock.requests.map(({ query }) => [query.get('limit'), query.get('continue'), query.get('labelSelector')])).toEqual([
      ['500', null, 'app=web'],
      ['500', 'more', 'app=web'],
      [null, null, 'app=web'],
    ])
  })

  it('are read compressed when that is on, and never beyond the limit', async () => {
    const gzipped: (body: object) => MockHandler = (body) => (request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip')
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(body)))
    }
    await using mock = await startMock([gzipped(page(['a'])), gzipped({ bomb: 'x'.repeat(1_000_000) })])
    await using cluster = await connect(mock, { compress: true, maxResponseBytes: 100_000 })
    expect((await cluster.list(type)).items).toHaveLength(1)
    await expect(cluster.list(type)).rejects.toMatchObject({ code: 'cluster/protocol' })
  })
})

describe('discovery', () => {
  it('asks once for all who wait, and for one API version on servers without the aggregated form', async () => {
    for (const aggregated of [true, false]) {
      await using mock = await startMock(ok, { aggregated })
      await using cluster = await connect(mock)
      await Promise.all(Array.from({ length: 20 }, () => cluster.get(ref)))
      expect(await cluster.discover(type)).toMatchObject({ plural: 'configmaps', namespaced: true, kind: 'ConfigMap' })
      expect(mock.discoveries.map(({ path }) => path).sort()).toEqual(aggregated ? ['/api'] : ['/api', '/api/v1'])
    }
  })

  const thing = { apiVersion: 'example.com/v1', kind: 'Thing' }
  const thingRef = { ...thing, namespace: 'default', name: 'a' }
  const notFound: MockHandler = (_, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')

  it('looks again for a type that was missing, but not for every request', async () => {
    const clock = new VirtualClock()
    let served: Readonly<Record<string, readonly string[]>> = {}
    await using mock = await startMock(ok, {
      discovery: ({ path }, response) => (path === '/apis' ? json(response, 200, aggregatedGroups(served)) : false),
    })
    await using cluster = await connect(mock, { clock })
    for (let attempt = 0; attempt < 10; attempt++) expect(await cluster.discover(thing)).toBeUndefined()
    expect(mock.discoveries).toHaveLength(1)
    served = { 'example.com/Thing': ['v1', 'v1beta1'] }
    await clock.advance(1000)
    expect(await cluster.discover(thing)).toMatchObject({ plural: 'things', apiVersions: ['example.com/v1', 'example.com/v1beta1'] })
    expect(await cluster.discover({ group: 'example.com', kind: 'Thing' })).toMatchObject(thing)
  })

  it('asks only for what changed', async () => {
    const clock = new VirtualClock()
    const etags: unknown[] = []
    await using mock = await startMock(ok, {
      discovery: ({ path, headers }, response) => {
        if (path !== '/apis') return false
        etags.push(headers['if-none-match'])
        return headers['if-none-match'] === '"A"'
          ? response.writeHead(304, { etag: '"A"' }).end()
          : json(response, 200, aggregatedGroups({ 'example.com/Thing': ['v1'] }), { etag: '"A"' })
      },
    })
    await using cluster = await connect(mock, { clock })
    expect(await cluster.discover({ ...thing, kind: 'Other' })).toBeUndefined()
    await clock.advance(1000)
    expect(await cluster.discover({ ...thing, kind: 'Other' })).toBeUndefined()
    expect(await cluster.discover(thing)).toMatchObject({ plural: 'things' })
    expect(etags).toEqual([undefined, '"A"'])
  })

  it('is asked again when the cluster knows no more of a path, so a definition may change, go and come back', async () => {
    let plural = 'things'
    const found: MockHandler = (request, response) => {
      const { method, path, query } = request
      if (plural === '' || !path.includes(`/${plural}`)) return notFound(request, response)
      if (query.has('watch')) return response.writeHead(200).end(`${JSON.stringify({ type: 'ADDED', object: stored })}\n`)
      return json(
        response,
        200,
        method === 'POST' || path.endsWith('/a') ? stored : { metadata: { resourceVersion: '9' }, items: [stored] },
      )
    }
    const stored = { ...thing, metadata: { name: 'a', namespace: 'default', resourceVersion: '1' } }
    await using mock = await startMock(found, {
      discovery: ({ path }, response) => {
        if (path !== '/apis') return false
        const served = aggregatedGroups(plural === '' ? {} : { 'example.com/Thing': ['v1'] })
        return json(response, 200, JSON.parse(JSON.stringify(served).replace('"things"', JSON.stringify(plural))))
      },
    })
    await using cluster = await connect(mock)
    const { resourceVersion: _, ...metadata } = stored.metadata
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => cluster.get(thingRef),
      list: () => cluster.list(thing),
      create: () => cluster.create({ ...stored, metadata }),
      update: () => cluster.update(stored),
      delete: () => cluster.delete(thingRef),
      apply: async () => {
        const [result] = await cluster.apply([{ ...stored, metadata }], { fieldManager: 'test' })
        if (result !== undefined && 'error' in result) throw result.error
      },
      watch: () => cluster.watch(thing, { resourceVersion: '1' })[Symbol.asyncIterator]().next(),
    }
    for (const [name, call] of Object.entries(calls)) {
      plural = 'things'
      await call()
      plural = 'renamed'
      await expect(call(), name).resolves.not.toThrow()
      plural = ''
      await expect(call(), name).rejects.toMatchObject({ code: 'cluster/unknown-kind' })
      await new Promise((resolve) => setTimeout(resolve, 510))
    }
  })

  it('that is not Kubernetes is no word that a type is not served', async () => {
    for (const answer of [notFound, (_: unknown, response: ServerResponse) => json(response, 200, { kind: 'Page' })]) {
      await using mock = await startMock(notFound, { discovery: answer as MockHandler })
      await using cluster = await connect(mock)
      for (const call of [() => cluster.get(ref), () => cluster.delete(ref), () => cluster.discover(thing), () => cluster.list(thing)])
        await expect(call()).rejects.toMatchObject({ code: 'cluster/protocol', retryable: true })
    }
    // A load balancer that answers 404 to what is served.
    await using mock = await startMock(notFound)
    await using cluster = await connect(mock)
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/protocol', ref })
    await expect(cluster.delete(ref)).rejects.toMatchObject({ code: 'cluster/protocol', ref })
  })

  it('of a group that cannot be served now names the group and the object', async () => {
    const stale = { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [] }] }
    const unavailable: MockHandler = (_, response) => response.writeHead(503, { 'content-type': 'text/plain' }).end('service unavailable\n')
    await using mock = await startMock(unavailable, {
      discovery: (request, response) => {
        if (request.path === '/apis') return json(response, 200, { kind: 'APIGroupDiscoveryList', items: [stale] })
        return request.path === '/api' ? false : unavailable(request, response)
      },
    })
    await using cluster = await connect(mock)
    const metrics = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', namespace: 'default', name: 'a' }
    await expect(cluster.get(metrics)).rejects.toMatchObject({
      code: 'cluster/unavailable',
      message: 'PodMetrics default/a: the API server cannot discover metrics.k8s.io/v1beta1 now: it answered 503',
      ref: metrics,
    })
    await expect(cluster.discover({ group: 'metrics.k8s.io', kind: 'PodMetrics' })).rejects.toMatchObject({ code: 'cluster/unavailable' })
    await expect(cluster.get(ref)).rejects.toMatchObject({
      message: 'ConfigMap default/a: the API server cannot get ConfigMap of v1 now: it answered 503',
    })
  })
})

describe('watches', () => {
  const line = (kind: string, name: string, version: string): string =>
    `${JSON.stringify({ type: kind, object: configMap(name, version) })}\n`
  const start: MockHandler = (_, response) => response.writeHead(200, { 'content-type': 'application/json' })

  async function collect(cluster: ClusterApi, count: number): Promise<readonly string[]> {
    const seen: string[] = []
    for await (const event of cluster.watch(type, { resourceVersion: '1' })) {
      seen.push(event.type === 'BOOKMARK' ? `BOOKMARK ${event.resourceVersion}` : `${event.type} ${event.object.metadata.name}`)
      if (seen.length === count) break
    }
    return seen
  }

  it('go on from the last event after a cut in the middle of one', async () => {
    const third = line('ADDED', 'c', '4')
    const cut: MockHandler = (request, response) => {
      start(request, response)
      response.write(line('ADDED', 'ä', '2') + line('MODIFIED', 'b', '3') + third.slice(0, 40))
      setTimeout(() => response.socket?.resetAndDestroy(), 30)
    }
    const rest: MockHandler = (request, response) => {
      start(request, response)
      // In pieces, as a network does.
      const bytes = Buffer.from(third + line('BOOKMARK', '', '8') + line('DELETED', 'ä', '9'))
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7))
    }
    await using mock = await startMock([cut, reset, rest])
    await using cluster = await connect(mock)
    expect(await collect(cluster, 5)).toEqual(['ADDED ä', 'MODIFIED b', 'ADDED c', 'BOOKMARK 8', 'DELETED ä'])
    expect(mock.requests.map(({ query }) => query.get('resourceVersion'))).toEqual(['1', '3', '3'])
    expect(mock.requests[0]?.query.get('allowWatchBookmarks')).toBe('true')
    expect(Number(mock.requests[0]?.query.get('timeoutSeconds'))).toBe(290)
  })

  it('go on from the last bookmark when the server ends them', async () => {
    const quiet: MockHandler = (request, response) => {
      start(request, response)
      response.end(line('BOOKMARK', '', '70'))
    }
    const later: MockHandler = (request, response) => {
      start(request, response)
      response.write(line('ADDED', 'a', '71'))
    }
    await using mock = await startMock([quiet, later])
    await using cluster = await connect(mock)
    expect(await collect(cluster, 2)).toEqual(['BOOKMARK 70', 'ADDED a'])
    expect(mock.requests[1]?.query.get('resourceVersion')).toBe('70')
  })

  it.each<[string, string | undefined, readonly string[], number, number]>([
    ['after a bookmark', line('BOOKMARK', '', '5'), ['BOOKMARK 5', 'ADDED a'], 180_000, 250_000],
    ['before the first one', undefined, ['ADDED a'], 150_000, 180_000],
  ])('do not trust a connection that is silent %s', async (_, said, expected, least, most) => {
    const clock = new VirtualClock()
    const silent: MockHandler = (request, response) => {
      start(request, response)
      if (said === undefined) response.flushHeaders()
      else response.write(said)
    }
    const later: MockHandler = (request, response) => {
      start(request, response)
      response.write(line('ADDED', 'a', '6'))
    }
    await using mock = await startMock([silent, later])
    await using cluster = await connect(mock, { clock })
    const collected = collect(cluster, expected.length)
    const waited = await advanceUntil(clock, collected, 10_000)
    expect(await collected).toEqual(expected)
    expect(waited).toBeGreaterThanOrEqual(least)
    expect(waited).toBeLessThanOrEqual(most)
  })

  describe('ask whether the server has the version that they go on from', () => {
    const event: MockHandler = (request, response) => {
      start(request, response)
      response.end(line('ADDED', 'a', '6'))
    }
    const list: MockHandler = (_, response) =>
      json(response, 200, { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '5' }, items: [] })
    // As kube-apiserver 1.36 answers.
    const tooLarge = status(504, 'Timeout', 'Too large resource version: 6, current: 4', {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })

    it('over each new connection, and not right after a list', async () => {
      const clock = new VirtualClock()
      await using mock = await startMock([list, event, event, list, event])
      await using cluster = await connect(mock, { clock })
      const { resourceVersion } = await cluster.list(type)
      const seen: string[] = []
      const watching = (async () => {
        for await (const change of cluster.watch(type, { resourceVersion })) if (seen.push(change.type) === 2) break
      })()
      await advanceUntil(clock, watching, 100)
      expect(mock.versions).toEqual(['6'])
      await cluster.list(type)
      await clock.advance(60_000)
      for await (const _ of cluster.watch(type, { resourceVersion })) break
      expect(mock.versions).toEqual(['6', '5'])
    })

    it('and end with store/relist where it does not', async () => {
      const clock = new VirtualClock()
      await using mock = await startMock([list, event, event], { version: (_, response) => json(response, 504, tooLarge) })
      await using cluster = await connect(mock, { clock })
      const { resourceVersion } = await cluster.list(type)
      const watching = (async () => {
        for await (const _ of cluster.watch(type, { resourceVersion })) void _
      })()
      const failed = expect(watching).rejects.toMatchObject({ code: 'store/relist' })
      await advanceUntil(
        clock,
        watching.catch(() => {}),
        100,
      )
      await failed
      expect(mock.requests.filter(({ query }) => query.has('watch'))).toHaveLength(1)
    })

    it('and go on where they may not ask', async () => {
      const version: MockHandler = (_, response) =>
        json(response, 403, status(403, 'Forbidden', 'configmaps is forbidden: User "me" cannot list resource "configmaps"'))
      await using mock = await startMock([event], { version })
      await using cluster = await connect(mock)
      expect(await collect(cluster, 1)).toEqual(['ADDED a'])
    })

    it('and wait while it cannot say', async () => {
      const clock = new VirtualClock()
      let asked = 0
      const version: MockHandler = (_, response) => {
        asked += 1
        if (asked < 12) json(response, 503, status(503, 'ServiceUnavailable'))
        else json(response, 200, { apiVersion: 'v1', kind: 'ConfigMapList', metadata: {}, items: [] })
      }
      await using mock = await startMock([event], { version })
      await using cluster = await connect(mock, { clock })
      const collected = collect(cluster, 1)
      await advanceUntil(clock, collected)
      expect([await collected, asked]).toEqual([['ADDED a'], 12])
    })
  })

  it('wait out a server that is unwell', async () => {
    const clock = new VirtualClock()
    const event: MockHandler = (request, response) => {
      start(request, response)
      response.write(line('ADDED', 'a', '6'))
    }
    const unwell: MockHandler[] = [500, 429, 503].map((code) => (_, response) => json(response, code, status(code, 'Unwell')))
    const timeout: MockHandler = (request, response) => {
      start(request, response)
      response.end(`${JSON.stringify({ type: 'ERROR', object: status(504, 'Timeout') })}\n`)
    }
    await using mock = await startMock([...unwell, timeout, reset, event])
    await using cluster = await connect(mock, { clock })
    const collected = collect(cluster, 1)
    await advanceUntil(clock, collected)
    expect(await collected).toEqual(['ADDED a'])
  })

  it('end with store/relist when their resourceVersion is too old, at the start or later', async () => {
    const atStart: MockHandler = (_, response) => json(response, 410, status(410, 'Expired', 'too old resource version'))
    const inStream: MockHandler = (request, response) => {
      start(request, response)
      response.write(`${line('ADDED', 'a', '2')}${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`)
    }
    await using mock = await startMock([atStart, inStream])
    await using cluster = await connect(mock)
    await expect(collect(cluster, 9)).rejects.toMatchObject({ code: 'store/relist' })
    await expect(collect(cluster, 9)).rejects.toMatchObject({ code: 'store/relist' })
    expect(mock.requests).toHaveLength(2)
  })

  it('end for good when they are not permitted', async () => {
    await using mock = await startMock((_, response) =>
      json(response, 403, status(403, 'Forbidden', 'User "x" cannot watch resource "configmaps"')),
    )
    await using cluster = await connect(mock)
    await expect(collect(cluster, 1)).rejects.toMatchObject({ code: 'cluster/forbidden' })
  })

  it('refuse an event that is too large', async () => {
    await using mock = await startMock((request, response) => {
      start(request, response)
      response.write('x'.repeat(20_000))
    })
    await using cluster = await connect(mock, { maxResponseBytes: 10_000 })
    await expect(collect(cluster, 1)).rejects.toMatchObject({ code: 'cluster/protocol' })
  })

  it('take no slot of the requests', async () => {
    const watchOrGet: MockHandler = (request, response) =>
      request.query.has('watch') ? response.writeHead(200).write(line('ADDED', 'a', '2')) : ok(request, response)
    await using mock = await startMock(watchOrGet)
    await using cluster = await connect(mock, { maxConcurrent: 1 })
    const iterators = Array.from({ length: 5 }, () => cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]())
    await Promise.all(iterators.map((iterator) => iterator.next()))
    expect(await cluster.get(ref)).toEqual(configMap('a'))
  })

  it('and everything else end when the cluster is closed', async () => {
    await using mock = await startMock((request, response) => {
      if (request.query.has('watch')) start(request, response)
    })
    const cluster = await connect(mock)
    await cluster.discover(type)
    const watching: Promise<IteratorResult<WatchEvent>> = cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]().next()
    const getting = cluster.get(ref)
    while (mock.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const outcomes = Promise.allSettled([watching, getting])
    await cluster[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'closed' })
    await expect(cluster.apply([object], { fieldManager: 'test' })).rejects.toMatchObject({ code: 'closed' })
  })
})
