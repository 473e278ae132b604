import { inspect } from 'node:util'
import fc from 'fast-check'
import { type ClusterApi, FleetkitError, type Json, type KubeObject } from 'fleetkit'
import { type KubernetesOptions, kubernetesCluster } from 'fleetkit/kubernetes'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, it } from 'vitest'
import { connectionFailure } from '../../../internals.ts'
import { runs } from '../../../random-tests.ts'
import { advanceUntil, configMap, json, type MockApiServer, type MockHandler, startMock, status } from './mock-api-server.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const object = { ...type, metadata: { namespace: 'default', name: 'a' } }
const token = 'the-token'

function connect({ kubeconfig }: MockApiServer, options: KubernetesOptions = {}): Promise<ClusterApi> {
  return kubernetesCluster({ kubeconfig, random: () => 0.5, retries: { attempts: 1 }, ...options })
}

async function firstEvent(cluster: ClusterApi, signal?: AbortSignal): Promise<unknown> {
  for await (const event of cluster.watch(type, { resourceVersion: '1', signal })) return event
  return undefined
}

async function applyOne(cluster: ClusterApi): Promise<KubeObject> {
  const [result] = await cluster.apply([object], { fieldManager: 'test' })
  if (result === undefined || 'error' in result) throw result?.error
  return result.object
}

