import fc from 'fast-check'
import { type ClusterApi, FleetkitError, type KubeObject, refOf } from 'fleetkit'
import { canonicalJson } from '../../../internals.ts'
import { masked } from './masked.ts'
import { type Mutation, metadata, mutated, mutation, type Value } from './mutations.ts'

// Steps that several managers do to one object, on any cluster, and what must come of them on every one.

export interface Step {
  readonly do: 'create' | 'apply' | 'update' | 'status' | 'applyStatus' | 'delete'
  readonly manager: string
  readonly force: boolean
  readonly dryRun: boolean
  readonly metadata: object
  readonly mutations: readonly Mutation[]
  /** What an update says of managed fields. */
  readonly owners: 'theirs' | 'none' | 'empty' | 'emptied'
}

/** A random step. */
export const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 6, arbitrary: fc.constant('apply' as const) },
    { weight: 3, arbitrary: fc.constant('update' as const) },
    { weight: 1, arbitrary: fc.constantFrom('create' as const, 'status' as const, 'applyStatus' as const, 'delete' as const) },
  ),
  manager: fc.constantFrom('one', 'two', 'three'),
  force: fc.boolean(),
  dryRun: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  metadata,
  mutations: fc.array(mutation, { maxLength: 4 }),
  owners: fc.oneof(
    { weight: 8, arbitrary: fc.constant('theirs' as const) },
    { weight: 1, arbitrary: fc.constantFrom('none' as const, 'empty' as const, 'emptied' as const) },
  ),
})

export interface Outcome {
  readonly code?: string
  readonly reason?: string | undefined
  readonly said?: string
  readonly conflicts?: unknown
  readonly object?: unknown
}

/** Does one step, and says everything of it that both clusters must agree on. */
export async function outcomeOf(cluster: ClusterApi, base: KubeObject, op: Step, dryRun: boolean = op.dryRun): Promise<Outcome> {
  const options = { fieldManager: op.manager, dryRun }
  const wanted = withMetadata(mutated(base, op.mutations), op.metadata)
  try {
    // The server may write between the reading and the writing.
    for (let attempt = 0; op.do === 'update' && attempt < 5; attempt++) {
      const outcome = await updated(cluster, base, wanted, op, options)
      if (outcome.code !== 'store/conflict') return outcome
    }
    switch (op.do) {
      case 'create':
        return { object: masked(await cluster.create(wanted, options)) }
      case 'apply':
        return await applied(cluster, wanted, { ...options, force: op.force })
      case 'applyStatus': {
        const { apiVersion, kind } = base
        const status = mutated({ apiVersion, kind, metadata: base.metadata, status: base.status }, op.mutations, 'status')
        return await applied(cluster, status, { ...options, force: op.force, subresource: 'status' })
      }
      case 'update':
        return { code: 'store/conflict' }
      case 'status': {
        const live = await cluster.get(refOf(base))
        if (live === undefined) return { code: 'nothing to update' }
        const start = JSON.parse(canonicalJson((base.status ?? live.status ?? {}) as Value))
        const { status } = mutated({ ...base, status: start }, op.mutations, 'status')
        return { object: masked(await cluster.update({ ...live, status }, { ...options, subresource: 'status' })) }
      }
      case 'delete':
        await cluster.delete(refOf(base))
        return { object: (await cluster.get(refOf(base))) === undefined ? 'gone' : 'held' }
    }
  } catch (error) {
    return failure(error)
  }
}

async function updated(
  cluster: ClusterApi,
  base: KubeObject,
  wanted: KubeObject,
  { owners }: Step,
  options: Parameters<ClusterApi['update']>[1],
): Promise<Outcome> {
  const live = await cluster.get(refOf(base))
  if (live === undefined) return { code: 'nothing to update' }
  const { metadata: given, ...fields } = wanted
  const managedFields = { theirs: live.metadata.managedFields, none: undefined, empty: [], emptied: [{}] }[owners]
  const next = { ...live, ...fields, status: live.status, metadata: { ...live.metadata, ...given, managedFields } }
  return cluster.update(next as KubeObject, options).then((object) => ({ object: masked(object) }), failure)
}

async function applied(cluster: ClusterApi, object: KubeObject, options: Parameters<ClusterApi['apply']>[1]): Promise<Outcome> {
  const [result] = await cluster.apply([object], options)
  if (result === undefined || 'error' in result) return failure(result?.error)
  return { object: { created: result.created, ...masked(result.object) } }
}

function failure(error: unknown): Outcome {
  if (!(error instanceof FleetkitError)) throw error
  const { code, reason, conflicts, message } = error
  const invalid = code === 'cluster/invalid' || code === 'model/invalid'
  return { code: invalid ? 'cluster/invalid' : code, ...(invalid && { reason }), conflicts, said: message }
}

function withMetadata(object: KubeObject, more: object): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...more } }
}

/** Kinds that the server itself is busy with: it writes their status, and ends their deletion later. */
const busy: ReadonlySet<string> = new Set([
  'APIService',
  'CustomResourceDefinition',
  'FlowSchema',
  'Namespace',
  'PersistentVolume',
  'PriorityLevelConfiguration',
  'ServiceCIDR',
])

/** Whether a step can be done to a kind and come to the same everywhere. */
export function isComparable({ kind }: { readonly kind: string }, op: Step): boolean {
  // They are deleted once a controller has seen to their dependents, or the node has stopped them.
  if (op.do === 'delete' && ['Job', 'Pod', 'ReplicationController'].includes(kind)) return false
  return !busy.has(kind) || !['status', 'applyStatus', 'delete'].includes(op.do)
}

/** What the API server refuses by rules of a kind, which memory need not know. */
export function isJudgedByKind({ code = '', reason }: Outcome): boolean {
  return reason !== 'BadRequest' && /^cluster\/(invalid|immutable|admission|forbidden)$/.test(code)
}

/** Nothing of a kind without namespaces may stay: some of it changes what the server does. */
export async function clear(cluster: ClusterApi, base: KubeObject): Promise<void> {
  const live = await cluster.get(refOf(base))
  if (live === undefined) return
  if (live.metadata.finalizers?.some((finalizer) => finalizer.startsWith('example.com/')))
    await cluster.update({ ...live, metadata: { ...live.metadata, finalizers: [] } })
  if ((await cluster.get(refOf(base))) !== undefined) await cluster.delete(refOf(base))
}
