import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ClusterApi } from 'fleetkit'
import { type KubernetesOptions, kubernetesCluster } from 'fleetkit/kubernetes'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { configMap, json, type MockApiServer, type MockHandler, startMock } from './mock-api-server.ts'

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
      response.writeHead(code, { 'content-type': contentType })
      for (let left = 160; left > 0 && !response.destroyed; left--) {
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
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
