/** Twelve embedded clusters in three regions, each with a manager that applies what it is assigned, and a management over them. */
import {
  assemblageController,
  Cluster,
  clusterController,
  Informer,
  type KubeObject,
  Manager,
  moduleController,
  type RemoteAssemblageSpec,
  type RemoteAssemblageStatus,
  type RolloutController,
  remoteAssemblageController,
  rolloutController,
  type Store,
  syncController,
} from 'fleetkit'
import { ModuleRevision } from 'fleetkit/fleet'
import { assemblageKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { type MemoryGit, memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { playDeployments, VirtualClock } from 'fleetkit/testing'

const apiVersion = 'fleetkit.dev/v1alpha1'
export const namespace = 'fleet'
export const names: readonly string[] = ['eu-west', 'us-east', 'ap-south'].flatMap((region) => [1, 2, 3, 4].map((at) => `${region}-${at}`))
export const labelsOf = (name: string): Readonly<Record<string, string>> => ({
  region: name.slice(0, -2),
  stage: name === 'eu-west-1' ? 'canary' : 'prod',
})

/** What a cluster has of the module. */
export type Shown = (cluster: string, state: string) => void

/** What the demo does to it. */
export interface DemoWorld extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly store: Store
  readonly git: MemoryGit
  readonly rollouts: RolloutController
  /** A text with revisions as people call them. */
  readonly versioned: (text: string) => string
  /** The nodes of the bad cluster start nothing any more. */
  readonly breakNodes: () => Promise<void>
  readonly repairNodes: () => void
}

/** @param bad - the cluster whose nodes can be broken */
export async function demoWorld(shown: Shown, bad: string): Promise<DemoWorld> {
  const stack = new AsyncDisposableStack()
  const clock = new VirtualClock(Date.UTC(2026, 11, 1, 9))
  const [fleet, store, git] = [memoryFleet({ clock }), memoryStore({ clock }), memoryGit()]
  const rollouts = rolloutController()
  const common = { clock, git, random: () => 0.5, renderers: [plainRenderer()] }
  const run = (manager: Manager): void => {
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    stack.defer(async () => {
      stop.abort()
      const ticking = clock.advance(60_000)
      await running
      await ticking
    })
  }
  let nodes: AsyncDisposable | undefined
  const play = (name: string): AsyncDisposable =>
    playDeployments(fleet.cluster(name), { clock, readyAfterMs: 60_000 + 7_000 * names.indexOf(name) })
  for (const name of names) {
    const cluster = fleet.cluster(name)
    for (const kind of [syncKind, assemblageKind]) await cluster.create(definitionOf(kind))
    if (name === bad) nodes = play(name)
    else stack.use(play(name))
    const spec = { access: { kubeConfig: { secretRef: { name } } } }
    await store.create(new Cluster({ metadata: { name, namespace, labels: labelsOf(name) }, spec }).toObject())
    run(new Manager({ ...common, store: cluster, cluster }).add(syncController(), assemblageController()))
  }
  const revisions = stack.use(new Informer({ store, type: { apiVersion, kind: 'ModuleRevision' }, clock, project: ModuleRevision.from }))
  revisions.start()
  const versioned = (text: string): string =>
    revisions.list().reduce((said, { metadata, version }) => said.replaceAll(metadata.name, version), text)
  const assemblages = stack.use(new Informer({ store, type: { apiVersion, kind: 'RemoteAssemblage' }, clock }))
  assemblages.subscribe(({ object }) => report(object, (cluster, state) => shown(cluster, versioned(state))))
  assemblages.start()
  run(
    new Manager({ ...common, store, connect: fleet.connect }).add(
      clusterController(),
      remoteAssemblageController(),
      moduleController(),
      rollouts,
    ),
  )
  return {
    clock,
    store,
    git,
    rollouts,
    versioned,
    async breakNodes() {
      await nodes?.[Symbol.asyncDispose]()
    },
    repairNodes() {
      stack.use(play(bad))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function report({ metadata, spec, status }: KubeObject, shown: Shown): void {
  const [assigned] = (spec as RemoteAssemblageSpec).modules ?? []
  if (assigned === undefined) return
  const [seen] = (status as Partial<RemoteAssemblageStatus> | undefined)?.modules ?? []
  const outcome = seen?.generation === assigned.generation ? seen.phase : undefined
  const state = outcome === 'Ready' ? 'ready' : outcome === 'Failed' ? 'failed' : 'updating'
  shown(metadata.name, `${state} ${assigned.revision}`)
}
