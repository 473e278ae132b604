import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import { FleetkitError } from '../../../model/errors/error.ts'
import { type CredentialSource, clientNodeSource, fileSource, staticSource } from './credentials.ts'
import { type ExecEntry, execSource } from './exec.ts'
import type { KubernetesOptions, ResolvedOptions } from './options.ts'

type ClientNode = typeof import('@kubernetes/client-node')

/** All that is needed to talk to one cluster. */
export interface Connection {
  /** The URL of the API server, without a slash at the end. */
  readonly server: string
  /** How its certificate is checked. */
  readonly tls: { readonly ca?: Buffer; readonly servername?: string; readonly rejectUnauthorized?: boolean }
  readonly proxyUrl: string | undefined
  /** Who to act as. */
  readonly impersonation: Readonly<Record<string, string | string[]>>
  readonly credentials: CredentialSource
}

/** What kubeconfigs say of a user and client-node does not read. */
interface MoreOfUser {
  readonly tokenFile?: unknown
  readonly 'as-groups'?: unknown
  readonly 'as-uid'?: unknown
  readonly 'as-user-extra'?: unknown
}

interface Loaded {
  readonly config: KubeConfig
  readonly users: ReadonlyMap<string, MoreOfUser>
  /** For messages. */
  readonly from: string
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Reads the kubeconfig that `options` name, and picks the context. Every fault is `cluster/config`. */
export async function loadConnection(options: KubernetesOptions, settings: ResolvedOptions): Promise<Connection> {
  // Loading client-node takes a third of a second and 80 MB: only for those who connect to a cluster.
  const client = await import('@kubernetes/client-node')
  return pick(await loadConfig(client, options), options, settings)
}

async function loadConfig(client: ClientNode, options: KubernetesOptions): Promise<Loaded> {
  if (options.inCluster) return inCluster(client)
  if (options.kubeconfig !== undefined) return parse(client, options.kubeconfig, 'the kubeconfig', undefined)
  if (options.kubeconfigPath !== undefined) return readConfig(client, options.kubeconfigPath)
  const listed = (process.env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '')
  if (listed.length > 0) {
    // Of several, those that are not there do not matter, as with kubectl.
    const there = await Array.fromAsync(listed, async (file) => ((await exists(file)) ? [file] : []))
    const files = there.flat()
    return merge(await Promise.all((files.length > 0 ? files : listed).map((file) => readConfig(client, file))))
  }
  const home = path.join(homedir(), '.kube', 'config')
  if (await exists(home)) return readConfig(client, home)
  if (process.env.KUBERNETES_SERVICE_HOST && (await exists(serviceAccountToken))) return inCluster(client)
  throw new FleetkitError('cluster/config', `there is no kubeconfig: KUBECONFIG is not set, ${home} does not exist, and this is no pod`)
}

async function inCluster(client: ClientNode): Promise<Loaded> {
  if (!process.env.KUBERNETES_SERVICE_HOST || !(await exists(serviceAccountToken)))
    throw new FleetkitError('cluster/config', 'this is no pod with a service account: KUBERNETES_SERVICE_HOST or its token is missing')
  const config = new client.KubeConfig()
  config.loadFromCluster()
  return { config, users: new Map(), from: 'the service account' }
}

async function readConfig(client: ClientNode, file: string): Promise<Loaded> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FleetkitError('cluster/config', `the kubeconfig ${file} cannot be read: ${cause.code ?? cause.message}`, { cause })
  })
  return parse(client, text, `the kubeconfig ${file}`, path.dirname(path.resolve(file)))
}

function parse(client: ClientNode, text: string, from: string, directory: string | undefined): Loaded {
  const config = new client.KubeConfig()
  let raw: unknown
  try {
    raw = load(text)
    if (typeof raw !== 'object' || raw === null) throw new Error('it is no mapping')
    config.loadFromString(text)
  } catch (error) {
    // The messages of the YAML parser quote the text, and there may be a token in it: only the first line, which does not.
    const reason =
      error instanceof Error && error.name === 'YAMLException' ? 'it is not YAML' : String((error as Error).message).split('\n')[0]
    throw new FleetkitError('cluster/config', `${from} is malformed: ${reason}`)
  }
  if (directory !== undefined) config.makePathsAbsolute(directory)
  const users = new Map<string, MoreOfUser>()
  const entries = (raw as { users?: unknown }).users
  for (const entry of Array.isArray(entries) ? entries : []) {
    const { name, user } = entry as { name: string; user?: MoreOfUser | null }
    const tokenFile = user?.tokenFile
    users.set(
      name,
      directory !== undefined && typeof tokenFile === 'string' ? { ...user, tokenFile: path.resolve(directory, tokenFile) } : (user ?? {}),
    )
  }
  if (directory !== undefined) {
    for (const { exec } of config.users as { exec?: { command?: unknown } | null }[]) {
      // As kubectl does: a command with a slash is relative to the file, one without is looked up in PATH.
      if (typeof exec?.command === 'string' && exec.command.includes('/')) exec.command = path.resolve(directory, exec.command)
    }
  }
  return { config, users, from }
}

/** Several files as one: the first to name something wins, as with kubectl. */
function merge(all: readonly Loaded[]): Loaded {
  const [first] = all as [Loaded]
  for (const { config } of all.slice(1)) {
    const into = first.config
    into.clusters = firstOfName([...into.clusters, ...config.clusters])
    into.users = firstOfName([...into.users, ...config.users])
    into.contexts = firstOfName([...into.contexts, ...config.contexts])
    if (!into.currentContext) into.setCurrentContext(config.currentContext)
  }
  const users = new Map(all.toReversed().flatMap((loaded) => [...loaded.users]))
  return { config: first.config, users, from: all.map((loaded) => loaded.from).join(' and ') }
}

