import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { KubeConfig } from '@kubernetes/client-node'
import fc from 'fast-check'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from '../../../internals.ts'
import { runs } from '../../../random-tests.ts'
import { findAssets } from '../../../servers/assets.ts'
import { describeWithServers } from '../../../servers/index.ts'

/** The parts of a kubeconfig that client-node reads too, without fields that are absent. */
function comparable({ currentContext, clusters, users, contexts }: Kubeconfig): unknown {
  const known = users.map(({ tokenFile, impersonate, exec, ...user }) => ({
    ...user,
    impersonate: impersonate?.user,
    exec: exec ? { command: exec.command } : undefined,
  }))
  return JSON.parse(JSON.stringify({ currentContext, clusters, users: known, contexts }))
}

function readByClientNode(text: string, directory: string | undefined): unknown {
  const config = new KubeConfig()
  config.loadFromString(text)
  if (directory !== undefined) config.makePathsAbsolute(directory)
  const given = <T>(value: T): T | undefined => value || undefined
  const clusters = config.clusters.map(({ name, server, caData, caFile, tlsServerName, skipTLSVerify, proxyUrl }) => ({
    name,
    server,
    caData: given(caData),
    caFile: given(caFile),
    tlsServerName: given(tlsServerName),
    skipTlsVerify: skipTLSVerify,
    proxyUrl: given(proxyUrl),
  }))
  const users = config.users.map(({ name, token, username, password, certData, certFile, keyData, keyFile, exec, ...user }) => ({
    name,
    token: given(token),
    username: given(username),
    password: given(password),
    certData: given(certData),
    certFile: given(certFile),
    keyData: given(keyData),
    keyFile: given(keyFile),
    exec: exec ? { command: exec.command } : undefined,
    authProvider: given(user.authProvider),
    impersonate: given(user.impersonateUser),
  }))
  const contexts = config.contexts.map(({ name, cluster, user }) => ({ name, cluster, user }))
  return JSON.parse(JSON.stringify({ currentContext: given(config.currentContext), clusters, users, contexts }))
}

const text = fc.constantFrom('a', 'b c', 'ä/"x"', 'on', '1', 'dir/file', '../file', '/abs/file', '', null)
const name = fc.constantFrom('a', 'b', 'c')
const record = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: readonly string[]): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys: requiredKeys as string[] })
/** Without a required field now and then. */
const entries = (
  inner: string,
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: readonly string[],
): fc.Arbitrary<unknown> => {
  const whole = record({ name, [inner]: record(fields, required) }, ['name', inner])
  const broken = record({ name: fc.option(name), [inner]: fc.option(record(fields, [])) }, [])
  return fc.array(fc.oneof({ arbitrary: whole, weight: 20 }, { arbitrary: broken, weight: 1 }), { maxLength: 3 })
}
const kubeconfig = record(
  {
    'current-context': fc.option(fc.constantFrom('a', '')),
    clusters: entries(
      'cluster',
      {
        server: fc.constantFrom('https://example.com', 'https://example.com/', 'http://10.0.0.1:8080/path/', 'here'),
        'certificate-authority': text,
        'certificate-authority-data': text,
        'tls-server-name': text,
        'insecure-skip-tls-verify': fc.constantFrom(true, false, null),
        'proxy-url': text,
      },
      ['server'],
    ),
    users: entries(
      'user',
      {
        token: text,
        username: text,
        password: text,
        'client-certificate': text,
        'client-certificate-data': text,
        'client-key': text,
        'client-key-data': text,
        as: text,
        exec: fc.record({ command: fc.constantFrom('get-token', '/bin/get-token') }),
        'auth-provider': fc.record({ name: fc.constant('gcp'), config: fc.constantFrom({}, { 'access-token': 'x' }) }),
      },
      [],
    ),
    contexts: entries('context', { cluster: name, user: fc.option(name), namespace: text }, ['cluster']),
    preferences: fc.constant({}),
  },
  [],
)

test('a kubeconfig is read as client-node reads it', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(kubeconfig, fc.constantFrom(undefined, '/home/me/.kube'), (value, directory) => {
      const source = JSON.stringify(value)
      let expected: unknown
      try {
        expected = readByClientNode(source, directory)
      } catch {
        refused++
        expect(() => parseKubeconfig(source, 'it', directory)).toThrow(/^it is malformed: \S+: found nothing, accepted a (text|mapping)$/)
        return
      }
      accepted++
      expect(comparable(parseKubeconfig(source, 'it', directory))).toEqual(expected)
    }),
    { numRuns: runs(500) },
  )
  expect(accepted).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(20)
})

test.each([
  ['users: [{ name: a, user: { token: 0123 } }]', 'users[0].user.token: found a number, accepted a text, in quotes'],
  ['users: [{ name: a, user: { as-groups: [1] } }]', 'users[0].user.as-groups[0]: found a number, accepted a text, in quotes'],
  ['users: [{ name: a, user: { exec: get-token } }]', 'users[0].user.exec: found a text, accepted a mapping'],
  ['users: { name: a }', 'users: found a mapping, accepted a list'],
  [
    'clusters: [{ name: a, cluster: { server: "https://a", insecure-skip-tls-verify: "no" } }]',
    'insecure-skip-tls-verify: found a text, accepted true or false',
  ],
  ['clusters: []\n---\nclusters: []\n', 'it has several documents'],
  ['clusters: [\n', 'it is not YAML: line 2:1: '],
  ['', 'the whole: found nothing, accepted a mapping'],
])('%j is refused: %s', (source, message) => {
  expect(() => parseKubeconfig(source, 'it')).toThrow(message)
})

