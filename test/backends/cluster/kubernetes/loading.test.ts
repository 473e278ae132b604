import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../../../scripts/entry-points.ts'
import { configMap, json, kubeconfigFor, type MockApiServer, startMock } from './mock-api-server.ts'

/**
 * Makes a cluster and one request in a process of its own. Prints the modules that were loaded, and what the request came to.
 * The folder of service accounts is moved into the temporary one.
 */
const script = `
  const { registerHooks, syncBuiltinESMExports } = process.getBuiltinModule('node:module')
  const files = process.getBuiltinModule('node:fs/promises')
  const { options, directory, withoutPartsOfUndici } = JSON.parse(process.argv[1])
  for (const name of ['access', 'readFile']) {
    const original = files[name]
    files[name] = (file, ...rest) => original(String(file).replace(/^\\/var\\/run\\/secrets\\//, directory + '/'), ...rest)
  }
  syncBuiltinESMExports()
  const loaded = new Set()
  registerHooks({
    resolve: (specifier, context, next) => {
      if (withoutPartsOfUndici && specifier.startsWith('undici/')) throw new Error(specifier + ' does not exist')
      return next(specifier, context)
    },
    load: (url, context, next) => { loaded.add(url); return next(url, context) },
  })
  const { kubernetesCluster } = await import('fleetkit/kubernetes')
  const cluster = await kubernetesCluster({ retries: { attempts: 1 }, allowExec: true, ...options })
  const outcome = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }).then(
    ({ metadata }) => metadata.name,
    ({ code }) => code,
  )
  await cluster[Symbol.asyncDispose]()
  console.log(JSON.stringify({ outcome, loaded: [...loaded] }))
`

interface Run {
  readonly outcome: string
  /** Modules that are not fleetkit's own, those of Node included. */
  readonly foreign: readonly string[]
}

let directory: string
let mock: MockApiServer
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-loading-'))
  mock = await startMock((_, response) => json(response, 200, configMap('a')))
})
afterAll(async () => {
  await mock[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

async function run(
  options: object,
  more: { readonly env?: NodeJS.ProcessEnv; readonly withoutPartsOfUndici?: boolean } = {},
): Promise<Run> {
  const input = JSON.stringify({ options, directory, withoutPartsOfUndici: more.withoutPartsOfUndici ?? false })
  const args = ['--conditions=fleetkit:source', '--input-type=module', '--eval', script, input]
  const withoutProxy = Object.entries(process.env).filter(([name]) => !/proxy$/i.test(name))
  const env = { ...Object.fromEntries(withoutProxy), ...more.env }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  const { outcome, loaded } = JSON.parse(stdout) as { readonly outcome: string; readonly loaded: readonly string[] }
  const own = pathToFileURL(path.join(root, 'src')).href
  expect(loaded.some((url) => url.startsWith(own))).toBe(true)
  return { outcome, foreign: loaded.filter((url) => !url.startsWith(own)) }
}

const pem = (kind: string): string => Buffer.from(`-----BEGIN ${kind}-----\n-----END ${kind}-----\n`).toString('base64')
const count = (urls: readonly string[], packageName: string): number =>
  urls.filter((url) => url.includes(`/node_modules/${packageName}/`)).length

describe('the first cluster loads few modules', () => {
  test.each([
    ['a token', { token: 'abc' }],
    ['a client certificate', { 'client-certificate-data': pem('CERTIFICATE'), 'client-key-data': pem('PRIVATE KEY') }],
    [
      'a credential plugin',
      { exec: { command: process.execPath, args: ['--eval', `console.log('{"kind":"ExecCredential","status":{"token":"abc"}}')`] } },
    ],
  ])('with %s', async (_, user) => {
    const { outcome, foreign } = await run({ kubeconfig: kubeconfigFor(mock.url, user) })
    expect(outcome).toBe('a')
    expect(count(foreign, '@kubernetes/client-node')).toBe(0)
    expect(foreign.length).toBeLessThan(100)
  })

  test('with the service account of a pod', async () => {
    const folder = path.join(directory, 'kubernetes.io', 'serviceaccount')
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, 'token'), 'abc')
    await writeFile(path.join(folder, 'ca.crt'), Buffer.from(pem('CERTIFICATE'), 'base64'))
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(mock.url).port }
    const { outcome, foreign } = await run({ inCluster: true }, { env })
    // It speaks https to a server of http, which is as far as it can come without a pod.
    expect(outcome).toBe('cluster/unreachable')
    expect(count(foreign, '@kubernetes/client-node')).toBe(0)
    expect(foreign.length).toBeLessThan(100)
  })
})

test('an auth provider loads client-node, which gives its token', async () => {
  const config = { 'access-token': 'from-the-provider', expiry: '2100-01-01T00:00:00Z' }
  const { outcome, foreign } = await run({ kubeconfig: kubeconfigFor(mock.url, { 'auth-provider': { name: 'gcp', config } }) })
  expect(outcome).toBe('a')
  expect(mock.requests.at(-1)?.headers.authorization).toBe('Bearer from-the-provider')
  expect(count(foreign, '@kubernetes/client-node')).toBeGreaterThan(100)
})

test('an undici that keeps its parts elsewhere is loaded whole', async () => {
  const { outcome, foreign } = await run({ kubeconfig: kubeconfigFor(mock.url, { token: 'abc' }) }, { withoutPartsOfUndici: true })
  expect(outcome).toBe('a')
  expect(count(foreign, 'undici')).toBeGreaterThan(100)
})