function firstOfName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter((entry, index) => entries.findIndex((other) => other.name === entry.name) === index)
}

async function pick({ config, users, from }: Loaded, options: KubernetesOptions, settings: ResolvedOptions): Promise<Connection> {
  const fail = (path: string, found: string, accepted: string): FleetkitError =>
    new FleetkitError('cluster/config', `${from}: ${path}: found ${found}, accepted ${accepted}`, { problems: [{ path, found, accepted }] })
  const names = (entries: readonly { readonly name: string }[]): string =>
    entries.length === 0 ? 'nothing: there are none' : entries.map((entry) => entry.name).join(', ')

  const contextName = options.context ?? config.currentContext
  if (!contextName) throw fail('current-context', 'nothing', `one of the contexts: ${names(config.contexts)}`)
  const context = config.contexts.find((entry) => entry.name === contextName)
  if (context === undefined) throw fail(options.context === undefined ? 'current-context' : 'context', contextName, names(config.contexts))
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)
  if (cluster === undefined) throw fail(`contexts[${contextName}].cluster`, context.cluster, names(config.clusters))
  const user = config.users.find((entry) => entry.name === context.user)
  if (user === undefined && context.user) throw fail(`contexts[${contextName}].user`, context.user, names(config.users))
  config.setCurrentContext(contextName)

  const clusterPath = `clusters[${cluster.name}]`
  const userPath = `users[${context.user}]`
  const more = (user === undefined ? undefined : users.get(user.name)) ?? {}
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined
  if (server === undefined || !/^https?:$/.test(server.protocol))
    throw fail(`${clusterPath}.server`, cluster.server, 'an http or https URL')

  const tokenFile = (user?.authProvider?.config as { tokenFile?: string } | undefined)?.tokenFile ?? text(more.tokenFile)
  if (!(options.allowExec ?? options.kubeconfig === undefined)) {
    const reaching = {
      [`${userPath}.exec`]: user?.exec,
      [`${userPath}.auth-provider`]: user?.authProvider,
      [`${userPath}.tokenFile`]: tokenFile,
      [`${userPath}.client-certificate`]: user?.certFile,
      [`${userPath}.client-key`]: user?.keyFile,
      [`${clusterPath}.certificate-authority`]: cluster.caFile,
    }
    for (const [path, value] of Object.entries(reaching))
      if (value)
        throw fail(
          path,
          'an entry that runs a program or reads a file of this machine',
          'data and tokens in the kubeconfig itself, unless allowExec is set',
        )
  }

  const pem = async (path: string, data: string | undefined, file: string | undefined): Promise<Buffer | undefined> => {
    if (data) return decode(data) ?? Promise.reject(fail(`${path}-data`, 'something else', 'PEM in base64'))
    if (!file) return undefined
    return readFile(file).catch((cause: NodeJS.ErrnoException) =>
      Promise.reject(fail(path, `${file} (${cause.code})`, 'a file that can be read')),
    )
  }
  const ca = await pem(`${clusterPath}.certificate-authority`, cluster.caData, cluster.caFile)
  const keyPair = async (): Promise<{ cert?: Buffer; key?: Buffer }> => {
    const cert = await pem(`${userPath}.client-certificate`, user?.certData, user?.certFile)
    const key = await pem(`${userPath}.client-key`, user?.keyData, user?.keyFile)
    return { ...(cert && { cert }), ...(key && { key }) }
  }
  const certificate = await keyPair()
  const headers: Record<string, string> = {}
  if (user?.token) headers.authorization = `Bearer ${user.token.trim()}`
  else if (user?.username) headers.authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`

  let credentials: CredentialSource =
    user?.certFile || user?.keyFile
      ? fileSource(async () => ({ headers, ...(await keyPair()) }))
      : staticSource({ headers, ...certificate })
  if (user?.exec)
    credentials = execSource(user.exec as ExecEntry, { path: `${from}: ${userPath}.exec`, cluster, certificate, clock: settings.clock })
  else if (tokenFile !== undefined)
    credentials = fileSource(async () => ({ headers: { authorization: `Bearer ${await readToken(tokenFile)}` }, ...(await keyPair()) }))
  else if (user?.authProvider) {
    // client-node refuses plain http unless certificates go unchecked, which over http says nothing.
    if (server.protocol === 'http:') Object.assign(cluster, { skipTLSVerify: true })
    credentials = clientNodeSource(config)
  }
  return {
    server: cluster.server,
    tls: {
      ...(ca && { ca }),
      ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
      ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
    },
    proxyUrl: cluster.proxyUrl || undefined,
    impersonation: impersonation(user?.impersonateUser, more),
    credentials,
  }
}

/** The headers that ask the API server to act as somebody else. */
function impersonation(user: string | undefined, more: MoreOfUser): Readonly<Record<string, string | string[]>> {
  const headers: Record<string, string | string[]> = {}
  if (user) headers['impersonate-user'] = user
  if (text(more['as-uid'])) headers['impersonate-uid'] = String(more['as-uid'])
  if (Array.isArray(more['as-groups'])) headers['impersonate-group'] = more['as-groups'].map(String)
  for (const [key, values] of Object.entries((more['as-user-extra'] ?? {}) as Record<string, unknown>))
    if (Array.isArray(values)) headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = values.map(String)
  return headers
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FleetkitError('cluster/unauthorized', `the token file ${file} cannot be read: ${cause.code ?? cause.message}`, { cause })
  })
  return token.trim()
}

function decode(data: string): Buffer | undefined {
  const compact = data.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  const bytes = Buffer.from(compact, 'base64')
  return bytes.includes('-----BEGIN ') ? bytes : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
