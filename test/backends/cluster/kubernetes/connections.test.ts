import http from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { WatchEvent } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, it, vi } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { configMap, json, kubeconfigFor, type MockHandler, startMock } from './mock-api-server.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const certificate = makeCertificate()
const event = `${JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })}\n`
const answer: MockHandler = (request, response) => {
  if (request.query.has('watch')) response.writeHead(200).write(event)
  else json(response, 200, configMap(request.path.split('/').at(-1) as string))
}

function breakConnection(response: object): void {
  const { stream } = response as Http2ServerResponse
  stream.session?.destroy()
}

/** A server that takes connections and says nothing in them. */
async function startMute(): Promise<AsyncDisposable & { readonly url: string; readonly taken: () => number; readonly open: () => number }> {
  let taken = 0
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    taken++
    sockets.add(
      socket
        .resume()
        .on('error', () => {})
        .on('close', () => sockets.delete(socket)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    taken: () => taken,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('connections', () => {
  it('to a server with HTTP/2 are one, for calls and watches, before it is made and after it broke', async () => {
    let isFirst = true
    const handler: MockHandler = (request, response) => {
      if (request.path.endsWith('/broken') && isFirst) {
        isFirst = false
        breakConnection(response)
      } else answer(request, response)
    }
    await using mock = await startMock(handler, { tls: certificate })
    await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig, retries: { baseMs: 1 } })
    const all = async (): Promise<void> => {
      const watches = Array.from({ length: 5 }, () => cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]())
      await Promise.all([...watches.map((watch) => watch.next()), ...Array.from({ length: 30 }, () => cluster.get(ref))])
      await Promise.all(watches.map((watch) => watch.return?.()))
    }
    await all()
    expect(mock.connections()).toBe(1)
    await cluster.get({ ...ref, name: 'broken' })
    await all()
    expect(mock.connections()).toBe(2)
  })

  it('to a server with HTTP/2 are more when watches use up the streams of one', async () => {
    await using mock = await startMock(answer, { tls: { ...certificate, maxStreams: 10 } })
    await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig })
    const watches = Array.from({ length: 25 }, () => cluster.watch(type, { resourceVersion: '1' })[Symbol.asyncIterator]())
    const events: readonly IteratorResult<WatchEvent>[] = await Promise.all(watches.map((watch) => watch.next()))
    expect(events).toHaveLength(25)
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    expect(mock.connections()).toBe(3)
  })

  it('to a server without HTTP/2 are one for each request at a time', async () => {
    let [waiting, most] = [[] as (() => void)[], 0]
    const handler: MockHandler = (_, response) => {
      waiting.push(() => json(response, 200, configMap('a')))
      most = Math.max(most, waiting.length)
      if (waiting.length < 4) return
      for (const respond of waiting) respond()
      waiting = []
    }
    await using mock = await startMock(handler, { tls: { ...certificate, http2: false } })
    await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig })
    await Promise.all(Array.from({ length: 8 }, () => cluster.get(ref)))
    expect(most).toBe(4)
    expect(mock.connections()).toBeLessThanOrEqual(9)
  })

  it('are attempted at most twenty at a time in the process, and an attempt that waits for the other side frees its place', async () => {
    const clock = new VirtualClock()
    await using mute = await startMute()
    const kubeconfig = kubeconfigFor(mute.url, {})
    const clusters = await Promise.all(Array.from({ length: 45 }, () => kubernetesCluster({ kubeconfig, clock })))
    const failed = clusters.map((cluster) => cluster.get(ref).catch(({ code }: { code: string }) => code))
    for (const count of [20, 40, 45]) {
      await vi.waitFor(() => expect(mute.taken()).toBe(count))
      await clock.advance(100)
    }
    await Promise.all(clusters.map((cluster) => cluster.close()))
    expect(new Set(await Promise.all(failed))).toEqual(new Set(['closed']))
    await vi.waitFor(() => expect(mute.open()).toBe(0))
  })

  it('that are not made in time fail all who wait, to the millisecond, and leave nothing', async () => {
    const clock = new VirtualClock()
    await using mute = await startMute()
    await using cluster = await kubernetesCluster({
      kubeconfig: kubeconfigFor(mute.url, {}),
      clock,
      connectTimeoutMs: 3000,
      retries: { attempts: 1 },
    })
    const failures: string[] = []
    const asking = [cluster.get(ref), cluster.list(type), cluster.discover({ apiVersion: 'example.com/v1', kind: 'Thing' })]
    for (const call of asking) call.catch(({ code, message }: Error & { code: string }) => failures.push(`${code}: ${message}`))
    await vi.waitFor(() => expect(mute.taken()).toBe(1))
    await clock.advance(2999)
    expect(failures).toEqual([])
    await clock.advance(1)
    await Promise.allSettled(asking)
    const host = new URL(mute.url).host
    for (const failure of failures) expect(failure).toContain(`cluster/unreachable: `)
    for (const failure of failures) expect(failure).toContain(`${host} cannot be reached: no connection within 3000 ms`)
    expect(failures).toHaveLength(3)
    await vi.waitFor(() => expect(mute.open()).toBe(0))
  })

  it.each([
    ['of the kubeconfig, which does not answer', true, false],
    ['of the kubeconfig, to a server that does not', true, true],
    ['of the environment, which does not answer', false, false],
    ['of the environment, to a server that does not', false, true],
  ])('that are not made in time through a proxy %s, fail as well', async (_, isConfigured, answers) => {
    const clock = new VirtualClock()
    let tunnels = 0
    await using mute = await startMute()
    const sockets = new Set<Duplex>()
    const proxy = http.createServer().on('connect', (_request, socket: Duplex) => {
      tunnels++
      sockets.add(socket.on('error', () => {}))
      if (!answers) return
      const to = net.connect(Number(new URL(mute.url).port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      socket.pipe(to.on('error', () => {})).pipe(socket)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`
    const cluster = { server: 'https://cluster.invalid', ...(isConfigured && { 'proxy-url': url }) }
    vi.stubEnv('https_proxy', isConfigured ? undefined : url)
    try {
      const kubeconfig = kubeconfigFor(cluster.server, {}, { clusters: [{ name: 'mock', cluster }] })
      await using connected = await kubernetesCluster({ kubeconfig, clock, connectTimeoutMs: 3000, retries: { attempts: 1 } })
      let failure = ''
      const call = connected.get(ref).catch(({ message }: Error) => (failure = message))
      await vi.waitFor(() => expect(answers ? mute.taken() : tunnels).toBe(1))
      await clock.advance(2999)
      expect(failure).toBe('')
      await clock.advance(1)
      await call
      expect(failure).toBe('ConfigMap default/a: cluster.invalid cannot be reached: no connection within 3000 ms')
    } finally {
      vi.unstubAllEnvs()
      for (const socket of sockets) socket.destroy()
      proxy.closeAllConnections()
      proxy.close()
    }
  })
})
