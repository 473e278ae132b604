import type { JsonObject } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { expect, test } from 'vitest'
import { longestTurn } from '../../../long-turns.ts'
import { json, type MockHandler, startMock, status } from './mock-api-server.ts'

/** The answer of an API server to the question for the schemas of an API version. */
async function ask(handlers: MockHandler | readonly MockHandler[], times = 1) {
  await using mock = await startMock(handlers)
  await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig, retries: { attempts: 1 } })
  const answers: (JsonObject | undefined)[] = []
  for (let time = 0; time < times; time++) answers.push(await cluster.openApi?.('apps/v1'))
  return { answers, requests: mock.requests.map(({ path, headers }) => [path, headers['if-none-match']]) }
}

const documentOf = (schemas: unknown): object => ({
  openapi: '3.0.0',
  paths: { '/apis/apps/v1/deployments': { get: { operationId: 'list' } } },
  components: { schemas },
})

test('of a document the schemas are kept, without what describes them', async () => {
  const described = {
    type: 'object',
    description: 'x',
    properties: { description: { type: 'string', description: 'y' } },
    default: { description: 'z' },
  }
  const { answers } = await ask((_, response) => json(response, 200, documentOf({ a: described })))
  expect(answers).toEqual([
    {
      paths: { '/apis/apps/v1/deployments': {} },
      components: { schemas: { a: { type: 'object', properties: { description: { type: 'string' } }, default: { description: 'z' } } } },
    },
  ])
})

test('a limit that no double holds keeps its digits', async () => {
  const body = JSON.stringify(documentOf({ a: { maximum: 0, items: [{ minimum: 1 }] } }))
  const long = body.replace('"maximum":0', '"maximum":9223372036854775807').replace('"minimum":1', '"minimum":-9223372036854775807')
  const { answers } = await ask((_, response) => response.end(long))
  expect(JSON.stringify(answers[0]?.components)).toBe(
    '{"schemas":{"a":{"maximum":9223372036854775807,"items":[{"minimum":-9223372036854775807}]}}}',
  )
})

test('a document is sent again only when it has changed', async () => {
  const first: MockHandler = (_, response) => json(response, 200, documentOf({ a: {} }), { etag: '"1"' })
  const same: MockHandler = (_, response) => response.writeHead(304).end()
  const other: MockHandler = (_, response) => json(response, 200, documentOf({ b: {} }), { etag: '"2"' })
  const { answers, requests } = await ask([first, same, other, same], 4)
  expect(answers.map((answer) => answer?.components)).toEqual([
    { schemas: { a: {} } },
    { schemas: { a: {} } },
    { schemas: { b: {} } },
    { schemas: { b: {} } },
  ])
  const path = '/openapi/v3/apis/apps/v1'
  expect(requests).toEqual([
    [path, undefined],
    [path, '"1"'],
    [path, '"1"'],
    [path, '"2"'],
  ])
})

test('a server that has none says so, and one that fails is an error', async () => {
  expect((await ask((_, response) => json(response, 404, '404 page not found'))).answers).toEqual([undefined])
  await expect(
    ask((_, response) => json(response, 403, status(403, 'Forbidden', 'User "me" cannot get path "/openapi/v3/apis/apps/v1"'))),
  ).rejects.toMatchObject({ code: 'cluster/forbidden' })
})

const nested = `${'{"items":'.repeat(2000)}{}${'}'.repeat(2000)}`
const malformed: Readonly<Record<string, string>> = {
  'no document': '[]',
  'schemas that are a list': JSON.stringify(documentOf([])),
  'a schema that is none': JSON.stringify(documentOf({ a: 'x' })),
  'schemas without end': JSON.stringify(documentOf({ a: {} })).replace('"a":{}', `"a":${nested}`),
  'more than eight megabytes': JSON.stringify(documentOf({ a: { description: 'x'.repeat(9e6) } })),
}
test.each(Object.entries(malformed))('an answer that is %s is cluster/protocol', async (_, body) => {
  const answer = ask((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
  await expect(answer).rejects.toMatchObject({ code: 'cluster/protocol' })
})

test('a large document does not hold up the event loop', async () => {
  const field = {
    type: 'object',
    description: 'x'.repeat(300),
    properties: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`p${i}`, { type: 'string' }])),
  }
  const type = { type: 'object', properties: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, field])) }
  const body = JSON.stringify(documentOf(Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`t${i}`, type]))))
  expect(body.length).toBeGreaterThan(6e6)
  const turn = await longestTurn(() => ask((_, response) => response.end(body)))
  expect(turn).toBeLessThan(100)
})
