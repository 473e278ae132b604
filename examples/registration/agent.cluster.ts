/**
 * What runs in a cluster that registers itself: it asks to be registered, once, and then takes its Syncs from the management. The kubeconfig with the token that may do nothing but ask comes with the
 * installation: its path is the argument.
 */
import { readFile } from 'node:fs/promises'
import { consoleLogger, Manager, pullSyncController, syncController } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { register, tokenRenewalController } from 'fleetkit/registration'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const { signal } = stop
const logger = consoleLogger()
const kubeconfig = await readFile(process.argv[2] ?? '/etc/fleetkit/registration.yaml', 'utf8')
await using cluster = await kubernetesCluster()
await using upstream = await kubernetesCluster({ kubeconfig })
await register({ upstream, kubeconfig, store: cluster, logger, signal })

await using manager = new Manager({ store: cluster, cluster, git: gitRepositories(), connect: kubeconfigSecrets(), logger })
manager.add(syncController(), pullSyncController(), tokenRenewalController())
await manager.run({ signal })
