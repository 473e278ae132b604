import { readFile } from 'node:fs/promises'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Clock } from '../../../../ports/clock.ts'
import type { KubernetesOptions } from '../options.ts'
import { authProviderSource } from './auth-provider.ts'
import { bearer, type Credential, type CredentialSource, fileSource, staticSource } from './credentials.ts'
import { execSource } from './exec.ts'
import { impersonationHeaders } from './impersonation.ts'
import type { ClusterEntry, Kubeconfig, UserEntry } from './kubeconfig.ts'

/** All that is needed to talk to one cluster. */
export interface Connection {
  /** The URL of the API server, without a slash at the end. */
  readonly server: string
  /** How its certificate is checked. */
  readonly tls: { readonly ca?: string; readonly servername?: string; readonly rejectUnauthorized?: boolean }
  readonly proxyUrl: string | undefined
  /** Headers that name who to act as. */
  readonly impersonation: Readonly<Record<string, string>>
  readonly credentials: CredentialSource
}

/** The entries that a context selects. */
interface Selection {
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  readonly clusterPath: string
  readonly userPath: string
  fail(path: string, found: string, accepted: string): FleetkitError
}

/** The connection that a context of `kubeconfig` describes. Every fault is `cluster/config`. */
export async function connectionOf(kubeconfig: Kubeconfig, options: KubernetesOptions, clock: Clock): Promise<Connection> {
  const selection = select(kubeconfig, options.context)
  const { cluster, user } = selection
  checkUrls(selection)
  if (!(options.allowExec ?? options.kubeconfig === undefined)) refuseLocalAccess(selection)
  const ca = await readPem(selection, `${selection.clusterPath}.certificate-authority`, cluster.caData, cluster.caFile)
  return {
    server: cluster.server,
    tls: {
      ...(ca && { ca: ca.toString('latin1') }),
      ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
      ...(cluster.skipTlsVerify && { rejectUnauthorized: false }),
    },
    proxyUrl: cluster.proxyUrl,
    impersonation: impersonationHeaders(user.impersonate),
    credentials: await credentialsOf(selection, kubeconfig.from, clock),
  }
}

function checkUrls({ cluster, clusterPath, fail }: Selection): void {
  const server = parseUrl(cluster.server)
  // What is before an @ may be a password.
  if (server === undefined) throw fail(`${clusterPath}.server`, cluster.server.replace(/^.*@/s, '…@'), 'an http or https URL')
  if (server.username !== '' || server.password !== '')
    throw fail(`${clusterPath}.server`, 'a URL with a user in it', 'one without: the user belongs to the entry of the user')
  if (cluster.proxyUrl !== undefined && parseUrl(cluster.proxyUrl) === undefined)
    throw fail(`${clusterPath}.proxy-url`, 'something else', 'an http or https URL')
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
}

function select({ from, currentContext, clusters, users, contexts }: Kubeconfig, wanted: string | undefined): Selection {
  const fail = (path: string, found: string, accepted: string): FleetkitError =>
    new FleetkitError('cluster/config', `${from}: ${path}: found ${found}, accepted ${accepted}`, { problems: [{ path, found, accepted }] })
  const find = <T extends { readonly name: string }>(entries: readonly T[], name: string, path: string): T => {
    const entry = entries.find((other) => other.name === name)
    if (entry === undefined) throw fail(path, name, namesOf(entries))
    return entry
  }

  const contextName = wanted ?? currentContext
  if (!contextName) throw fail('current-context', 'nothing', `one of the contexts: ${namesOf(contexts)}`)
  const context = find(contexts, contextName, wanted === undefined ? 'current-context' : 'context')
  const cluster = find(clusters, context.cluster, `contexts[${contextName}].cluster`)
  const user = context.user === undefined ? { name: '' } : find(users, context.user, `contexts[${contextName}].user`)
  return { cluster, user, clusterPath: `clusters[${cluster.name}]`, userPath: `users[${user.name}]`, fail }
}

function namesOf(entries: readonly { readonly name: string }[]): string {
  return entries.length === 0 ? 'nothing: there are none' : entries.map(({ name }) => name).join(', ')
}

function refuseLocalAccess({ cluster, user, clusterPath, userPath, fail }: Selection): void {
  const entries = {
    [`${userPath}.exec`]: user.exec,
    [`${userPath}.auth-provider`]: user.authProvider,
    [`${userPath}.tokenFile`]: user.tokenFile,
    [`${userPath}.client-certificate`]: user.certFile,
    [`${userPath}.client-key`]: user.keyFile,
    [`${clusterPath}.certificate-authority`]: cluster.caFile,
  }
  for (const [path, value] of Object.entries(entries))
    if (value !== undefined)
      throw fail(
        path,
        'an entry that runs a program or reads a file of this machine',
        'data and tokens in the kubeconfig itself, unless allowExec is set',
      )
}

async function credentialsOf(selection: Selection, from: string, clock: Clock): Promise<CredentialSource> {
  const { cluster, user, userPath } = selection
  const { exec, tokenFile, authProvider, token, username, password = '' } = user
  // Read once now, so that what is wrong with them shows at the start.
  const certificate = await readKeyPair(selection)
  if (exec !== undefined) return execSource(exec, { path: `${from}: ${userPath}.exec`, cluster, certificate, clock })
  if (tokenFile !== undefined)
    return fileSource(async () => ({
      headers: { authorization: bearer(await readToken(tokenFile), `the token file ${tokenFile}`) },
      ...(await readKeyPair(selection)),
    }))
  if (authProvider !== undefined) return authProviderSource(cluster, user)
  const headers: Record<string, string> = {}
  if (token !== undefined) headers.authorization = bearer(token.trim(), `${from}: ${userPath}.token`)
  else if (username !== undefined) headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return user.certFile === undefined && user.keyFile === undefined
    ? staticSource({ headers, ...certificate })
    : fileSource(async () => ({ headers, ...(await readKeyPair(selection)) }))
}

async function readKeyPair(selection: Selection): Promise<Pick<Credential, 'cert' | 'key'>> {
  const { user, userPath } = selection
  const cert = await readPem(selection, `${userPath}.client-certificate`, user.certData, user.certFile)
  const key = await readPem(selection, `${userPath}.client-key`, user.keyData, user.keyFile)
  return { ...(cert && { cert }), ...(key && { key }) }
}

/** What is in the data, otherwise in the file. */
async function readPem({ fail }: Selection, path: string, data: string | undefined, file: string | undefined): Promise<Buffer | undefined> {
  if (data !== undefined) {
    const bytes = decodePem(data)
    if (bytes === undefined) throw fail(`${path}-data`, 'something else', 'PEM in base64')
    return bytes
  }
  if (file === undefined) return undefined
  return await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw fail(path, `${file} (${cause.code})`, 'a file that can be read')
  })
}

function decodePem(data: string): Buffer | undefined {
  const compact = data.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  const bytes = Buffer.from(compact, 'base64')
  return bytes.includes('-----BEGIN ') ? bytes : undefined
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FleetkitError('cluster/unauthorized', `the token file ${file} cannot be read: ${cause.code ?? cause.message}`, { cause })
  })
  return token.trim()
}
