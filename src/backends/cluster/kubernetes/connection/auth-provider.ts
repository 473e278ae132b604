import type { KubeConfig, User } from '@kubernetes/client-node'
import type { CredentialSource } from './credentials.ts'
import type { ClusterEntry, UserEntry } from './kubeconfig.ts'

/**
 * Credentials of an `auth-provider` entry (OpenID Connect and older ones) by client-node, which keeps and renews their tokens.
 * It is loaded for the first of them: a thousand modules, a second, and 80 MB.
 */
export function authProviderSource(cluster: ClusterEntry, user: UserEntry): CredentialSource {
  let loading: Promise<KubeConfig> | undefined
  return {
    renewable: true,
    async obtain() {
      loading ??= load(cluster, user)
      const config = await loading
      const options: { headers?: Record<string, string>; cert?: Buffer; key?: Buffer } = {}
      await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0])
      const { Authorization: authorization } = options.headers ?? {}
      if (authorization === undefined) throw new Error('the provider gave no token')
      return {
        headers: { authorization },
        ...(options.cert && { cert: options.cert }),
        ...(options.key && { key: options.key }),
        expiresAt: Number.NaN,
      }
    },
  }
}

async function load({ name, server, caData, caFile, skipTlsVerify = false }: ClusterEntry, user: UserEntry): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  // It refuses plain http unless certificates go unchecked, which over http means nothing.
  const skipTLSVerify = skipTlsVerify || server.startsWith('http:')
  config.loadFromClusterAndUser({ name, server, skipTLSVerify, ...(caData && { caData }), ...(caFile && { caFile }) }, entryOf(user))
  return config
}

function entryOf({ name, authProvider, certData, certFile, keyData, keyFile }: UserEntry): User {
  return {
    name,
    // It writes renewed tokens into it.
    authProvider: structuredClone(authProvider),
    ...(certData && { certData }),
    ...(certFile && { certFile }),
    ...(keyData && { keyData }),
    ...(keyFile && { keyFile }),
  }
}
