import path from 'node:path'
import { FleetkitError, hasCode } from '../../../../model/errors/error.ts'
import type { Json, JsonObject } from '../../../../model/object.ts'
import { parseYaml } from '../../../../model/yaml/yaml.ts'
import { Fields, MalformedError, malformed } from '../fields.ts'

/** A kubeconfig: clusters, users, and contexts that pair them, all by name. Paths in it are absolute. */
export interface Kubeconfig {
  readonly currentContext: string | undefined
  readonly clusters: readonly ClusterEntry[]
  readonly users: readonly UserEntry[]
  readonly contexts: readonly ContextEntry[]
  /** Where it is from, for messages. */
  readonly from: string
}

export interface ClusterEntry {
  readonly name: string
  /** The URL of the API server, without a slash at the end. */
  readonly server: string
  /** PEM in base64. */
  readonly caData?: string | undefined
  readonly caFile?: string | undefined
  readonly tlsServerName?: string | undefined
  readonly skipTlsVerify?: boolean
  readonly proxyUrl?: string | undefined
}

export interface UserEntry {
  readonly name: string
  readonly token?: string | undefined
  readonly tokenFile?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM in base64. */
  readonly certData?: string | undefined
  readonly certFile?: string | undefined
  /** PEM in base64. */
  readonly keyData?: string | undefined
  readonly keyFile?: string | undefined
  readonly exec?: ExecEntry | undefined
  readonly authProvider?: JsonObject | undefined
  readonly impersonate?: Impersonation | undefined
}

/** A credential plugin: a program that prints a credential. */
export interface ExecEntry {
  readonly apiVersion: string | undefined
  readonly command: string | undefined
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly installHint: string | undefined
  readonly provideClusterInfo: boolean
}

/** Who a user acts as. */
export interface Impersonation {
  readonly user: string | undefined
  readonly uid: string | undefined
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

export interface ContextEntry {
  readonly name: string
  readonly cluster: string
  readonly user: string | undefined
}

/**
 * Reads a kubeconfig, as kubectl does.
 *
 * @param directory - what paths in it are relative to; without one they stay as they are
 * @throws FleetkitError `cluster/config`, with nothing of the text in its message
 */
export function parseKubeconfig(text: string, from: string, directory?: string): Kubeconfig {
  try {
    const fields = new Fields(parseDocument(text))
    return {
      from,
      currentContext: fields.text('current-context'),
      clusters: fields.mappings('clusters').map((entry) => clusterOf(entry, directory)),
      users: fields.mappings('users').map((entry) => userOf(entry, directory)),
      contexts: fields.mappings('contexts').map(contextOf),
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new FleetkitError('cluster/config', `${from} is malformed: ${error.message}`, { problems: error.problems })
  }
}

/** Several as one: the first to name something wins, as with kubectl. */
export function mergeKubeconfigs(all: readonly Kubeconfig[]): Kubeconfig {
  return {
    from: all.map(({ from }) => from).join(' and '),
    currentContext: all.find(({ currentContext }) => currentContext !== undefined)?.currentContext,
    clusters: firstOfName(all.flatMap(({ clusters }) => clusters)),
    users: firstOfName(all.flatMap(({ users }) => users)),
    contexts: firstOfName(all.flatMap(({ contexts }) => contexts)),
  }
}

function firstOfName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return entries.filter((entry, index) => entries.findIndex((other) => other.name === entry.name) === index)
}

function parseDocument(text: string): Json {
  if (typeof text !== 'string') throw malformed('', text, 'a text')
  try {
    const [document, ...others] = parseYaml(text)
    if (others.length > 0) throw new MalformedError('it has several documents')
    // A piece of the text would keep all of it, with its keys and tokens.
    return structuredClone(document?.value ?? null)
  } catch (error) {
    // Messages of the reader show no values of the text.
    if (hasCode(error, 'model/yaml', 'source/limit'))
      throw new MalformedError(`it is not YAML: ${error.message.replace(/^yaml:(?=\d)/, 'line ')}`)
    throw error
  }
}

function clusterOf(entry: Fields, directory: string | undefined): ClusterEntry {
  const name = entry.requiredText('name')
  const cluster = entry.requiredMapping('cluster')
  return {
    name,
    server: cluster.requiredText('server').replace(/\/$/, ''),
    caData: cluster.text('certificate-authority-data'),
    caFile: absolute(cluster.text('certificate-authority'), directory),
    tlsServerName: cluster.text('tls-server-name'),
    skipTlsVerify: cluster.flag('insecure-skip-tls-verify'),
    proxyUrl: cluster.text('proxy-url'),
  }
}

function userOf(entry: Fields, directory: string | undefined): UserEntry {
  const name = entry.requiredText('name')
  const user = entry.mapping('user') ?? new Fields({})
  const exec = user.mapping('exec')
  const authProvider = user.mapping('auth-provider')
  // The second and third are client-node's own; it writes the service account of a pod like that.
  const tokenFile = user.text('tokenFile') ?? user.text('token-file') ?? authProvider?.mapping('config')?.text('tokenFile')
  return {
    name,
    token: user.text('token'),
    tokenFile: absolute(tokenFile, directory),
    username: user.text('username'),
    password: user.text('password'),
    certData: user.text('client-certificate-data'),
    certFile: absolute(user.text('client-certificate'), directory),
    keyData: user.text('client-key-data'),
    keyFile: absolute(user.text('client-key'), directory),
    exec: exec && execOf(exec, directory),
    authProvider: authProvider && authProviderOf(authProvider),
    impersonate: impersonationOf(user),
  }
}

function execOf(exec: Fields, directory: string | undefined): ExecEntry {
  const command = exec.text('command')
  return {
    apiVersion: exec.text('apiVersion'),
    // A command with a slash is relative to the file, one without is looked up in PATH.
    command: command?.includes('/') ? absolute(command, directory) : command,
    args: exec.texts('args'),
    env: exec.mappings('env').map((variable) => ({ name: variable.requiredText('name'), value: variable.text('value') ?? '' })),
    installHint: exec.text('installHint'),
    provideClusterInfo: exec.flag('provideClusterInfo'),
  }
}

/** As it is, for client-node, which expects these types of it. */
function authProviderOf(provider: Fields): JsonObject {
  provider.requiredText('name')
  const config = provider.mapping('config')
  for (const name of config?.names() ?? []) config?.text(name)
  return provider.json()
}

function impersonationOf(user: Fields): Impersonation {
  const extra = user.mapping('as-user-extra')
  return {
    user: user.text('as'),
    uid: user.text('as-uid'),
    groups: user.texts('as-groups'),
    extra: Object.fromEntries((extra?.names() ?? []).map((name) => [name, extra?.texts(name) ?? []])),
  }
}

function contextOf(entry: Fields): ContextEntry {
  const name = entry.requiredText('name')
  const context = entry.requiredMapping('context')
  return { name, cluster: context.requiredText('cluster'), user: context.text('user') }
}

function absolute(file: string | undefined, directory: string | undefined): string | undefined {
  return file === undefined || directory === undefined ? file : path.resolve(directory, file)
}
