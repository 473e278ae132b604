import { randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { type ClusterApi, hasCode, type KubeObject } from 'fleetkit'
import { type KubernetesOptions, kubernetesCluster } from 'fleetkit/kubernetes'
import { expect, it } from 'vitest'
import { describeWithServers, sharedControlPlane, startApiServer } from '../../../servers/index.ts'
import { thingDefinition } from './thing.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const configMap = (namespace: string, name: string, data: Record<string, string> = {}): KubeObject => ({
  ...type,
  metadata: { namespace, name },
  data,
})

/** The shared cluster and a namespace in it. */
async function connect(options: KubernetesOptions = {}): Promise<{ readonly cluster: ClusterApi; readonly namespace: string }> {
  const { kubeconfig } = await sharedControlPlane()
  const cluster = await kubernetesCluster({ kubeconfig, ...options })
  const namespace = `kube-${randomBytes(4).toString('hex')}`
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  return { cluster, namespace }
}

/** Passes connections on to a server and counts them. */
async function countingProxy(target: string): Promise<AsyncDisposable & { readonly url: string; readonly connections: () => number }> {
  let connections = 0
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    connections++
    const to = net.connect(Number(new URL(target).port), '127.0.0.1')
    for (const end of [socket, to]) {
      sockets.add(end)
      end.on('error', () => {}).on('close', () => sockets.delete(end))
    }
    socket.pipe(to).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describeWithServers('kubernetesCluster', () => {
  it('applies a definition and its objects in one go', async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    const id = `thing${randomBytes(4).toString('hex')}`
    const kind = `T${id.slice(1)}`
    const object: KubeObject = { apiVersion: 'test.fleetkit.dev/v1', kind, metadata: { namespace, name: 'a' }, spec: { variant: 1 } }
    expect(await cluster.discover(object)).toBeUndefined()
    const results = await cluster.apply([object, thingDefinition(`${id}s`, kind), { ...object, metadata: { namespace, name: 'b' } }], {
      fieldManager: 'test',
    })
    expect(results.map((result) => ('error' in result ? result.error.message : result.created))).toEqual([true, true, true])
    await cluster.delete({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `${id}s.test.fleetkit.dev` })
  })

  it('does not wait for a type without a definition', async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    const started = performance.now()
    const [result] = await cluster.apply([{ apiVersion: 'no.such.group/v1', kind: 'Nothing', metadata: { namespace, name: 'a' } }], {
      fieldManager: 'test',
    })
    expect(result).toMatchObject({ error: { code: 'cluster/unknown-kind' } })
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('tells created from changed, and others’ fields from its own', async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    const apply = async (value: string, fieldManager: string, options: object = {}): Promise<unknown> =>
      (await cluster.apply([configMap(namespace, 'a', { key: value })], { fieldManager, ...options }))[0]
    expect(await apply('1', 'one', { dryRun: true })).toMatchObject({ created: true })
    expect(await cluster.get({ ...type, namespace, name: 'a' })).toBeUndefined()
    expect(await apply('1', 'one')).toMatchObject({ created: true, object: { data: { key: '1' } } })
    expect(await apply('1', 'one')).toMatchObject({ created: false })
    expect(await apply('2', 'two')).toMatchObject({
      error: { code: 'cluster/field-conflict', conflicts: [{ manager: 'one', operation: 'Apply', fields: ['.data.key'] }] },
    })
    expect(await apply('2', 'two', { force: true })).toMatchObject({ created: false, object: { data: { key: '2' } } })
  })

  it('keeps one object’s error from the others, with every problem of it', async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    const results = await cluster.apply(
      [
        configMap(namespace, 'a'),
        { ...configMap(namespace, 'b'), unknown: 1 },
        configMap('no-such-namespace', 'c'),
        configMap(namespace, 'd', { key: 5 as unknown as string }),
        { ...type, metadata: {} } as KubeObject,
        configMap(namespace, 'e'),
      ],
      { fieldManager: 'test' },
    )
    expect(
      results.map((result) => ('error' in result ? [result.error.code, result.error.problems.map(({ path }) => path)] : 'applied')),
    ).toEqual([
      'applied',
      ['cluster/invalid', ['unknown']],
      ['cluster/namespace-missing', []],
      ['cluster/invalid', ['data.key']],
      ['model/invalid', ['metadata.name']],
      'applied',
    ])
  })

  it('never shows the value of a Secret in an error', async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    const secret = (more: object): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 's' }, ...more })
    const bad = [
      { data: { a: '%%hunter2%%' } },
      { data: { a: ['hunter2'] } },
      { stringData: { a: { b: 'hunter2' } } },
      { type: 'kubernetes.io/tls', stringData: { 'tls.key': 'hunter2' } },
      { data: 'hunter2' },
    ]
    for (const [index, result] of (await cluster.apply(bad.map(secret), { fieldManager: 'test' })).entries()) {
      expect(result, JSON.stringify(Object.keys(bad[index] ?? {}))).toMatchObject({ error: { code: 'cluster/invalid', retryable: false } })
      const { error } = result as { error: Error & { problems: unknown } }
      expect(JSON.stringify([error.message, error.problems])).not.toContain('hunter2')
    }
  })

  it('acts with the rights of a limited user, and of groups', async () => {
    const { limitedKubeconfig, kubeconfig } = await sharedControlPlane()
    const { cluster, namespace } = await connect()
    await using _ = cluster
    await using limited = await kubernetesCluster({ kubeconfig: limitedKubeconfig })
    const one = { ...type, namespace, name: 'a' }
    await expect(limited.get(one)).rejects.toMatchObject({ code: 'cluster/forbidden', message: expect.stringContaining('limited') })
    await expect(limited.watch(type, { namespace, resourceVersion: '1' })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'cluster/forbidden',
    })
    const [result] = await limited.apply([configMap(namespace, 'a')], { fieldManager: 'test' })
    expect(result).toMatchObject({ error: { code: 'cluster/forbidden' } })
    const rbac = 'rbac.authorization.k8s.io'
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }]
    await cluster.create({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { namespace, name: 'view' }, rules })
    const subjects = [
      { apiGroup: rbac, kind: 'User', name: 'limited' },
      { apiGroup: rbac, kind: 'Group', name: 'ops' },
    ]
    await cluster.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace, name: 'view' },
      subjects,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'view' },
    })
    // The API server learns of bindings by a watch of its own.
    await expect.poll(() => limited.get(one)).toBeUndefined()

    const config = JSON.parse(kubeconfig)
    Object.assign(config.users[0].user, { as: 'jane', 'as-groups': ['dev', 'ops'] })
    await using jane = await kubernetesCluster({ kubeconfig: JSON.stringify(config) })
    expect(await jane.get(one)).toBeUndefined()
    await expect(jane.create(configMap(namespace, 'a'))).rejects.toMatchObject({
      code: 'cluster/forbidden',
      message: expect.stringContaining('jane'),
    })
  })

  it('does not trust a server whose certificate it does not know, and does not try again', async () => {
    const { kubeconfig } = await sharedControlPlane()
    const config = JSON.parse(kubeconfig)
    delete config.clusters[0].cluster['certificate-authority-data']
    const without = JSON.stringify(config)
    await using cluster = await kubernetesCluster({ kubeconfig: without })
    await expect(cluster.get({ ...type, namespace: 'default', name: 'a' })).rejects.toMatchObject({
      code: 'cluster/unreachable',
      retryable: false,
      message: expect.stringMatching(/cannot be trusted/),
    })
    config.clusters[0].cluster['insecure-skip-tls-verify'] = true
    await using trusting = await kubernetesCluster({ kubeconfig: JSON.stringify(config) })
    expect(await trusting.get({ ...type, namespace: 'default', name: 'a' })).toBeUndefined()
    // What one line trusts is of no use to another, though their certificates are read once.
    await using knowing = await kubernetesCluster({ kubeconfig })
    expect(await knowing.get({ ...type, namespace: 'default', name: 'a' })).toBeUndefined()
    await using still = await kubernetesCluster({ kubeconfig: without })
    await expect(still.get({ ...type, namespace: 'default', name: 'a' })).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be trusted/),
    })
  })

  it('goes through a proxy, and checks the certificate for the configured name', async () => {
    const { kubeconfig } = await sharedControlPlane()
    const targets: (string | undefined)[] = []
    const proxy = http.createServer().on('connect', (request, socket) => {
      targets.push(request.url)
      const to = net.connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      to.on('error', () => {})
      socket.on('error', () => {})
      socket.pipe(to).pipe(socket)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const config = JSON.parse(kubeconfig)
    const { cluster } = config.clusters[0]
    const port = new URL(cluster.server).port
    Object.assign(cluster, {
      server: `https://cluster.invalid:${port}`,
      'proxy-url': `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`,
    })
    const get = async (): Promise<unknown> => {
      await using connected = await kubernetesCluster({ kubeconfig: JSON.stringify(config) })
      return await connected.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })
    }
    await expect(get()).rejects.toMatchObject({ code: 'cluster/unreachable', retryable: false })
    cluster['tls-server-name'] = 'kubernetes.default.svc'
    expect(await get()).toMatchObject({ metadata: { name: 'default' } })
    expect(new Set(targets)).toEqual(new Set([`cluster.invalid:${port}`]))
    proxy.closeAllConnections()
    proxy.close()
  })

  it.each([
    ['HTTP/2', true, 3],
    ['HTTP/1.1', false, 32],
  ])('needs few connections for many requests: %s', { timeout: 60_000 }, async (_protocol, http2, most) => {
    const { url, kubeconfig } = await sharedControlPlane()
    await using proxy = await countingProxy(url)
    const { cluster, namespace } = await connect({ kubeconfig: kubeconfig.replaceAll(url, proxy.url), http2, maxConcurrent: 16 })
    await using _ = cluster
    await Promise.all(Array.from({ length: 500 }, () => cluster.get({ ...type, namespace, name: 'a' })))
    expect(proxy.connections()).toBeLessThanOrEqual(most)
  })

  it('lets slow watchers hold up no request, and misses nothing of theirs', { timeout: 60_000 }, async () => {
    const { cluster, namespace } = await connect()
    await using _ = cluster
    // The controller manager makes a ConfigMap in each new namespace, whenever it comes to it.
    const labels = { of: 'test' }
    const ours = { namespace, labelSelector: { matchLabels: labels } }
    const { resourceVersion } = await cluster.list(type, ours)
    const watches = Array.from({ length: 20 }, () => cluster.watch(type, { ...ours, resourceVersion })[Symbol.asyncIterator]())
    const firsts = watches.map((watch) => watch.next())
    // 10 MB for each of the watchers, who take one event: far more than any window or buffer.
    const names = Array.from({ length: 40 }, (_, index) => `n${String(index).padStart(2, '0')}`)
    for (const name of names)
      await cluster.create({ ...type, metadata: { namespace, name, labels }, data: { filler: 'x'.repeat(250_000) } })
    await Promise.all(firsts)
    // None of the watchers takes anything meanwhile: a request that waited for one of them would never be answered.
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await cluster.get({ ...type, namespace, name: 'none' }, { signal: AbortSignal.timeout(30_000) })).toBeUndefined()
    const seen: string[] = []
    const slow = watches[0] as AsyncIterator<{ type: string; object?: KubeObject }>
    seen.push(((await firsts[0]) as IteratorYieldResult<{ object: KubeObject }>).value.object.metadata.name)
    while (seen.length < names.length) {
      const { value } = await slow.next()
      if (value.type !== 'BOOKMARK') seen.push(value.object.metadata.name)
    }
    expect(seen).toEqual(names)
  })

  it('misses no change and repeats none when the API server is restarted in the middle of a stream of writes', {
    timeout: 120_000,
  }, async () => {
    const { etcd } = await sharedControlPlane()
    await using server = await startApiServer({ etcd })
    await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
    const namespace = 'default'
    const mirror = new Map<string, string>()
    const versions = new Set<string>()
    const stop = new AbortController()
    let relists = 0
    let events = 0

    // What an informer does: list, watch, and list again only after store/relist.
    const watching = (async () => {
      while (!stop.signal.aborted) {
        try {
          const list = await cluster.list(type, { namespace, signal: stop.signal })
          mirror.clear()
          for (const { metadata, data } of list.items) mirror.set(metadata.name, JSON.stringify(data))
          for await (const event of cluster.watch(type, { namespace, resourceVersion: list.resourceVersion, signal: stop.signal })) {
            if (event.type === 'BOOKMARK') continue
            const { metadata, data } = event.object
            const key = `${event.type} ${metadata.name} ${metadata.resourceVersion}`
            expect(versions.has(key), `${key} came twice`).toBe(false)
            versions.add(key)
            events++
            if (event.type === 'DELETED') mirror.delete(metadata.name)
            else mirror.set(metadata.name, JSON.stringify(data))
          }
        } catch (error) {
          if (hasCode(error, 'store/relist')) relists++
          else if (!stop.signal.aborted && !hasCode(error, 'cluster/unreachable', 'cluster/unavailable')) throw error
        }
      }
    })()

    // Writes go on until each is acknowledged, over the restart.
    const acknowledged = new Map<string, string>()
    let restarted: Promise<void> | undefined
    for (let write = 0; write < 300; write++) {
      const name = `n${write % 60}`
      if (write === 150) restarted = server.stop({ kill: true }).then(() => server.start())
      for (;;) {
        try {
          if (write % 5 === 4) {
            await cluster.delete({ ...type, namespace, name: `n${(write - 2) % 60}` }).catch((error: unknown) => {
              if (!hasCode(error, 'store/not-found')) throw error
            })
            acknowledged.delete(`n${(write - 2) % 60}`)
          } else {
            const [result] = await cluster.apply([configMap(namespace, name, { write: String(write) })], { fieldManager: 'test' })
            if (result === undefined || 'error' in result) throw result?.error
            acknowledged.set(name, JSON.stringify({ write: String(write) }))
          }
          break
        } catch (error) {
          // After a restart roles take a moment to be known.
          expect(hasCode(error, 'cluster/unreachable', 'cluster/unavailable', 'cluster/forbidden'), String(error)).toBe(true)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }
    await restarted
    const expected = Object.fromEntries([...acknowledged].sort())
    await expect
      .poll(() => Object.fromEntries([...mirror].filter(([name]) => name !== 'kube-root-ca.crt').sort()), { timeout: 30_000 })
      .toEqual(expected)
    stop.abort()
    await watching
    expect(events).toBeGreaterThan(100)
    expect(relists).toBeLessThanOrEqual(1)
  })
})
