/**
 * Records what Flux says of the objects of the driver `flux` in the situations that it judges: `test/vectors/flux.jsonl`, one situation a line. It takes some minutes:
 * `node --conditions=fleetkit:source scripts/record-flux.ts`.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Assemblage, type AssemblageInput, type ClusterApi, type DriverChange, type KubeObject, type Observation } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { assemblageOf, type FluxFact, type FluxRecord, madeBy } from '../test/plan/assemblage/flux-record.ts'
import { WatchedLoop } from '../test/plan/assemblage/watched-loop.ts'
import { buildMissingFlux } from '../test/servers/build.ts'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { startFlux } from '../test/servers/flux.ts'
import { type ServedRepository, startGitServer } from '../test/servers/git.ts'
import { root } from './entry-points.ts'

type SyncInput = AssemblageInput['spec']['syncs'][number]
type Fields = Partial<SyncInput>

const configMap = (version: string, name = 'settings') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${version}" }\n`
/** Never available: no kubelet runs. */
const deployment =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n' +
  '  template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: example.com/web }] }\n'

/** One situation while it is recorded. */
class Recording implements AsyncDisposable {
  readonly facts: FluxFact[] = []
  readonly loop: WatchedLoop
  readonly #cluster: ClusterApi
  readonly #repository: ServedRepository
  readonly started = Date.now()
  readonly #seen = new Map<string, string>()
  readonly #made: (readonly KubeObject[])[] = []

  private constructor(loop: WatchedLoop, cluster: ClusterApi, repository: ServedRepository) {
    this.loop = loop
    this.#cluster = cluster
    this.#repository = repository
  }

  static async start(situation: string, cluster: ClusterApi, repository: ServedRepository): Promise<Recording> {
    const namespace = situation.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    let recording: Recording | undefined
    let known: Observation['left'] = []
    const loop = await WatchedLoop.start({
      cluster,
      driver: fluxDriver(),
      assemblage: assemblageOf(namespace),
      onEvent: (object, isGone) => recording?.see(object, isGone),
      onChange: (change, answer) => recording?.wrote(change, answer),
      onVerdicts(_, { left }) {
        if (JSON.stringify(left) === JSON.stringify(known)) return
        known = left
        recording?.add({ kind: 'left', left })
      },
    })
    recording = new Recording(loop, cluster, repository)
    return recording
  }

  get namespace(): string {
    return this.loop.assemblage.namespace as string
  }

  add(fact: FluxFact extends infer Fact ? (Fact extends FluxFact ? Omit<Fact, 'at'> : never) : never): void {
    this.facts.push({ at: Date.now() - this.started, ...fact } as FluxFact)
  }

