import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findAssets } from './assets.ts'
import { freePort, type ServerProcess, startProcess } from './process.ts'

/** A running etcd. Many API servers can share it, each with its own prefix. */
export interface Etcd extends AsyncDisposable {
  readonly url: string
  readonly logFile: string
  /** Keeps a copy of the data. API servers find it gone for a moment. */
  backUp(): Promise<void>
  /** Makes the data what they were when they were last backed up, with the revision of then. API servers have to be started again. */
  restore(): Promise<void>
}

export interface ApiServerOptions {
  /** Where the objects are kept: an {@link Etcd}, or the URL of one. */
  readonly etcd: { readonly url: string }
  /** Tells API servers that share one etcd apart. Random when absent. */
  readonly prefix?: string
  /** Users beside `admin` (who may do everything) and `limited` (who may do nothing until a role is bound). */
  readonly users?: readonly string[]
  /** More command-line flags. */
  readonly args?: readonly string[]
}

/** A running kube-apiserver, with RBAC and no other authorization. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string
  /** The kubeconfig of `admin`, as text and as a file. */
  readonly kubeconfig: string
  readonly kubeconfigPath: string
  /** PEM of the certificate that it serves with. */
  readonly ca: string
  readonly logFile: string
  /** The bearer token of a user. */
  tokenOf(user: string): string
  /** The kubeconfig of a user, as text. */
  kubeconfigOf(user: string): string
  /** Stops it; the data stay. `kill` stops it as a crash would. */
  stop(options?: { readonly kill?: boolean }): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
}

async function program(name: string): Promise<string> {
  const file = (await findAssets())?.[name]
  if (file === undefined) throw new Error(`${name} is missing; build the servers with: npm run servers`)
  return file
}

function temporary(name: string): Promise<string> {
  return mkdtemp(path.join(tmpdir(), `fleetkit-${name}-`))
}