const assets = inject('sharedServers') === null ? undefined : await findAssets()
describeWithServers('beside the real kubectl', () => {
  const kubectl = assets?.kubectl ?? 'kubectl'
  const view = async (files: readonly string[], ...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: files.join(path.delimiter) }
    return (await promisify(execFile)(kubectl, ['config', 'view', '--raw', '--minify', '--output=json', ...args], { env })).stdout
  }
  const temporary = async (): Promise<string> => {
    const directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-kubeconfig-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await mkdir(path.join(directory, 'more'))
    return directory
  }
  const one = `
# The first file to name something wins.
clusters:
- name: shared
  cluster: { server: https://first.example.com/, certificate-authority: ca.crt, tls-server-name: api, proxy-url: "http://proxy:3128" }
users:
- name: certificate
  user:
    client-certificate: ../client.crt
    client-key: client.key
contexts:
- name: first
  context: { cluster: shared, user: certificate, namespace: apps }
`
  const two = `
current-context: second
clusters:
- name: shared
  cluster: { server: https://second.example.com }
- name: other
  cluster: { server: https://other.example.com, certificate-authority-data: Y2E=, insecure-skip-tls-verify: yes }
users:
- name: certificate
  user: { token: ignored }
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: bin/get-token
      args: [--cluster, "1"]
      env: [{ name: REGION, value: eu }]
      provideClusterInfo: true
      interactiveMode: Never
- name: person
  user: { username: jane, password: "007", as: admin, as-uid: "7", as-groups: [a, b], as-user-extra: { scopes: [x] } }
- name: token
  user: { token: abc, tokenFile: token }
contexts:
- { name: second, context: { cluster: shared, user: plugin } }
- { name: third, context: { cluster: other, user: person } }
- { name: fourth, context: { cluster: other, user: token } }
`

  test.each([undefined, 'first', 'second', 'third', 'fourth'])(
    'several files are one, and the context %s selects the same',
    async (context) => {
      const directory = await temporary()
      const files = [path.join(directory, 'one'), path.join(directory, 'more', 'two')] as const
      await writeFile(files[0], one)
      await writeFile(files[1], two)
      const merged = mergeKubeconfigs([parseKubeconfig(one, 'one'), parseKubeconfig(two, 'two')])
      const expected = parseKubeconfig(await view(files, ...(context === undefined ? [] : [`--context=${context}`])), 'kubectl')
      const selected = merged.contexts.find(({ name }) => name === (context ?? merged.currentContext))
      expect(selected).toBeDefined()
      expect({
        ...merged,
        from: 'kubectl',
        currentContext: context ?? merged.currentContext,
        contexts: [selected],
        clusters: merged.clusters.filter(({ name }) => name === selected?.cluster),
        users: merged.users.filter(({ name }) => name === selected?.user),
      }).toEqual({ ...expected, clusters: expected.clusters.map((cluster) => ({ ...cluster, server: cluster.server.replace(/\/$/, '') })) })
    },
  )

  test('paths are relative to their file', async () => {
    const directory = await temporary()
    const file = path.join(directory, 'more', 'config')
    await writeFile(file, `${one}current-context: first\n`)
    for (const name of ['more/ca.crt', 'client.crt', 'more/client.key']) await writeFile(path.join(directory, name), name)
    const embedded = parseKubeconfig(await view([file], '--flatten'), 'kubectl')
    const { clusters, users } = parseKubeconfig(one, 'it', path.dirname(file))
    const read = (name: string | undefined): Promise<string> => readFile(name ?? '', 'base64')
    expect(await read(clusters[0]?.caFile)).toBe(embedded.clusters[0]?.caData)
    expect(await read(users[0]?.certFile)).toBe(embedded.users[0]?.certData)
    expect(await read(users[0]?.keyFile)).toBe(embedded.users[0]?.keyData)
  })

  test('what kubectl cannot read is refused', async () => {
    const directory = await temporary()
    const file = path.join(directory, 'config')
    const providers = [
      '{ auth-provider: { name: 7 } }',
      '{ auth-provider: { name: a, config: { expires-in: 7 } } }',
      '{ auth-provider: x }',
    ]
    for (const user of ['{ token: 0123 }', '{ as-groups: [1] }', '{ exec: get-token }', '{ password: true }', ...providers]) {
      const source = `users: [{ name: a, user: ${user} }]`
      await writeFile(file, source)
      await expect(view([file]), user).rejects.toThrow(/cannot unmarshal|Error/)
      expect(() => parseKubeconfig(source, 'it'), user).toThrow(/^it is malformed: users\[0\]/)
    }
  })
})
