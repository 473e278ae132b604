import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { UrlPolicy } from '../remote-url.ts'
import type { Session } from '../session.ts'

/** What git gets from our own environment: where programs are, proxies, certificates. Nothing that configures git. */
const inherited = [
  'PATH',
  'TMPDIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]

/** The configuration of every git that we run. */
const hardened: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.askPass': '',
  'credential.helper': '',
  'fetch.unpackLimit': '1', // packs stay packs
  'fetch.recurseSubmodules': 'false',
  'submodule.recurse': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'protocol.version': '2',
}

/** The environment of a git that only reads what is on disk: no configuration of user or machine, no questions. */
export function localEnvironment(): Record<string, string> {
  return environment(hardened)
}

/**
 * The environment of a git that talks to a server for one caller. Credentials are in it and in files that only this
 * user can read and that go with it, never in arguments, which every user of the machine sees.
 */
export async function remoteEnvironment(
  { remote, credentials }: Session,
  { policy, ca }: { readonly policy: UrlPolicy; readonly ca: string | undefined },
): Promise<{ readonly env: Record<string, string> } & AsyncDisposable> {
  const protocols = ['https', 'ssh', ...(policy.allowHttp ? ['http'] : []), ...(policy.allowFile ? ['file'] : [])]
  const config: Record<string, string> = { ...hardened, 'http.followRedirects': 'initial' }
  const extra: Record<string, string> = { GIT_ALLOW_PROTOCOL: protocols.join(':') }
  const files = await mkdtemp(join(tmpdir(), 'fleetkit-git-')) // 0700
  const remove = (): Promise<void> => rm(files, { recursive: true, force: true })
  try {
    if (ca !== undefined) {
      // git takes one file for all.
      config['http.sslCAInfo'] = join(files, 'ca.pem')
      await writeFile(join(files, 'ca.pem'), [...rootCertificates, ca].join('\n'), { mode: 0o600 })
    }
    if (credentials?.kind === 'basic') {
      // git asks a helper by origin, so a redirect to another one gets none. The helper is a shell function.
      config[`credential.${remote.origin}.helper`] =
        '!f() { test "$1" = get && printf \'username=%s\\npassword=%s\\n\' "$FLEETKIT_GIT_USERNAME" "$FLEETKIT_GIT_PASSWORD"; }; f'
      extra.FLEETKIT_GIT_USERNAME = credentials.username
      extra.FLEETKIT_GIT_PASSWORD = credentials.password
    }
    if (credentials?.kind === 'bearer') {
      // A header would go along to wherever the server redirects.
      config['http.extraHeader'] = `Authorization: Bearer ${credentials.token}`
      config['http.followRedirects'] = 'false'
    }
    if (credentials?.kind === 'ssh') {
      const key = join(files, 'key')
      const knownHosts = join(files, 'known_hosts')
      await writeFile(key, `${credentials.privateKey.trimEnd()}\n`, { mode: 0o600 })
      await writeFile(knownHosts, `${credentials.knownHosts.trimEnd()}\n`, { mode: 0o600 })
      extra.GIT_SSH_COMMAND = sshCommand(key, knownHosts)
      extra.GIT_SSH_VARIANT = 'ssh'
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { env: { ...environment(config), ...extra }, [Symbol.asyncDispose]: remove }
}

/** ssh with this key and these hosts and nothing of the user's. */
function sshCommand(key: string, knownHosts: string): string {
  const options = {
    IdentityFile: quotedForSsh(key),
    UserKnownHostsFile: quotedForSsh(knownHosts),
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    BatchMode: 'yes',
    PasswordAuthentication: 'no',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ConnectTimeout: '30',
  }
  const args = Object.entries(options).map(([name, value]) => `-o ${quotedForShell(`${name}=${value}`)}`)
  return ['ssh', '-F /dev/null', ...args].join(' ')
}

/** ssh splits the value at blanks and expands `%`. */
function quotedForSsh(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}

function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function environment(config: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    HOME: '/nonexistent',
    XDG_CONFIG_HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  }
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  const entries = Object.entries(config)
  env.GIT_CONFIG_COUNT = String(entries.length)
  entries.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  })
  return env
}