/** Starts an etcd with an empty data folder. */
export async function startEtcd(): Promise<Etcd> {
  const etcd = await program('etcd')
  const directory = await temporary('etcd')
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const logFile = path.join(directory, 'log')
  const args = [
    `--data-dir=${path.join(directory, 'data')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
  const ready = async (): Promise<boolean> => (await fetch(`${client}/health`)).ok
  const boot = (): Promise<ServerProcess> => startProcess({ program: etcd, args, directory, logFile, ready })
  let server = await boot().catch(async (error) => {
    await rm(directory, { recursive: true, force: true })
    throw error
  })
  /** Copies the data while it is stopped. */
  const copy = async (from: string, to: string): Promise<void> => {
    await server.stop()
    await rm(path.join(directory, to), { recursive: true, force: true })
    await cp(path.join(directory, from), path.join(directory, to), { recursive: true })
    server = await boot()
  }
  return {
    url: client,
    logFile,
    backUp: () => copy('data', 'backup'),
    restore: () => copy('backup', 'data'),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Starts a kube-apiserver. It is ready 5 s after its start. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const apiServer = await program('kube-apiserver')
  const directory = await temporary('apiserver')
  const file = (name: string): string => path.join(directory, name)
  const port = await freePort()
  const url = `https://127.0.0.1:${port}`
  const tokens = new Map(['admin', 'limited', ...(options.users ?? [])].map((user) => [user, randomBytes(16).toString('hex')]))
  const tokenOf = (user: string): string => {
    const token = tokens.get(user)
    if (token === undefined) throw new Error(`no user ${user}: name it in the users of startApiServer`)
    return token
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(file('service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(
    file('tokens.csv'),
    [...tokens].map(([user, token]) => `${token},${user},${user}${user === 'admin' ? ',system:masters' : ''}\n`).join(''),
  )
  const args = [
    `--etcd-servers=${options.etcd.url}`,
    `--etcd-prefix=/${options.prefix ?? randomBytes(8).toString('hex')}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${directory}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('service-account.key')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    // A /24 runs out after 250 Services.
    '--service-cluster-ip-range=10.0.0.0/16',
    '--allow-privileged=true',
    '--profiling=false',
    ...(options.args ?? []),
  ]
  const ready = async (): Promise<boolean> =>
    (await statusOf(`${url}/readyz`, tokenOf('admin'), await readFile(file('apiserver.crt'), 'utf8'))) === 200
  const boot = (): Promise<ServerProcess> => startProcess({ program: apiServer, args, directory, logFile: file('log'), ready })

  let server: ServerProcess = await boot().catch(async (error) => {
    await rm(directory, { recursive: true, force: true })
    throw error
  })
  const ca = await readFile(file('apiserver.crt'), 'utf8')
  const kubeconfigOf = (user: string): string => kubeconfig({ url, ca, user, token: tokenOf(user) })
  await writeFile(file('kubeconfig'), kubeconfigOf('admin'), { mode: 0o600 })
  return {
    url,
    ca,
    kubeconfig: kubeconfigOf('admin'),
    kubeconfigPath: file('kubeconfig'),
    logFile: file('log'),
    tokenOf,
    kubeconfigOf,
    // With watches open a graceful stop would take minutes.
    stop: ({ kill = false } = {}) => server.stop({ graceMs: kill ? 0 : 2000 }),
    async start() {
      server = await boot()
    },
    async [Symbol.asyncDispose]() {
      await server.stop({ graceMs: 2000 })
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * Starts a kube-controller-manager: without one, namespaces are never deleted, nothing is garbage-collected, and a
 * Deployment's status stays empty.
 */
export async function startControllerManager(apiServer: { readonly kubeconfig: string }): Promise<AsyncDisposable> {
  const manager = await program('kube-controller-manager')
  const directory = await temporary('controllers')
  await writeFile(path.join(directory, 'kubeconfig'), apiServer.kubeconfig, { mode: 0o600 })
  const port = await freePort()
  const args = [
    `--kubeconfig=${path.join(directory, 'kubeconfig')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${directory}`,
    '--leader-elect=false',
    '--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller',
    // The default (15 s) makes an autoscaler's first status take long to come.
    '--horizontal-pod-autoscaler-sync-period=1s',
    // The defaults (20 per second) make a namespace with many objects take long to go.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]
  const ready = async (): Promise<boolean> =>
    (await statusOf(
      `https://127.0.0.1:${port}/healthz`,
      '',
      await readFile(path.join(directory, 'kube-controller-manager.crt'), 'utf8'),
    )) === 200
  const server = await startProcess({ program: manager, args, directory, logFile: path.join(directory, 'log'), ready }).catch(
    async (error) => {
      await rm(directory, { recursive: true, force: true })
      throw error
    },
  )
  return {
    async [Symbol.asyncDispose]() {
      await server.stop({ graceMs: 2000 })
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Runs kubectl and resolves with what it printed; rejects with what it complained about. */
export async function kubectl(kubeconfigPath: string, args: readonly string[], input = ''): Promise<string> {
  const file = await program('kubectl')
  return new Promise((resolve, reject) => {
    const child = execFile(file, ['--kubeconfig', kubeconfigPath, ...args], { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/**
 * Waits until definitions are served. One that was just made has `conditions: null` for a moment, which `kubectl wait` takes for an error.
 */
export async function waitEstablished(kubeconfigPath: string, ...definitions: readonly string[]): Promise<void> {
  for (;;) {
    try {
      await kubectl(kubeconfigPath, ['wait', '--for=condition=Established', ...definitions, '--timeout=20s'])
      return
    } catch (error) {
      if (!String(error).includes('conditions accessor error')) throw error
    }
  }
}

function kubeconfig({
  url,
  ca,
  user,
  token,
}: {
  readonly url: string
  readonly ca: string
  readonly user: string
  readonly token: string
}): string {
  // JSON is YAML.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
  })
}

function statusOf(url: string, token: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, agent: false, timeout: 2000, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', reject)
  })
}
