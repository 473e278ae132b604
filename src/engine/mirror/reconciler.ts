import { monotonic } from '../../async/time/monotonic.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import { fieldManagerOf, type Owner, ownerName } from '../../model/kinds/owner.ts'
import { mirrorManagementLabel } from '../../model/mirror/annotations.ts'
import { copyOf } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { mirroredObject, written } from '../../plan/mirror/mirrored-object.ts'
import type { MirrorFacts, MirrorOutcome } from '../../plan/mirror/next-mirror-status.ts'
import { type MirrorDecision, planMirror } from '../../plan/mirror/plan-mirror.ts'
import { dependenciesOf } from '../../plan/sync/dependencies.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { checkDependencies } from '../attempt/dependencies.ts'
import { checkIdentity } from '../cluster/check-identity.ts'
import { requireCluster } from '../cluster/cluster-ref.ts'
import { holdOf } from '../cluster/hold.ts'
import type { CacheReader, ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { ClusterWatch } from '../runtime/lines/cluster-watch.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { isSameSpec } from '../runtime/same-spec.ts'
import { Corrections } from '../runtime/writes/corrections.ts'
import { orRefused } from '../runtime/writes/or-refused.ts'
import { type CopyPlace, copyIndex, copyKey, homeRef, wantedPlace } from './copy-index.ts'
import type { MirrorEnd } from './end.ts'
import { type MirrorValue, mirrorKindOf } from './mirror-kind.ts'
import { remove } from './remove.ts'
import type { RevisionWaits } from './revision-waits.ts'
import { saveMirrorStatus } from './save-status.ts'

/** How long the cluster and the store may take for one write. */
const writeAtMostMs = 30_000
/** How soon is looked again at what only others can repair. */
const lookAgainMs = 60_000
/** What was looked at before the watch has seen it can be gone before that, and no change tells of it. */
const beforeSeen: WorkResult = { requeueAfterMs: lookAgainMs }

/** What a reconcile works with. */
interface Mirror {
  readonly value: MirrorValue
  readonly object: KubeObject
  readonly owner: Owner
  readonly clusterRef: ObjectRef
  readonly cluster: KubeObject
  /** The copy as it is to be, but for what names the write. */
  readonly wanted: KubeObject
  readonly copyRef: ObjectRef
  readonly place: CopyPlace
}

type Write = Extract<MirrorDecision, { readonly action: 'write' }>

/** The work of the controllers of kinds that keep copies, loaded with the first reconcile, and what it remembers. */
export class MirrorReconciler {
  readonly #end: MirrorEnd
  /** Who waits for a ModuleRevision. */
  readonly #revisionWaits: RevisionWaits
  /** Of copies, by what keeps them. */
  readonly #corrections = new Corrections()

  constructor(end: MirrorEnd, waits: RevisionWaits) {
    this.#end = end
    this.#revisionWaits = waits
  }

  async reconcile({ ref, object }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    this.#revisionWaits.set(ref, [])
    if (object === undefined) {
      this.#corrections.forget(refKey(ref))
      return undefined
    }
    const home = homeRef(object)
    const cluster = home && context.cache.get(home)
    if (!this.#end.keeps(cluster)) {
      await this.#end.leave(object, home && holdOf(home, cluster), context)
      return undefined
    }
    if (object.metadata.deletionTimestamp !== undefined) return remove(object, this.#end, context)
    const read = orInvalid(() => mirrorKindOf(object).read(object))
    if (read instanceof FleetkitError) return refuse(object, 'Invalid', read.message, context)
    const { value } = read
    const clusterRef = requireCluster(object)
    const place = wantedPlace(object) as CopyPlace
    const moved = movedFrom(object, place)
    if (moved !== undefined) return refuse(object, 'Moved', moved, context)
    const hold = holdOf(clusterRef, cluster)
    if (hold !== undefined) {
      // A change of the Cluster wakes it.
      await saveMirrorStatus(object, {}, { status: 'Unknown', ...hold }, context)
      return undefined
    }
    const owner = { ...ref, management: await context.management() }
    try {
      const copy = await read.makeCopy(this.#revisionWaits, context)
      if (!('kind' in copy)) {
        await saveMirrorStatus(object, {}, copy, context)
        return { requeueAfterMs: lookAgainMs }
      }
      const wanted = mirroredObject(value, copy, owner)
      const mirror = { value, object, owner, clusterRef, cluster: cluster as KubeObject, wanted, copyRef: refOf(wanted), place }
      return await this.#keep(mirror, context)
    } catch (error) {
      if (error instanceof FleetkitError && !context.signal.aborted && !error.code.startsWith('store/'))
        await saveMirrorStatus(object, {}, { status: 'Unknown', reason: 'LookFailed', message: error.message }, context)
      throw error
    }
  }

  async #keep(mirror: Mirror, context: ReconcileContext): Promise<WorkResult | undefined> {
    const { clusterRef, copyRef, object, cluster } = mirror
    const known = await context.idle(() => watchCopies(mirror, context))
    const decision = decide(mirror, known.get(copyRef))
    if (decision.action === 'none') return this.#show(mirror, { copy: known.get(copyRef) as KubeObject, write: decision.write }, context)
    // Nothing is written by what may be out of date.
    return context.idle(() =>
      withinTime(writeAtMostMs, 'it did not answer in time', context, async (signal) => {
        const line = context.clusterOf(clusterRef)
        const within = { ...context, signal }
        await checkIdentity(cluster, within)
        const current = await context.store.get(refOf(object), { signal })
        // It has changed, and comes again.
        if (!isSameSpec(current, object)) return undefined
        const copy = await line.get(copyRef, { signal })
        return this.#act({ ...mirror, object: current as KubeObject }, line, copy, within)
      }),
    )
  }

  async #act(mirror: Mirror, line: ClusterApi, copy: KubeObject | undefined, context: ReconcileContext): Promise<WorkResult | undefined> {
    const { value, object } = mirror
    const decision = decide(mirror, copy)
    if (decision.action === 'none') {
      await this.#show(mirror, { copy: copy as KubeObject, write: decision.write }, context)
      return beforeSeen
    }
    if (decision.action === 'refuse') return refuse(object, decision.reason, decision.message, context)
    if (value.spec.suspend) {
      const message = `it is suspended (spec.suspend), and its ${mirror.wanted.kind} is not as it is to be: ${decision.reason}`
      await saveMirrorStatus(object, {}, { status: 'Unknown', reason: 'Suspended', message }, context)
      return undefined
    }
    const waits = await this.#waits(mirror, decision, context)
    if (waits !== undefined) return waits
    return this.#write(mirror, decision, line, copy, context)
  }

  /** Why nothing is written yet, as it is recorded then. */
  async #waits({ value, object }: Mirror, { reason, edits }: Write, context: ReconcileContext): Promise<WorkResult | undefined> {
    const { clock, store, signal } = context
    const leftMs = this.#corrections.leftMs(refKey(refOf(object)), monotonic(clock))
    if (reason === 'edited' && leftMs > 0) {
      const message = `another manager edits it in its cluster again and again: ${edits.join(', ')}`
      await saveMirrorStatus(object, {}, { status: 'False', reason: 'EditedDownstream', message }, context)
      return { requeueAfterMs: leftMs }
    }
    try {
      const dependencies = dependenciesOf(object)
      await checkDependencies({ owner: refOf(object), spec: value.spec, dependencies }, (ref) => store.get(ref, { signal }))
      return undefined
    } catch (error) {
      if (!hasCode(error, 'sync/dependency', 'sync/dependency-cycle', 'sync/dependency-expression')) throw error
      const stalled = !error.retryable
      const why = { status: 'False', reason: dependencyReason(error), message: error.message, stalled } as const
      await saveMirrorStatus(object, {}, why, context)
      return { requeueAfterMs: lookAgainMs / 2 }
    }
  }

  /** Before anything is written: the object does not go before its copy, and the number of the write is remembered. */
  async #prepare(
    { object, wanted, place, cluster }: Mirror,
    { number, reason }: Write,
    copy: KubeObject | undefined,
    context: ReconcileContext,
  ): Promise<KubeObject> {
    const kept = await this.#end.hold(object, context)
    if (reason === 'changed') return kept
    const { restoredAt } = clusterStatusOf(cluster).identity ?? {}
    const facts = { copy: { ...place, uid: copy?.metadata.uid, write: number, restoredAt } }
    const message = `the ${wanted.kind} is being written: ${reason}`
    return saveMirrorStatus(kept, facts, { status: 'Unknown', reason: 'Progressing', message }, context)
  }

  /** Shows what a copy reports that is as it is to be, and holds on to it: also where it was there before, as when the management is from a backup. */
  async #show(
    { object, place, cluster }: Mirror,
    outcome: Extract<MirrorOutcome, { readonly copy: KubeObject }>,
    context: ReconcileContext,
    number: number = copyOf(object)?.write ?? 1,
  ): Promise<undefined> {
    const { restoredAt } = clusterStatusOf(cluster).identity ?? {}
    const dependencies = dependenciesOf(object).map(({ ref: { kind, namespace, name } }) => ({ kind, namespace, name }))
    const facts: Partial<MirrorFacts> = { copy: { ...place, uid: outcome.copy.metadata.uid, write: number, restoredAt }, dependencies }
    await saveMirrorStatus(await this.#end.hold(object, context), facts, outcome, context)
    return undefined
  }

  async #write(
    mirror: Mirror,
    decision: Write,
    line: ClusterApi,
    copy: KubeObject | undefined,
    context: ReconcileContext,
  ): Promise<undefined | WorkResult> {
    const { owner, copyRef } = mirror
    const { signal, events, clock } = context
    const prepared = await this.#prepare(mirror, decision, copy, context)
    const wanted = written(mirror.wanted, decision.write, copy)
    const options = { fieldManager: fieldManagerOf(owner), signal }
    const kept = await orRefused(copy === undefined ? line.create(wanted, options) : line.update(wanted, options))
    if (kept instanceof FleetkitError) return refuse(prepared, 'Rejected', kept.message, context)
    if (decision.reason === 'edited') this.#corrections.corrected(refKey(refOf(mirror.object)), monotonic(clock))
    events.emit('mirror.written', { source: refOf(mirror.object), copy: copyRef, reason: decision.reason, edits: decision.edits })
    await this.#show({ ...mirror, object: prepared }, { copy: kept, write: decision.write }, context, decision.number)
    return beforeSeen
  }
}

