/**
 * The clusters of an example: embedded ones in virtual time, so that nothing is needed and nothing takes time; or with `--kubeconfig FILE`, once for each cluster,
 * real ones, in the order in which the example asks for them. It writes to them and leaves what it has written: take clusters that are there for that.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Clock, type ClusterApi, type Connect, SyncRunner, systemClock } from 'fleetkit'
import { definitionOf, type KindDefinition } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryFleet } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'

export interface ExampleFleet extends AsyncDisposable {
  readonly clock: Clock
  readonly connect: Connect
  /** A cluster that serves these kinds. */
  cluster(name: string, kinds?: readonly KindDefinition[]): Promise<ClusterApi>
  /** How a cluster is reached, as its administrator has it. */
  kubeconfig(name: string): string
  /** Waits until something is so. */
  until(check: () => Promise<boolean> | boolean): Promise<void>
  /** Waits: with real clusters for a moment. */
  pass(ms: number): Promise<void>
}

/** @param clusters - how many of them the example asks for */
export function exampleFleet(clusters: number): ExampleFleet {
  const { kubeconfig } = parseArgs({ options: { kubeconfig: { type: 'string', multiple: true } } }).values
  if (kubeconfig === undefined) return embeddedFleet()
  if (kubeconfig.length >= clusters) return realFleet(kubeconfig)
  throw new Error(`--kubeconfig: found ${kubeconfig.length} files, accepted ${clusters}: one for each cluster`)
}

function embeddedFleet(): ExampleFleet {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  return {
    clock,
    connect: fleet.connect,
    cluster: async (name, kinds) => withDefinitions(fleet.cluster(name), kinds, clock),
    kubeconfig: playedKubeconfig,
    async until(check) {
      while (!(await check())) await clock.advance(1000)
    },
    pass: (ms) => clock.advance(ms),
    async [Symbol.asyncDispose]() {},
  }
}

/** A kubeconfig of an embedded cluster: nothing reads it but what checks it. */
function playedKubeconfig(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    clusters: [{ name: 'it', cluster: { server: `https://${name}.example.com` } }],
    users: [{ name: 'me', user: { token: 'of-the-user' } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
  })
}

function realFleet(kubeconfigs: readonly string[]): ExampleFleet {
  const names: string[] = []
  const opened: ClusterApi[] = []
  const fileOf = (name: string): string => {
    if (!names.includes(name)) names.push(name)
    return kubeconfigs[names.indexOf(name)] as string
  }
  const open = async (name: string): Promise<ClusterApi> => kubernetesCluster({ kubeconfigPath: fileOf(name) })
  return {
    clock: systemClock,
    connect: async ({ ref }, { current }) => current ?? open(ref.name),
    async cluster(name, kinds) {
      const cluster = await open(name)
      opened.push(cluster)
      return withDefinitions(cluster, kinds, systemClock)
    },
    kubeconfig: (name) => readFileSync(fileOf(name), 'utf8'),
    async until(check) {
      while (!(await check())) await systemClock.sleep(100)
    },
    pass: () => systemClock.sleep(1000),
    async [Symbol.asyncDispose]() {
      for (const cluster of opened) await cluster.close()
    },
  }
}

async function withDefinitions(cluster: ClusterApi, kinds: readonly KindDefinition[] = [], clock: Clock): Promise<ClusterApi> {
  if (kinds.length > 0)
    await new SyncRunner({ cluster, clock }).run(
      { metadata: { namespace: 'default', name: 'definitions' }, spec: { prune: false, wait: true } },
      { objects: kinds.map(definitionOf) },
    )
  return cluster
}