describe('a malformed answer is cluster/protocol, and nothing of it is repeated', () => {
  const secret = 'hunter2-hunter2'
  const wrongMetadata = [null, 1, 'x', [], {}, { name: 1 }, { name: '' }].concat(
    [
      { namespace: 1 },
      { labels: [secret] },
      { labels: { a: 1 } },
      { annotations: secret },
      { finalizers: {} },
      { finalizers: [1] },
      { ownerReferences: [secret] },
      { managedFields: 'x' },
      { resourceVersion: 7 },
      { generation: secret },
      { deletionTimestamp: 1 },
    ].map((wrong) => ({ ...configMap('a').metadata, ...wrong })) as never[],
  )
  const wrongObjects: readonly unknown[] = [
    null,
    true,
    7,
    secret,
    [],
    {},
    { kind: 'Status', status: 'Success' },
    { ...configMap('a'), kind: 'Secret' },
    { ...configMap('a'), apiVersion: secret },
    ...wrongMetadata.map((metadata) => ({ ...configMap('a'), metadata })),
  ]

  async function refused(call: Promise<unknown>): Promise<void> {
    const error = await call.then(
      (value) => expect.fail(`it was accepted: ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(FleetkitError)
    expect(error).toMatchObject({ code: 'cluster/protocol', retryable: true })
    expect(inspect(error)).not.toContain(secret)
  }

  it('whatever the call', async () => {
    let answer: unknown
    await using mock = await startMock((_, response) => json(response, 200, answer))
    await using cluster = await connect(mock)
    for (answer of [...wrongObjects, configMap('b'), { ...configMap('a'), metadata: { name: 'a', namespace: 'other' } }]) {
      await refused(cluster.get(ref))
      await refused(cluster.create(object))
      await refused(cluster.update(configMap('a')))
      await refused(applyOne(cluster))
    }
  })

  it('whatever is wrong with a list', async () => {
    let answer: unknown
    await using mock = await startMock((_, response) => json(response, 200, answer))
    await using cluster = await connect(mock)
    const metadata = { resourceVersion: '9' }
    const lists = [
      ...[null, 7, secret, [], {}, { items: [] }, { metadata: null, items: [] }, { metadata: { resourceVersion: 9 }, items: [] }],
      ...[
        { metadata: { ...metadata, continue: 5 }, items: [] },
        { metadata, items: {} },
        { metadata, items: secret },
      ],
      ...wrongMetadata.map((wrong) => ({ metadata, items: [configMap('a'), { metadata: wrong }] })),
      ...[null, 1, 'x', []].map((item) => ({ metadata, items: [item] })),
    ]
    for (answer of lists) {
      await refused(cluster.list(type))
      await refused(cluster.list(type, { limit: 10 }))
    }
    answer = { metadata, items: null }
    expect(await cluster.list(type)).toEqual({ resourceVersion: '9', items: [] })
  })

  it('whatever is wrong with an event or a bookmark', async () => {
    let answer: unknown
    await using mock = await startMock((_, response) => response.writeHead(200).end(`${JSON.stringify(answer)}\n`))
    await using cluster = await connect(mock)
    const events = [
      ...[null, 7, secret, [], {}, { type: 'OTHER', object: configMap('a') }, { type: 7, object: configMap('a') }],
      ...wrongObjects.flatMap((wrong) => ['ADDED', 'MODIFIED', 'DELETED'].map((type) => ({ type, object: wrong }))),
      ...[null, {}, { metadata: {} }, { metadata: { resourceVersion: '' } }, { metadata: { resourceVersion: 7 } }].map((wrong) => ({
        type: 'BOOKMARK',
        object: wrong,
      })),
    ]
    for (answer of events) await refused(firstEvent(cluster))
    for (answer of [null, 7, secret, [], { code: 'x' }].map((wrong) => ({ type: 'ERROR', object: wrong }))) {
      const aborter = new AbortController()
      const watching = firstEvent(cluster, aborter.signal)
      setTimeout(() => aborter.abort(), 20)
      expect(await watching).toBeUndefined()
    }
  })

  it('whatever is wrong with discovery', async () => {
    let answer: unknown
    await using mock = await startMock((_, response) => response.end(), {
      discovery: ({ path }, response) =>
        path === '/apis' ? json(response, 200, answer) : json(response, 200, { kind: 'APIResourceList', resources: answer }),
    })
    const aggregated = (item: unknown): unknown => ({ kind: 'APIGroupDiscoveryList', items: [item] })
    const version = (wrong: unknown): unknown => aggregated({ metadata: { name: 'example.com' }, versions: [wrong] })
    const resource = (wrong: object): unknown =>
      version({
        version: 'v1',
        resources: [{ resource: 'things', responseKind: { kind: 'Thing' }, scope: 'Namespaced', verbs: [], ...wrong }],
      })
    for (answer of [
      ...[null, 7, secret, [], {}, { kind: 'Page' }, { kind: 'APIGroupDiscoveryList', items: 7 }, aggregated(null), aggregated(7)],
      ...[aggregated({ metadata: 7 }), aggregated({ versions: {} }), version(null), version({}), version({ version: 7 })],
      ...[resource({ resource: 7 }), resource({ responseKind: 'x' }), resource({ verbs: 'get' }), resource({ subresources: [7] })],
      ...[
        { kind: 'APIGroupList', groups: 7 },
        { kind: 'APIGroupList', groups: [{ versions: [] }] },
      ],
    ]) {
      await using cluster = await connect(mock)
      await refused(cluster.get({ apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'a', name: 'a' }))
      await refused(cluster.discover({ group: 'example.com', kind: 'Thing' }))
    }
  })

  it('whatever it is', async () => {
    let answer: Json = null
    await using mock = await startMock((request, response) =>
      request.query.has('watch')
        ? response.writeHead(200).end(`${JSON.stringify({ type: 'ADDED', object: answer })}\n`)
        : json(response, 200, answer),
    )
    await using cluster = await connect(mock)
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        answer = JSON.parse(text)
        await Promise.all([cluster.get(ref), cluster.list(type), applyOne(cluster), firstEvent(cluster)].map(refused))
      }),
      { numRuns: runs(50) },
    )
  })
})

describe('an answer that is too much', () => {
  it('is a page larger than asked, which is taken as it is', async () => {
    const items = Array.from({ length: 200_000 }, (_, index) => ({ metadata: { name: `n${index}` } }))
    await using mock = await startMock((_, response) => json(response, 200, { metadata: { resourceVersion: '9' }, items }))
    await using cluster = await connect(mock)
    expect((await cluster.list(type, { limit: 10 })).items).toHaveLength(200_000)
    expect((await cluster.list(type)).items).toHaveLength(200_000)
  })

  it.each<readonly [string, (page: number) => string, number]>([
    ['the same token again', () => 'more', 1],
    ['a new token each time, without objects', (page) => `${page}`, 0],
    ['a new token each time, with one object', (page) => `${page}`, 1],
  ])('is a list that does not end: %s', async (_, tokenOf, size) => {
    let pages = 0
    await using mock = await startMock((_, response) => {
      const items = Array.from({ length: size }, () => ({ metadata: { name: `n${pages}` } }))
      json(response, 200, { metadata: { resourceVersion: '9', continue: tokenOf(pages++) }, items })
    })
    await using cluster = await connect(mock)
    await expect(cluster.list(type)).rejects.toMatchObject({ code: 'cluster/protocol' })
    expect(pages).toBeLessThanOrEqual(12)
  })

  it('is an error of megabytes, of which the first ten problems are shown, and how many more there are', async () => {
    const causes = Array.from({ length: 20_000 }, (_, index) => ({
      reason: 'FieldValueInvalid',
      message: `Invalid value: "${'x'.repeat(300)}": must be short`,
      field: `spec.list[${index}]`,
    }))
    const conflicts = causes.map(({ field }) => ({ reason: 'FieldManagerConflict', message: 'conflict with "other"', field: `.${field}` }))
    let body = {}
    let code = 422
    await using mock = await startMock((_, response) => json(response, code, body))
    await using cluster = await connect(mock)
    body = status(422, 'Invalid', 'y'.repeat(8_000_000), { causes })
    const invalid = await applyOne(cluster).then(
      () => expect.fail('it was accepted'),
      (error: FleetkitError) => error,
    )
    expect(invalid).toMatchObject({ code: 'cluster/invalid' })
    expect(invalid.message).toMatch(/spec\.list\[9\]: .*; and \d+ more$/)
    expect(invalid.problems[11]).toMatchObject({ path: 'spec.list[11]' })
    expect(inspect(invalid).length + JSON.stringify(invalid).length).toBeLessThan(1_000_000)
    code = 409
    body = status(409, 'Conflict', 'y'.repeat(8_000_000), { causes: conflicts })
    const conflict = await applyOne(cluster).then(
      () => expect.fail('it was accepted'),
      (error: FleetkitError) => error,
    )
    expect(conflict.message).toMatch(/and \d+ more to "other" \(Apply\)$/)
    for (code of [400, 403, 422, 500]) {
      body = status(code, 'z'.repeat(1_000_000), 'y'.repeat(8_000_000))
      const error = await applyOne(cluster).then(
        () => expect.fail('it was accepted'),
        (error: FleetkitError) => error,
      )
      expect(error.message.length).toBeLessThan(5000)
    }
  })

  it('is a time to wait, of which five minutes count', async () => {
    const clock = new VirtualClock()
    const body = status(503, 'ServiceUnavailable', 'later', { retryAfterSeconds: 1e300 })
    await using mock = await startMock((_, response) => json(response, 503, body, { 'retry-after': '99999999' }))
    await using cluster = await connect(mock, { clock, retries: { attempts: 5 } })
    for (const call of [() => cluster.list(type), () => cluster.get(ref), () => applyOne(cluster), () => cluster.create(object)])
      await expect(call()).rejects.toMatchObject({ code: 'cluster/unavailable', retryAfterMs: 300_000 })
    const before = mock.requests.length
    const aborter = new AbortController()
    const watching = firstEvent(cluster, aborter.signal)
    const stop = clock.sleep(3_600_000).then(() => aborter.abort())
    await advanceUntil(clock, Promise.all([watching, stop]), 60_000)
    expect(mock.requests.length - before).toBeGreaterThanOrEqual(8)
  })
})

describe('a watch that is ended at once', () => {
  const end: MockHandler = (_, response) => response.writeHead(200).end()

  it('goes on ever more slowly, and quickly again once something comes', async () => {
    const clock = new VirtualClock()
    const event = JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })
    const some: MockHandler = (_, response) => response.writeHead(200).end(`${event}\n`)
    await using mock = await startMock([...Array.from({ length: 12 }, () => end), some, end])
    await using cluster = await connect(mock, { clock })
    const started = clock.now()
    const watching = firstEvent(cluster)
    const waited = await advanceUntil(clock, watching, 500)
    expect(await watching).toMatchObject({ type: 'ADDED' })
    // 12 ends in a row, each followed by a wait twice as long, up to half a minute.
    expect(waited).toBeGreaterThan(100_000)
    expect(clock.now() - started).toBeLessThan(300_000)
    expect(mock.requests).toHaveLength(13)
  })

  it('costs few requests, whatever it brings', async () => {
    const clock = new VirtualClock()
    let version = 1
    const bookmark: MockHandler = (_, response) =>
      response.writeHead(200).end(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: `${++version}` } } })}\n`)
    await using mock = await startMock(bookmark)
    await using cluster = await connect(mock, { clock })
    const aborter = new AbortController()
    const watching = (async () => {
      for await (const _ of cluster.watch(type, { resourceVersion: '1', signal: aborter.signal }));
    })()
    const stop = clock.sleep(2000).then(() => aborter.abort())
    await advanceUntil(clock, Promise.all([watching, stop]), 20)
    expect(mock.requests.length).toBeLessThanOrEqual(20)
  })
})