/** The copies of a management in one cluster. */
function watchCopies(
  { object, clusterRef, cluster, copyRef, owner }: Mirror,
  context: ReconcileContext,
): ReturnType<ReconcileContext['watchCluster']> {
  const { apiVersion, kind } = copyRef
  const { uid, restoredAt } = clusterStatusOf(cluster).identity ?? {}
  return context.watchCluster(clusterRef, {
    type: { apiVersion, kind },
    labelSelector: { matchLabels: { [mirrorManagementLabel]: owner.management ?? '' } },
    state: JSON.stringify([uid, restoredAt]),
    map: keepersOf(refOf(object), clusterRef, context.cache),
  })
}

/** Apart, since what follows a cluster keeps it, and with it all that it is made from. */
function keepersOf(
  { apiVersion, kind }: ObjectRef,
  { namespace: from, name: cluster }: ObjectRef,
  cache: CacheReader,
): ClusterWatch['map'] {
  return ({ metadata: { namespace = '', name } }) =>
    cache.indexed({ apiVersion, kind }, copyIndex, copyKey(from, { cluster, namespace, name })).map(refOf)
}

function decide({ value, object, owner, cluster, wanted }: Mirror, copy: KubeObject | undefined): MirrorDecision {
  const { edits, adopt } = value.spec
  return planMirror({
    source: object,
    wanted,
    copy,
    owner: ownerName(owner),
    manager: fieldManagerOf(owner),
    remembered: copyOf(object),
    restoredAt: clusterStatusOf(cluster).identity?.restoredAt,
    policy: { edits, adopt },
  })
}

async function refuse(object: KubeObject, reason: string, message: string, context: ReconcileContext): Promise<WorkResult> {
  await saveMirrorStatus(object, {}, { status: 'False', reason, message, stalled: true }, context)
  return { requeueAfterMs: lookAgainMs }
}

/** Why an object cannot keep its copy where it says now; `undefined` when it can. */
function movedFrom(object: KubeObject, place: CopyPlace): string | undefined {
  const copy = copyOf(object)
  const namespace = object.metadata.namespace
  if (copy === undefined || copyKey(namespace, copy) === copyKey(namespace, place)) return undefined
  const [was, is] = [copy, place].map(({ cluster, namespace: there, name }) => `${there}/${name} in ${cluster}`)
  return `its ${mirrorKindOf(object).copyType.kind} is ${was}, and cannot become ${is}: delete the ${object.kind} and make another one`
}

function dependencyReason({ code }: FleetkitError): string {
  if (code === 'sync/dependency') return 'DependencyNotReady'
  return code === 'sync/dependency-cycle' ? 'DependencyCycle' : 'InvalidCELExpression'
}