  see(object: KubeObject, isGone: boolean): void {
    const { kind: of, metadata } = object
    const { name, uid = '', generation = 0, deletionTimestamp, finalizers = [] } = metadata
    if (isGone) {
      this.#seen.delete(`${of} ${name}`)
      this.add({ kind: 'gone', of, name })
      return
    }
    const isOf = (made: KubeObject): boolean => made.kind === of && made.metadata.name === name && digestOf(made) === digestOf(object)
    const version = this.#made.findLastIndex((objects) => objects.some(isOf))
    const made = this.#made[version]?.find(isOf)
    if (made === undefined) throw new Error(`${of} ${name} was never made`)
    const edits = editsBetween(made.spec as object, object.spec as object)
    const fact = {
      kind: 'seen',
      of,
      name,
      uid,
      generation,
      version,
      deletionTimestamp,
      finalizers,
      edits,
      status: trimmed(object.status),
    } as const
    // What else changed is not judged by.
    if (JSON.stringify(fact) === this.#seen.get(`${of} ${name}`)) return
    this.#seen.set(`${of} ${name}`, JSON.stringify(fact))
    this.add(fact)
  }

  /** Makes one write that was not decided by the driver, or not as it is. */
  async write(change: DriverChange): Promise<void> {
    this.wrote(change, await this.loop.apply(change))
  }

  wrote({ sync, reason }: DriverChange, answer: KubeObject | undefined): void {
    if (sync === undefined || answer === undefined || reason === 'removed') return
    const { uid = '', generation = 0 } = answer.metadata
    this.add({ kind: 'written', sync, uid, generation })
  }

  /** Specifies syncs, and has them written. */
  async specify(...inputs: readonly SyncInput[]): Promise<void> {
    const { syncs } = new Assemblage({ metadata: { name: 'edge', namespace: this.namespace }, spec: { syncs: inputs } }).spec
    this.#made.push(madeBy(this.loop.driver, this.loop.assemblage, syncs))
    this.add({ kind: 'specified', syncs })
    this.loop.syncs = syncs
    await this.loop.turn()
  }

  /** Waits until the verdicts are so, and a moment longer. */
  async until(states: string, timeoutMs = 90_000): Promise<void> {
    await this.loop.until((verdicts) => verdicts.map(({ name, state }) => `${name} ${state}`).join(', ') === states, states, timeoutMs)
    await new Promise((resolve) => setTimeout(resolve, 500))
    console.log(`  ${states}`)
  }

  sync(name: string, commit: string, fields: Fields = {}): SyncInput {
    const source = { git: { url: this.#repository.url, commit } }
    return { name, source, prune: true, interval: '1h', retryInterval: '5s', targetNamespace: this.namespace, ...fields }
  }

  /** Changes an object as another user would. */
  async edit(kind: 'Kustomization' | 'GitRepository', change: (object: KubeObject) => KubeObject): Promise<void> {
    const found = this.loop.objects.find((object) => object.kind === kind) as KubeObject
    const { apiVersion, metadata } = found
    const object = (await this.#cluster.get({ apiVersion, kind, ...metadata })) as KubeObject
    await this.#cluster.update(change(object), { fieldManager: 'kubectl-edit' })
  }

  /** Has Flux look at an object again, as `flux reconcile` does. */
  async reconcile(kind: 'Kustomization' | 'GitRepository'): Promise<void> {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() }
    await this.edit(kind, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
    }))
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.loop[Symbol.asyncDispose]()
  }
}

const digestOf = ({ metadata }: KubeObject): string => metadata.annotations?.['assemblage.fleetkit.dev/digest'] ?? ''
const withSpec = (fields: object) => (object: KubeObject) => ({ ...object, spec: { ...(object.spec as object), ...fields } })

/** The fields that are not as they were written. */
function editsBetween(made: object, found: object): Readonly<Record<string, unknown>> | undefined {
  const [before, after] = [made, found] as readonly Readonly<Record<string, unknown>>[]
  const fields = [...new Set([...Object.keys(made), ...Object.keys(found)])]
  const edited = fields.filter((field) => !isDeepStrictEqual(before?.[field], after?.[field]))
  return edited.length === 0 ? undefined : Object.fromEntries(edited.map((field) => [field, after?.[field] ?? null]))
}

/** What is judged by, without what Flux says to people beside it. */
function trimmed(status: unknown): object {
  const { conditions = [], observedGeneration, lastAppliedRevision, lastAttemptedRevision, artifact, inventory } = (status ?? {}) as Status
  return {
    observedGeneration,
    conditions: conditions.map(({ lastTransitionTime: _, ...condition }) => condition),
    lastAppliedRevision,
    lastAttemptedRevision,
    inventory,
    artifact: artifact && { revision: artifact.revision, lastUpdateTime: artifact.lastUpdateTime },
  }
}

/** What Flux says of an object. */
interface Status {
  readonly conditions?: readonly { readonly lastTransitionTime: string }[]
  readonly observedGeneration?: number
  readonly lastAppliedRevision?: string
  readonly lastAttemptedRevision?: string
  readonly artifact?: { readonly revision: string; readonly lastUpdateTime: string }
  readonly inventory?: unknown
}

/** The commits of the repository, by what is in them. */
async function commits(repository: ServedRepository) {
  const kustomization = 'resources: [missing.yaml]\n'
  return {
    v1: await repository.commit({
      'edge/map.yaml': configMap('1'),
      'more/map.yaml': configMap('1', 'more'),
      'last/map.yaml': configMap('1', 'last'),
    }),
    v2: await repository.commit({ 'edge/map.yaml': configMap('2'), 'more/map.yaml': configMap('2', 'more') }),
    broken: await repository.commit({ 'edge/kustomization.yaml': kustomization, 'more/map.yaml': configMap('3', 'more') }),
    unhealthy: await repository.commit({ 'edge/web.yaml': deployment, 'edge/map.yaml': configMap('4') }),
    fewer: await repository.commit({ 'edge/map.yaml': configMap('6'), 'edge/kept.yaml': configMap('6', 'kept') }),
    fewest: await repository.commit({ 'edge/map.yaml': configMap('7') }),
    empty: await repository.commit({ 'edge/README.md': 'nothing' }),
    held: await repository.commit({
      'edge/map.yaml': configMap('8').replace('name: settings', 'name: settings, finalizers: [example.com/hold]'),
    }),
  }
}
type Commits = Awaited<ReturnType<typeof commits>>

const situations: Readonly<Record<string, (recording: Recording, git: Commits, cluster: ClusterApi) => Promise<void>>> = {
  async 'first apply, new version, rollback'(to, { v1, v2 }) {
    for (const commit of [v1, v2, v1]) {
      await to.specify(to.sync('a', commit, { path: './edge' }))
      await to.until('a Ready')
    }
  },
  async 'another path of the same commit'(to, { v1 }) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    await to.specify(to.sync('a', v1, { path: './more' }))
    await to.until('a Ready')
  },
  async 'failed build, then a good version'(to, { v1, v2, broken }) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    await to.specify(to.sync('a', broken, { path: './edge' }))
    await to.until('a Failed')
    await new Promise((resolve) => setTimeout(resolve, 6000))
    await to.specify(to.sync('a', v2, { path: './edge' }))
    await to.until('a Ready')
  },
  async 'failed health check, then a good version'(to, { v1, unhealthy }) {
    await to.specify(to.sync('a', v1, { path: './edge', wait: true, timeout: '30s' }))
    await to.until('a Ready')
    await to.specify(to.sync('a', unhealthy, { path: './edge', wait: true, timeout: '30s' }))
    await to.until('a Failed')
    await to.specify(to.sync('a', v1, { path: './edge', wait: true, timeout: '30s' }))
    await to.until('a Ready')
  },
  async 'missing namespace, made later'(to, { v1 }, cluster) {
    await to.specify(to.sync('a', v1, { path: './edge', targetNamespace: 'made-later' }))
    await to.until('a Failed')
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'made-later' } })
    await to.until('a Ready')
  },
  async 'refused pruning'(to, { fewer, fewest }, cluster) {
    await refuseDeletion(cluster, to.namespace)
    await to.specify(to.sync('a', fewer, { path: './edge' }))
    await to.until('a Ready')
    await to.specify(to.sync('a', fewest, { path: './edge' }))
    await to.until('a Failed')
  },
  async 'missing path'(to, { v1, v2 }) {
    await to.specify(to.sync('a', v1, { path: './nowhere' }))
    await to.until('a Failed')
    await new Promise((resolve) => setTimeout(resolve, 6000))
    await to.specify(to.sync('a', v2, { path: './edge' }))
    await to.until('a Ready')
  },
  async 'missing commit'(to, { v1 }) {
    await to.specify(to.sync('a', '1'.repeat(40), { path: './edge' }))
    await to.until('a Failed')
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
  },
  async 'empty source'(to, { v1, empty }) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    await to.specify(to.sync('a', empty, { path: './edge' }))
    await to.until('a Ready')
  },
  async 'health expression that is no CEL'(to, { v1, v2 }) {
    const healthCheckExprs = [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.(' }]
    await to.specify(to.sync('a', v1, { path: './edge', wait: true, healthCheckExprs }))
    await to.until('a Stalled')
    await to.specify(to.sync('a', v2, { path: './edge', wait: true }))
    await to.until('a Ready')
  },
  async 'readiness expression that is no CEL'(to, { v1 }) {
    const dependsOn = [{ name: 'a', readyExpr: 'dep.(' }]
    await to.specify(to.sync('a', v1, { path: './edge' }), to.sync('b', v1, { path: './more', dependsOn }))
    await to.until('a Ready, b Stalled')
  },
  async 'failed dependency, then a good version'(to, { v1, broken }) {
    const dependants = [
      to.sync('b', v1, { path: './more', dependsOn: [{ name: 'a' }] }),
      to.sync('c', v1, { path: './last', dependsOn: [{ name: 'b' }] }),
    ]
    await to.specify(to.sync('a', broken, { path: './edge' }), ...dependants)
    await to.until('a Failed, b Waiting, c Waiting')
    await to.specify(to.sync('a', v1, { path: './edge' }), ...dependants)
    await to.until('a Ready, b Ready, c Ready')
  },
  async 'suspended by hand, and its path changed'(to, { v1 }) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    to.loop.isWriting = false
    await to.edit('Kustomization', withSpec({ suspend: true, path: './more' }))
    await to.until('a Unassigned')
    to.loop.isWriting = true
    await to.until('a Ready')
  },
  async 'source suspended by hand before it was read'(to, { v1 }) {
    to.loop.isWriting = false
    await to.specify(to.sync('a', v1, { path: './edge' }))
    for (const change of to.loop.driver.diff(await to.loop.observe([])))
      await to.write(change.sync === undefined ? { ...change, object: withSpec({ suspend: true })(change.object) } : change)
    await to.until('a Unassigned')
    to.loop.isWriting = true
    await to.until('a Ready')
  },
  async 'source deleted by hand'(to, { v1 }, cluster) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    to.loop.isWriting = false
    const { apiVersion, kind, metadata } = to.loop.objects.find(({ kind }) => kind === 'GitRepository') as KubeObject
    await cluster.delete({ apiVersion, kind, ...metadata })
    await to.until('a Ready')
    await to.reconcile('Kustomization')
    await to.until('a Unassigned')
    to.loop.isWriting = true
    await to.until('a Ready')
  },
  async 'source pointed elsewhere by hand'(to, { v1, v2 }) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    to.loop.isWriting = false
    await to.edit('GitRepository', withSpec({ ref: { commit: v2 } }))
    await to.until('a Unassigned')
    to.loop.isWriting = true
    await to.until('a Ready')
  },
  async 'checked again'(to, { v1 }) {
    await to.specify(to.sync('a', v1, { path: './edge', wait: true }))
    await to.until('a Ready')
    for (const kind of ['Kustomization', 'Kustomization', 'GitRepository'] as const) await to.reconcile(kind)
    await to.until('a Ready')
  },
  async 'deleted by another user'(to, { v1, held }, cluster) {
    await to.specify(to.sync('a', v1, { path: './edge' }))
    await to.until('a Ready')
    const { apiVersion, kind, metadata } = to.loop.objects.find(({ kind }) => kind === 'Kustomization') as KubeObject
    await to.specify(to.sync('a', held, { path: './edge', deletionPolicy: 'WaitForTermination', timeout: '30s' }))
    await to.until('a Ready')
    await cluster.delete({ apiVersion, kind, ...metadata })
    await to.until('a Unassigned')
    await letGo(cluster, to.namespace)
    await to.until('a Ready')
    await letGo(cluster, to.namespace)
  },
  async 'removed, with an object that stays'(to, { held }, cluster) {
    await to.specify(to.sync('a', held, { path: './edge' }))
    await to.until('a Ready')
    await to.specify()
    await to.until('a Progressing')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await letGo(cluster, to.namespace)
    await to.until('')
  },
}