describe('a credential', () => {
  it('that the server repeats is in no error', async () => {
    const say = `you sent ${token} as ${encodeURIComponent(token)}`
    const causes = [
      { reason: 'FieldValueInvalid', message: `Invalid value: "${token}": ${say}`, field: token },
      { reason: 'FieldManagerConflict', message: `conflict with "${token}"`, field: token },
    ]
    let [code, withCauses] = [400, true]
    const body = (): object => status(code, token, say, { ...(withCauses && { causes }), name: 'x', kind: token })
    await using mock = await startMock((request, response) =>
      request.query.has('watch') && code === 400
        ? response.writeHead(200).end(`${JSON.stringify({ type: 'ERROR', object: body() })}\n`)
        : json(response, code, body()),
    )
    await using cluster = await connect(mock)
    for (code of [400, 401, 403, 404, 409, 410, 422, 429, 500, 503])
      for (withCauses of [true, false])
        for (const call of [() => cluster.get(ref), () => cluster.list(type), () => applyOne(cluster), () => cluster.create(object)]) {
          const error = await call().catch((reason: unknown) => reason)
          if (error === undefined) continue
          expect(error).toBeInstanceOf(FleetkitError)
          expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + (error as Error).message).not.toContain(token)
        }
    code = 400
    const error = await firstEvent(cluster).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FleetkitError)
    expect(inspect(error)).not.toContain(token)
  })
})

describe('an error that is no failure of the network', () => {
  const coded = (code: string): Error => Object.assign(new Error('x'), { code })

  it.each([
    [new TypeError('undefined is not a function')],
    [new Error('no code')],
    [Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
    [coded('UND_ERR_INVALID_ARG')],
    [new TypeError('x', { cause: new RangeError('y') })],
  ])('is a mistake, and never tried again: %o', (error) => {
    expect(connectionFailure(error)).toBe('mistake')
  })

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'UND_ERR_INFO'])('is not one with the code %s', (code) => {
    expect(connectionFailure(coded(code))).toEqual({ kind: 'broken' })
    expect(connectionFailure(new TypeError('fetch failed', { cause: coded(code) }))).toEqual({ kind: 'broken' })
  })

  it('comes out as internal, with its cause', async () => {
    await using mock = await startMock((_, response) => response.end())
    await using cluster = await connect(mock, { userAgent: 'two\nlines' })
    const failure = await cluster.create(object).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'internal', retryable: false, cause: expect.any(Error) })
  })
})
