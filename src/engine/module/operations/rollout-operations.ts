import { inTurns } from '../../../async/in-turns.ts'
import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { readModule } from '../../../model/kinds/bootstrap-module/read-module.ts'
import { bootstrapModuleType } from '../../../model/kinds/bootstrap-module/type.ts'
import type { ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionType } from '../../../model/kinds/module-revision/type.ts'
import { allModules, Rollout } from '../../../model/kinds/rollout/rollout.ts'
import type {
  AwaitedApproval,
  RolloutEmergency,
  RolloutHandbrake,
  RolloutPin,
  StageApproval,
  StoredRolloutSpec,
} from '../../../model/kinds/rollout/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refOf, type TypeRef } from '../../../model/reference.ts'
import { historyOfLogsSteps } from '../../../plan/fleet/log/history-of-logs.ts'
import { readLogsSteps } from '../../../plan/fleet/log/read-logs.ts'
import { abortAnnotation, retryAnnotation } from '../../../plan/fleet/objects/module-view.ts'
import { holderOf } from '../../../plan/fleet/objects/name-holder.ts'
import { moduleSpecOf } from '../../../plan/fleet/revision/module-spec-of.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import type { CallOptions, Store } from '../../../ports/store.ts'
import { listAll } from '../../attempt/list-all.ts'
import { moduleType, rolloutLogType, rolloutType } from '../types.ts'

/**
 * What {@link RolloutOperations} work on.
 *
 * @category Module
 */
export interface RolloutOperationsOptions {
  /** The store of the management. */
  readonly store: Store
  /** The namespace of the fleet. */
  readonly namespace: string
  readonly clock?: Clock | undefined
}

/**
 * A Module on a Cluster of the fleet.
 *
 * @category Module
 */
export interface PairOfFleet {
  readonly module: string
  readonly cluster: string
}

/**
 * What people do to the rollouts of a fleet, of Modules and of BootstrapModules. Each writes one object of the store, which `kubectl` can write as well, and `rolloutController` does the rest: see
 * docs/operations.md. The name of the person is what the caller says; who may write the objects is up to the store.
 *
 * Every method throws `store/not-found` when what it names is not there, and `operation/refused` when what is asked for does not fit what is there; nothing is changed then.
 *
 * @example
 * ```ts
 * import { memoryStore } from 'fleetkit/memory'
 * import { RolloutOperations } from 'fleetkit/operations'
 *
 * const fleet = new RolloutOperations({ store: memoryStore(), namespace: 'fleet' })
 * await fleet.pullHandbrake({ by: 'alice', reason: 'incident 42' })
 * await fleet.releaseHandbrake()
 * ```
 *
 * @category Module
 */
export class RolloutOperations {
  readonly #store: Store
  readonly #namespace: string
  readonly #clock: Clock

  constructor({ store, namespace, clock = systemClock }: RolloutOperationsOptions) {
    this.#store = store
    this.#namespace = namespace
    this.#clock = clock
  }

