import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { VirtualClock } from 'fleetkit/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { configMap, json, kubeconfigFor, type MockHandler, startMock, status } from './mock-api-server.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }
const ok: MockHandler = (_, response) => json(response, 200, configMap('a'))
const server = 'https://example.invalid'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-config-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true })
})

/** A credential plugin that notes each run, and gives the tokens of a file, one after the other. */
async function plugin(tokens: readonly object[]): Promise<{ readonly exec: object; runs(): Promise<readonly string[]> }> {
  const [script, log] = [path.join(directory, 'plugin.mjs'), path.join(directory, 'runs')]
  await writeFile(log, '')
  await writeFile(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs'
     const run = readFileSync(${JSON.stringify(log)}, 'utf8').split('\\n').length - 1
     appendFileSync(${JSON.stringify(log)}, process.env.KUBERNETES_EXEC_INFO + '\\n')
     const status = ${JSON.stringify(tokens)}[run]
     if (status === undefined) { console.error('no more tokens'); process.exit(3) }
     setTimeout(() => console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })), 50)`,
  )
  return {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [script], provideClusterInfo: true },
    runs: async () => (await readFile(log, 'utf8')).split('\n').slice(0, -1),
  }
}

/** Every place in a value, with a copy of the whole that has another value there. */
function places(whole: unknown): readonly { readonly path: string; set(value: unknown): unknown }[] {
  const children = typeof whole === 'object' && whole !== null ? Object.entries(whole) : []
  return [
    { path: '', set: (value) => value },
    ...children.flatMap(([key, child]) =>
      places(child).map(({ path, set }) => ({
        path: `${key}.${path}`,
        set: (value: unknown) =>
          Array.isArray(whole)
            ? whole.map((item, index) => (String(index) === key ? set(value) : item))
            : { ...(whole as object), [key]: set(value) },
      })),
    ),
  ]
}

describe('a kubeconfig', () => {
  it.each([
    ['that is not YAML', 'token: "secret-value', 'it is not YAML'],
    ['that is no mapping', 'secret-value', 'malformed'],
    ['without a server', JSON.stringify({ clusters: [{ name: 'mock', cluster: {} }] }), 'clusters[0].cluster.server'],
    [
      'without a current context',
      kubeconfigFor(server, {}, { 'current-context': '' }),
      'current-context: found nothing, accepted one of the contexts: mock',
    ],
    ['with a context that is not there', kubeconfigFor(server, {}, { 'current-context': 'x' }), 'current-context: found x, accepted mock'],
    [
      'with a cluster that is not there',
      kubeconfigFor(server, {}, { contexts: [{ name: 'mock', context: { cluster: 'x', user: 'me' } }] }),
      'contexts[mock].cluster: found x, accepted mock',
    ],
    [
      'with a user that is not there',
      kubeconfigFor(server, {}, { contexts: [{ name: 'mock', context: { cluster: 'mock', user: 'x' } }] }),
      'contexts[mock].user: found x, accepted me',
    ],
    ['with a server that is no URL', kubeconfigFor('here', {}), 'clusters[mock].server: found here'],
    [
      'with a certificate in no base64',
      kubeconfigFor(server, { 'client-certificate-data': '%%secret-value%%' }),
      'users[me].client-certificate-data',
    ],
    [
      'with a key that is no PEM',
      kubeconfigFor(server, { 'client-key-data': Buffer.from('secret-value').toString('base64') }),
      'users[me].client-key-data',
    ],
  ])('%s is refused, and the field is named', async (_, kubeconfig, message) => {
    const error = await kubernetesCluster({ kubeconfig }).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'cluster/config', message: expect.stringContaining(message) })
    expect(String(error)).not.toContain('secret-value')
  })

  it('with a value of the wrong type anywhere is read, or refused with the path of the value', async () => {
    const text = { token: 't', tokenFile: 'x', username: 'u', password: 'p', as: 'a', 'as-uid': '1' }
    const exec = {
      apiVersion: 'v1',
      command: 'c',
      args: ['a'],
      env: [{ name: 'N', value: 'v' }],
      installHint: 'h',
      provideClusterInfo: true,
    }
    const provider = { name: 'oidc', config: { 'client-id': 'x', 'id-token': 'y' } }
    const user = { ...text, 'as-groups': ['g'], 'as-user-extra': { scope: ['s'] }, exec, 'auth-provider': provider }
    const cluster = {
      server,
      'certificate-authority': 'ca',
      'tls-server-name': 'n',
      'insecure-skip-tls-verify': true,
      'proxy-url': 'http://p',
    }
    const whole = {
      'current-context': 'mock',
      clusters: [{ name: 'mock', cluster }],
      users: [{ name: 'me', user }],
      contexts: [{ name: 'mock', context: { cluster: 'mock', user: 'me' } }],
    }
    let refused = 0
    for (const { path, set } of places(whole))
      for (const wrong of [null, 7, true, 'secret-value', [], {}, [7], ['secret-value'], { a: 7 }, { a: 'secret-value' }, [{}]]) {
        const kubeconfig = JSON.stringify(set(wrong))
        const error = await kubernetesCluster({ kubeconfig, allowExec: true }).then(
          (cluster) => cluster[Symbol.asyncDispose](),
          (reason: unknown) => reason,
        )
        if (error === undefined) continue
        refused++
        expect(error, path).toMatchObject({ code: 'cluster/config' })
        if (typeof wrong !== 'string') expect(inspect(error)).not.toContain('secret-value')
      }
    expect(refused).toBeGreaterThan(300)
  })

  it('that keeps a secret where none belongs shows nothing of it', async () => {
    const hidden = 'hunter2'
    const clusterOf = (more: object): object => ({ clusters: [{ name: 'mock', cluster: { server, ...more } }] })
    const proxies = ['http_proxy', 'HTTPS_PROXY']
    for (const [kubeconfig, message] of [
      [kubeconfigFor(`https://jane:${hidden}@example.invalid`, {}), 'clusters[mock].server: found a URL with a user in it'],
      [kubeconfigFor(`jane:${hidden}@example invalid`, {}), 'clusters[mock].server'],
      [kubeconfigFor(server, {}, clusterOf({ 'proxy-url': `http://jane:${hidden}@[proxy` })), 'clusters[mock].proxy-url'],
      [kubeconfigFor(server, {}, clusterOf({ 'proxy-url': `jane:${hidden}@proxy` })), 'clusters[mock].proxy-url'],
      [kubeconfigFor(server, { token: `${hidden}\nx-more: y` }), 'users[me].token'],
      [kubeconfigFor(server, { token: `${hidden}ä` }), 'users[me].token'],
    ] as const) {
      const error = await kubernetesCluster({ kubeconfig }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'cluster/config', message: expect.stringContaining(message) })
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain(hidden)
    }
    for (const variable of proxies) {
      vi.stubEnv(variable, `http://jane:${hidden}@[proxy`)
      const error = await kubernetesCluster({ kubeconfig: kubeconfigFor(server, {}) }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'cluster/config', message: expect.stringContaining(variable) })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(hidden)
      vi.unstubAllEnvs()
    }
  })

  it.each([
    { maxConcurrent: 0 },
    { maxConcurrent: Number.NaN },
    { maxResponseBytes: -1 },
    { requestTimeoutMs: Number.POSITIVE_INFINITY },
    { maxWaiting: -1 },
    { maxWaiting: 1.5 },
    { connectTimeoutMs: -1 },
    { deadlineMs: Number.NaN },
    { retries: { attempts: 0.5 } },
    { retries: { baseMs: -1 } },
  ])('goes with limits that are some: %o', async (options) => {
    await expect(kubernetesCluster({ kubeconfig: kubeconfigFor(server, {}), ...options })).rejects.toMatchObject({ code: 'model/invalid' })
  })

  it('that is not there, or not anywhere, is refused', async () => {
    await expect(kubernetesCluster({ kubeconfigPath: path.join(directory, 'none') })).rejects.toMatchObject({
      code: 'cluster/config',
      message: expect.stringContaining('ENOENT'),
    })
    await expect(kubernetesCluster({ inCluster: true })).rejects.toMatchObject({ code: 'cluster/config' })
    await expect(kubernetesCluster({ kubeconfig: kubeconfigFor(server, {}), context: 'x' })).rejects.toMatchObject({
      problems: [{ path: 'context', found: 'x', accepted: 'mock' }],
    })
  })

  it.each([
    ['exec', { exec: { command: 'sh' } }],
    ['auth-provider', { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'sh' } } }],
    ['tokenFile', { tokenFile: '/etc/hostname' }],
    ['tokenFile', { 'token-file': '/etc/hostname' }],
    ['client-certificate', { 'client-certificate': '/etc/hostname' }],
    ['client-key', { 'client-key': '/etc/hostname' }],
  ])('out of a Secret runs nothing and reads nothing: %s is refused', async (field, user) => {
    const kubeconfig = kubeconfigFor(server, user)
    await expect(kubernetesCluster({ kubeconfig })).rejects.toMatchObject({
      code: 'cluster/config',
      problems: [{ path: `users[me].${field}` }],
    })
  })

  it('may be several files, of which the first to name something wins', async () => {
    await using mock = await startMock(ok)
    const [one, two] = [path.join(directory, 'one'), path.join(directory, 'two')]
    await writeFile(one, kubeconfigFor(mock.url, { token: 'first' }, { 'current-context': '', contexts: [] }))
    await writeFile(two, kubeconfigFor(server, { token: 'second' }))
    vi.stubEnv('KUBECONFIG', [one, two].join(path.delimiter))
    await using cluster = await kubernetesCluster()
    await cluster.get(ref)
    expect(mock.requests[0]?.headers.authorization).toBe('Bearer first')
  })

  it('names the user to act as', async () => {
    await using mock = await startMock(ok)
    const user = { token: 't', as: 'jane', 'as-uid': '7', 'as-groups': ['dev', 'ops'], 'as-user-extra': { 'example.com/scopes': ['view'] } }
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor(mock.url, user) })
    await cluster.get(ref)
    expect(mock.requests[0]?.headers).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': 'dev, ops',
      'impersonate-extra-example.com%2fscopes': 'view',
    })
  })

  it('may carry a password', async () => {
    await using mock = await startMock(ok)
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor(mock.url, { username: 'jane', password: 'pass' }) })
    await cluster.get(ref)
    expect(mock.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('jane:pass').toString('base64')}`)
  })
})

describe('a credential plugin', () => {
  it('runs once for many requests, gets the data of the cluster, and again a minute before its token ends', async () => {
    const clock = new VirtualClock()
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString()
    const { exec, runs } = await plugin([{ token: 'one', expirationTimestamp }, { token: 'two' }])
    await using mock = await startMock(ok)
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor(mock.url, { exec }), allowExec: true, clock })
    await Promise.all(Array.from({ length: 20 }, () => cluster.get(ref)))
    expect(await runs()).toHaveLength(1)
    expect(JSON.parse((await runs())[0] as string)).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: mock.url } },
    })
    await clock.advance(539_000)
    await cluster.get(ref)
    expect(mock.requests.at(-1)?.headers.authorization).toBe('Bearer one')
    await clock.advance(2000)
    await Promise.all(Array.from({ length: 20 }, () => cluster.get(ref)))
    expect(mock.requests.at(-1)?.headers.authorization).toBe('Bearer two')
    expect(await runs()).toHaveLength(2)
  })

  it('runs again, once, when its token is not accepted any more, and not for every response', async () => {
    const clock = new VirtualClock()
    const { exec, runs } = await plugin([{ token: 'one' }, { token: 'two' }, { token: 'three' }])
    const accepted = new Set(['Bearer one'])
    await using mock = await startMock((request, response) =>
      accepted.has(request.headers.authorization ?? '') ? ok(request, response) : json(response, 401, status(401, 'Unauthorized')),
    )
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor(mock.url, { exec }), allowExec: true, clock })
    await cluster.get(ref)
    await clock.advance(60_000)
    accepted.clear()
    accepted.add('Bearer two')
    await Promise.all(Array.from({ length: 20 }, () => cluster.get(ref)))
    expect(await runs()).toHaveLength(2)
    accepted.clear()
    for (let attempt = 0; attempt < 5; attempt++) await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/unauthorized' })
    expect(await runs()).toHaveLength(2)
  })

  it('that fails or cannot be run is unauthorized, without what it said, which may be its token', async () => {
    const { exec } = await plugin([])
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor('http://127.0.0.1:1', { exec }), allowExec: true })
    await expect(cluster.get(ref)).rejects.toMatchObject({
      code: 'cluster/unauthorized',
      message: expect.stringMatching(/users\[me\]\.exec: .*ended with 3; run by hand it says why$/),
    })
    // What it prints on stderr and is started with may be its token.
    const leaking = { exec: { command: process.execPath, args: ['-e', 'console.error("hunter2"); process.exit(1)', 'hunter2'] } }
    const absent = { exec: { command: path.join(directory, 'none'), args: ['--token=hunter2'], env: [{ name: 'T', value: 'hunter2' }] } }
    const impossible = { exec: { command: 'x', args: ['--token=hunter2\0'] } }
    const talking = { exec: { command: process.execPath, args: ['-e', 'console.log("hunter2")'] } }
    const odd = { exec: { command: process.execPath, args: ['-e', 'console.log(JSON.stringify({ status: { token: "hunter2\\n" } }))'] } }
    for (const user of [leaking, absent, impossible, talking, odd]) {
      await using leaky = await kubernetesCluster({ kubeconfig: kubeconfigFor('http://127.0.0.1:1', user), allowExec: true })
      const error = await leaky.get(ref).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: expect.stringMatching(/^cluster\/(unauthorized|config)$/) })
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('hunter2')
    }
    const missing = { exec: { command: path.join(directory, 'none'), installHint: 'Get it from example.com' } }
    await using other = await kubernetesCluster({ kubeconfig: kubeconfigFor('http://127.0.0.1:1', missing), allowExec: true })
    await expect(other.get(ref)).rejects.toMatchObject({
      code: 'cluster/unauthorized',
      message: expect.stringMatching(/ENOENT\. Get it from example\.com/),
    })
  })
})

describe('a token file', () => {
  it('is read again after a minute, and at once when the token is refused', async () => {
    const clock = new VirtualClock()
    await writeFile(path.join(directory, 'token'), 'one\n')
    const accepted = new Set(['Bearer one', 'Bearer two'])
    await using mock = await startMock((request, response) =>
      accepted.has(request.headers.authorization ?? '') ? ok(request, response) : json(response, 401, status(401, 'Unauthorized')),
    )
    // Relative to the kubeconfig.
    await writeFile(path.join(directory, 'config'), kubeconfigFor(mock.url, { tokenFile: 'token' }))
    await using cluster = await kubernetesCluster({ kubeconfigPath: path.join(directory, 'config'), clock })
    await cluster.get(ref)
    await writeFile(path.join(directory, 'token'), 'two')
    await clock.advance(59_000)
    await cluster.get(ref)
    await clock.advance(2000)
    await cluster.get(ref)
    expect(mock.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer one', 'Bearer two'])
    accepted.add('Bearer three').delete('Bearer two')
    await writeFile(path.join(directory, 'token'), 'three')
    await clock.advance(10_000)
    expect(await cluster.get(ref)).toEqual(configMap('a'))
  })
})