/** Lets go of the object that a finalizer holds. */
async function letGo(cluster: ClusterApi, namespace: string): Promise<void> {
  const held = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' })
  if (held !== undefined) await cluster.update({ ...held, metadata: { ...held.metadata, finalizers: [] } })
}

/** Has the API server refuse the deletion of a ConfigMap. */
async function refuseDeletion(cluster: ClusterApi, namespace: string): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'], resourceNames: ['kept'] },
  ]
  const metadata = { name: 'keep' }
  await cluster.create({
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: { matchConstraints: { resourceRules }, validations: [{ expression: 'false', message: 'it is kept' }] },
  })
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  const binding = { policyName: 'keep', validationActions: ['Deny'], matchResources: { namespaceSelector } }
  await cluster.create({ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: binding })
}

await buildMissingFlux(console.log)
await using etcd = await startEtcd()
await using server = await startApiServer({ etcd })
await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
await using _flux = await startFlux(server)
await using served = await startGitServer()
const repository = await served.repository('edge')
const git = await commits(repository)
const records: FluxRecord[] = []
const only = process.argv[2]
for (const [situation, play] of Object.entries(situations)) {
  if (only !== undefined && !situation.includes(only)) continue
  console.log(situation)
  await using recording = await Recording.start(situation, cluster, repository)
  try {
    await play(recording, git, cluster)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
  records.push({ situation, namespace: recording.namespace, started: recording.started, facts: recording.facts })
}
const file = only === undefined ? path.join(root, 'test/vectors/flux.jsonl') : '/tmp/flux.jsonl'
await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
console.log(`${records.length} situations in ${file}`)