  /** The stages of a Module that wait for approvals now, each with the digest of what would begin. */
  async awaiting(module: string, options?: CallOptions): Promise<readonly AwaitedApproval[]> {
    const rollout = Rollout.from(await this.#get(this.#ref(rolloutType, module), options))
    return rollout.status?.approvals ?? []
  }

  /** Approves of a stage that waits. What was looked at is named by its digest: what has moved since is refused. */
  async approve(module: string, approval: StageApproval, options?: CallOptions): Promise<void> {
    const isSame = isOfSame(approval)
    await this.#changeRollout(module, options, (spec, { status }) => {
      const awaited = status?.approvals?.find(isSame)
      if (awaited?.digest !== approval.digest) {
        const now = awaited === undefined ? 'it waits for none' : `what would begin now is ${awaited.digest} (${awaited.clusters} clusters)`
        throw refused(
          this.#ref(moduleType, module),
          `stage ${approval.stage} was not approved of: found digest ${approval.digest}, ${now}; look again`,
        )
      }
      const others = (spec.approvals ?? []).filter((each) => !(isSame(each) && each.by === approval.by))
      return { ...spec, approvals: [...others, approval] }
    })
  }

  /** Takes an approval back. It has no effect once the stage has begun. */
  async revoke(module: string, approval: Omit<StageApproval, 'digest'>, options?: CallOptions): Promise<void> {
    const isSame = isOfSame(approval)
    await this.#changeRollout(module, options, (spec) => ({
      ...spec,
      approvals: (spec.approvals ?? []).filter((each) => !(isSame(each) && each.by === approval.by)),
    }))
  }

  /** Starts nothing more of a Module until it is resumed. */
  async pause(module: string, options?: CallOptions): Promise<void> {
    await this.#changeModule(module, options, ({ spec }) => ({ spec: { ...(spec as JsonObject), suspend: true } }))
  }

  /** Lets it go on. */
  async resume(module: string, options?: CallOptions): Promise<void> {
    await this.#changeModule(module, options, ({ spec }) => ({ spec: { ...(spec as JsonObject), suspend: false } }))
  }

  /** Tries the same revision again, failed clusters included. What was aborted goes on as well. */
  async retry(module: string, options?: CallOptions): Promise<void> {
    const at = new Date(this.#clock.now()).toISOString()
    await this.#changeModule(module, options, ({ metadata }) => {
      const { [abortAnnotation]: _, ...annotations } = metadata.annotations ?? {}
      return { metadata: { ...metadata, annotations: { ...annotations, [retryAnnotation]: at } } }
    })
  }

  /** Ends the rollout of the revision that is wanted: nothing of it is started any more. */
  async abort(module: string, options?: CallOptions): Promise<void> {
    await this.#changeModule(module, options, ({ metadata, status }) => {
      const { revision } = (status ?? {}) as Partial<ModuleStatus>
      if (revision === undefined) throw refused(this.#ref(moduleType, module), 'there is no rollout to abort: no revision of it is known')
      return { metadata: { ...metadata, annotations: { ...metadata.annotations, [abortAnnotation]: revision } } }
    })
  }

  /**
   * Has a Module want a revision of before again, without asking the git server.
   *
   * @param to - name of one of its ModuleRevisions; by default the one that was last rolled out to the end, if that is another than the one that is wanted
   * @returns the name of the revision
   */
  async rollBack(module: string, { to, ...options }: CallOptions & { readonly to?: string | undefined } = {}): Promise<string> {
    const object = await this.#module(module, options)
    const ref = refOf(object)
    const { revision, completed } = (object.status ?? {}) as Partial<ModuleStatus>
    const wanted = to ?? completed?.revision
    if (wanted === undefined || wanted === revision) {
      const what = wanted === undefined ? 'no revision of it was rolled out to the end' : `${wanted} is the one that is wanted`
      throw refused(ref, `it was not rolled back: ${what}; name one of its ModuleRevisions`)
    }
    const found = await this.#revision(module, wanted, options)
    await this.#changeModule(module, options, (present) => {
      const { metadata, spec } = readModule(present)
      const { [abortAnnotation]: aborted, ...annotations } = metadata.annotations ?? {}
      return {
        metadata: { ...present.metadata, annotations: aborted === wanted ? annotations : { ...metadata.annotations } },
        spec: moduleSpecOf(spec, found) as unknown as JsonObject,
      }
    })
    return wanted
  }

  /** Gives a cluster a revision of a Module at once, and keeps it there whatever the Module says, until it is unpinned. */
  async pin({ module, cluster }: PairOfFleet, pin: Omit<RolloutPin, 'cluster'>, options?: CallOptions): Promise<void> {
    await this.#revision(module, pin.revision, options)
    await this.#changeRollout(module, options, (spec) => ({ ...spec, pins: [...pinsWithout(spec, cluster), { cluster, ...pin }] }))
  }

  /** Lets it have what the Module wants again, in its turn. */
  async unpin({ module, cluster }: PairOfFleet, options?: CallOptions): Promise<void> {
    await this.#changeRollout(module, options, (spec) => ({ ...spec, pins: pinsWithout(spec, cluster) }))
  }

  /**
   * Pins a cluster to the last other revision of a Module that was ready there, by the log of the fleet.
   *
   * @returns the name of the revision
   */
  async restore(pair: PairOfFleet, why: Pick<RolloutPin, 'by' | 'reason'>, options?: CallOptions): Promise<string> {
    const objects = await listAll(this.#store, rolloutLogType, { ...options, namespace: this.#namespace })
    const own = objects.filter(({ spec }) => (spec as { readonly module?: unknown } | undefined)?.module === pair.module)
    const { logs } = await inTurns(readLogsSteps(own))
    const history = await inTurns(historyOfLogsSteps(logs))
    const now = history.stateAt(pair, Number.POSITIVE_INFINITY)
    const events = history.newest({ ...pair, limit: Number.MAX_SAFE_INTEGER })
    const good = events.find(({ type, revision }) => type === 'ready' && revision !== undefined && revision !== now?.assigned)
    if (good?.revision === undefined)
      throw refused(this.#ref(moduleType, pair.module), `no other revision of it was ready on ${pair.cluster}`)
    await this.pin(pair, { ...why, revision: good.revision }, options)
    return good.revision
  }

  /**
   * Rolls out the revision that a Module wants in spite of windows and freezes. Budgets, gates and failures hold as ever.
   *
   * @returns the name of the revision: another one goes by windows and freezes again
   */
  async declareEmergency(module: string, why: Pick<RolloutEmergency, 'by' | 'reason'>, options?: CallOptions): Promise<string> {
    const { revision } = ((await this.#module(module, options)).status ?? {}) as Partial<ModuleStatus>
    if (revision === undefined) throw refused(this.#ref(moduleType, module), 'there is nothing to roll out: no revision of it is known')
    await this.#changeRollout(module, options, (spec) => ({ ...spec, emergency: { revision, ...why } }))
    return revision
  }

  /** Windows and freezes hold again. */
  async endEmergency(module: string, options?: CallOptions): Promise<void> {
    await this.#changeRollout(module, options, ({ emergency: _, ...spec }) => spec)
  }

  /** Stops the whole fleet: nothing is started, reverted or removed. What is updating may finish. */
  async pullHandbrake(handbrake: RolloutHandbrake, options?: CallOptions): Promise<void> {
    await this.#changeRollout(allModules, options, (spec) => ({ ...spec, handbrake }))
  }

  /** Lets the fleet go on. */
  async releaseHandbrake(options?: CallOptions): Promise<void> {
    await this.#changeRollout(allModules, options, ({ handbrake: _, ...spec }) => spec)
  }

  async #revision(module: string, name: string, options?: CallOptions): Promise<ModuleRevision> {
    const ref = this.#ref(moduleRevisionType, name)
    const revision = ModuleRevision.from(await this.#get(ref, options))
    if (revision.spec.module.name !== module) throw refused(ref, `it is a revision of ${revision.spec.module.name}, not of ${module}`)
    return revision
  }

  async #changeModule(name: string, options: CallOptions | undefined, change: (object: KubeObject) => Partial<KubeObject>): Promise<void> {
    await retryOnConflict(async () => {
      const object = await this.#module(name, options)
      const wanted = { ...object, ...change(object) }
      // What is wrong is said before it is written.
      readModule(wanted)
      if (!jsonEqual(wanted, object)) await this.#store.update(wanted, options)
    })
  }

  async #changeRollout(
    name: string,
    options: CallOptions | undefined,
    change: (spec: StoredRolloutSpec, rollout: Rollout) => StoredRolloutSpec,
  ): Promise<void> {
    await retryOnConflict(async () => {
      const ref = this.#ref(rolloutType, name)
      const own = name === allModules ? {} : { module: name }
      const found = name === allModules ? await this.#store.get(ref, options) : await this.#get(ref, options)
      const present = found ?? { ...rolloutType, metadata: { namespace: this.#namespace, name }, spec: {} }
      const rollout = Rollout.from(present)
      const wanted = { ...present, spec: { ...change(rollout.spec, rollout), ...own } as unknown as JsonObject }
      Rollout.from(wanted)
      if (found === undefined) await this.#store.create(wanted, options)
      else if (!jsonEqual(wanted, found)) await this.#store.update(wanted, options)
    })
  }

  /** The Module or the BootstrapModule of a name. */
  async #module(name: string, options?: CallOptions): Promise<KubeObject> {
    const refs = [moduleType, bootstrapModuleType].map((type) => this.#ref(type, name))
    const [module, bootstrap] = await Promise.all(refs.map((ref) => this.#store.get(ref, options)))
    return holderOf(module, bootstrap) ?? (await this.#get(refs[0] as ObjectRef, options))
  }

  async #get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject> {
    const object = await this.#store.get(ref, options)
    if (object === undefined) throw new FleetkitError('store/not-found', `there is no ${formatRef(ref)}`, { ref })
    return object
  }

  #ref(type: TypeRef, name: string): ObjectRef {
    return { ...type, namespace: this.#namespace, name }
  }
}

function refused(ref: ObjectRef, message: string): FleetkitError {
  return new FleetkitError('operation/refused', message, { ref })
}

function isOfSame({ stage, track }: Pick<StageApproval, 'stage' | 'track'>): (each: Pick<StageApproval, 'stage' | 'track'>) => boolean {
  return (each) => each.stage === stage && each.track === track
}

function pinsWithout({ pins = [] }: StoredRolloutSpec, cluster: string): readonly RolloutPin[] {
  return pins.filter((pin) => pin.cluster !== cluster)
}
