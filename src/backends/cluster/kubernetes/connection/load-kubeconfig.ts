import { access, readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { KubernetesOptions } from '../options.ts'
import { type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from './kubeconfig.ts'

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The kubeconfig that `options` name, otherwise the one that kubectl would take. Every fault is `cluster/config`. */
export async function loadKubeconfig({ inCluster, kubeconfig, kubeconfigPath }: KubernetesOptions): Promise<Kubeconfig> {
  if (inCluster) return inClusterConfig()
  if (kubeconfig !== undefined) return parseKubeconfig(kubeconfig, 'the kubeconfig')
  if (kubeconfigPath !== undefined) return read(kubeconfigPath)
  const listed = (process.env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '')
  if (listed.length > 0) {
    // Of several, those that do not exist are left out, as with kubectl.
    const found = (await Array.fromAsync(listed, async (file) => ((await exists(file)) ? [file] : []))).flat()
    return mergeKubeconfigs(await Promise.all((found.length > 0 ? found : listed).map(read)))
  }
  const home = path.join(homedir(), '.kube', 'config')
  if (await exists(home)) return read(home)
  if (process.env.KUBERNETES_SERVICE_HOST && (await exists(`${serviceAccount}/token`))) return inClusterConfig()
  throw new FleetkitError('cluster/config', `there is no kubeconfig: KUBECONFIG is not set, ${home} does not exist, and this is no pod`)
}

async function read(file: string): Promise<Kubeconfig> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FleetkitError('cluster/config', `the kubeconfig ${file} cannot be read: ${cause.code ?? cause.message}`, { cause })
  })
  return parseKubeconfig(text, `the kubeconfig ${file}`, path.dirname(path.resolve(file)))
}

async function inClusterConfig(): Promise<Kubeconfig> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
  if (!host || !(await exists(`${serviceAccount}/token`)))
    throw new FleetkitError('cluster/config', 'this is no pod with a service account: KUBERNETES_SERVICE_HOST or its token is missing')
  // As client-node has it: a port of plain HTTP is taken for a proxy beside the pod.
  const scheme = port === '80' || port === '8080' || port === '8001' ? 'http' : 'https'
  const [name, user] = ['inCluster', 'inClusterUser']
  return {
    from: 'the service account',
    currentContext: name,
    clusters: [{ name, server: `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`, caFile: `${serviceAccount}/ca.crt` }],
    users: [{ name: user, tokenFile: `${serviceAccount}/token` }],
    contexts: [{ name, cluster: name, user }],
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
