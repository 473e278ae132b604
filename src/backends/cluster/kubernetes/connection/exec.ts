import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { callAfter } from '../../../../async/time/call-after.ts'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Clock } from '../../../../ports/clock.ts'
import { bearer, type Credential, type CredentialSource } from './credentials.ts'
import type { ClusterEntry, ExecEntry } from './kubeconfig.ts'

interface ExecContext {
  /** For messages: where the entry is. */
  readonly path: string
  readonly cluster: ClusterEntry
  readonly certificate: Pick<Credential, 'cert' | 'key'>
  readonly clock: Clock
}

const withinMs = 60_000
const maxOutput = 2 ** 20

/**
 * Credentials from a program, by the protocol of client-go's credential plugins
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
 */
export function execSource(entry: ExecEntry, context: ExecContext): CredentialSource {
  const { apiVersion = 'client.authentication.k8s.io/v1', command } = entry
  if (command === undefined) throw new FleetkitError('cluster/config', `${context.path}.command: found nothing, accepted a program`)
  return {
    renewable: true,
    async obtain() {
      const info = {
        apiVersion,
        kind: 'ExecCredential',
        spec: { interactive: false, ...(entry.provideClusterInfo && { cluster: clusterInfo(context.cluster) }) },
      }
      const own = Object.fromEntries(entry.env.map(({ name, value }) => [name, value]))
      const output = await run(command, entry.args, { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) }, entry, context)
      return read(output, command, context)
    },
  }
}

function clusterInfo({ server, caData, tlsServerName, skipTlsVerify, proxyUrl }: ClusterEntry): Record<string, unknown> {
  return {
    server,
    'certificate-authority-data': caData,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTlsVerify || undefined,
    'proxy-url': proxyUrl,
  }
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  entry: ExecEntry,
  { path, clock }: ExecContext,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // What it says on stderr may be its token. A person at a terminal sees it, as with kubectl; nothing keeps it.
    const child = start(command, args, { env, stdio: ['ignore', 'pipe', process.stderr.isTTY ? 'inherit' : 'ignore'] })
    if (!(child instanceof ChildProcess)) return reject(new FleetkitError('cluster/config', `${path}: ${command} cannot be run: ${child}`))
    const limit = callAfter(withinMs, clock, () => fail(`${command} did not finish within ${withinMs / 1000} s`))
    const fail = (message: string): void => {
      child.kill('SIGKILL')
      limit[Symbol.dispose]()
      reject(new FleetkitError('cluster/unauthorized', `${path}: ${message}`))
    }
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.length > maxOutput) fail(`${command} printed more than ${maxOutput} bytes`)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hint = entry.installHint === undefined ? '' : `. ${entry.installHint}`
      // The error itself holds the arguments.
      fail(`${command} cannot be run: ${error.code ?? error.name}${hint}`)
    })
    child.on('close', (code, signal) => {
      limit[Symbol.dispose]()
      if (code === 0) resolve(output)
      else fail(`${command} ended with ${code ?? signal}; run by hand it says why`)
    })
  })
}

/** The running program, or the code of the error. */
function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess | string {
  try {
    return spawn(command, args, options)
  } catch (error) {
    // For arguments that no program can be given; they are in the error.
    return (error as NodeJS.ErrnoException).code ?? 'its arguments are none'
  }
}

/** Reads what the program printed. Never quotes it: it is a secret. */
function read(output: string, command: string, { path, certificate }: ExecContext): Credential {
  const malformed = (what: string): FleetkitError => new FleetkitError('cluster/unauthorized', `${path}: ${command} printed ${what}`)
  let status: Record<string, unknown> | undefined
  try {
    status = (JSON.parse(output) as { status?: Record<string, unknown> } | null)?.status
  } catch {
    throw malformed('something else than JSON')
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status ?? {}
  if (typeof token !== 'string' && typeof cert !== 'string') throw malformed('neither a token nor a certificate')
  const expiresAt = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : undefined
  if (Number.isNaN(expiresAt)) throw malformed('an expirationTimestamp that is no time')
  return {
    headers: typeof token === 'string' ? { authorization: bearer(token, `what ${command} printed`) } : {},
    ...certificate,
    ...(typeof cert === 'string' && { cert: Buffer.from(cert) }),
    ...(typeof key === 'string' && { key: Buffer.from(key) }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}
