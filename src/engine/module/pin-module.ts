import { type Condition, type ConditionUpdate, setCondition, setReady } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { withFinalizer, withoutFinalizer } from '../../model/finalizers.ts'
import { readModule } from '../../model/kinds/bootstrap-module/read-module.ts'
import { bootstrapModuleType } from '../../model/kinds/bootstrap-module/type.ts'
import type { ModuleStatus } from '../../model/kinds/module/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refOf } from '../../model/reference.ts'
import { holderOf } from '../../plan/fleet/objects/name-holder.ts'
import { moduleRevisionOf } from '../../plan/fleet/revision/module-revision-of.ts'
import { updateStatus } from '../object/update-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { type ExactRevision, exactRevision, type PinHold } from './exact-revision.ts'
import { moduleType } from './types.ts'

/** Keeps a Module in its store until no cluster has anything of it, or its clusters keep what they have. */
export const moduleFinalizer = 'fleetkit.dev/module'

/** After how long is looked again whether the name is free. */
const lookAgainMs = 60_000

/** Sees to it that there is the revision that a Module is to have, and that its status names it. */
export async function pinModule({ object }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
  if (object === undefined) return undefined
  const other = otherOfName(object, context)
  if (object.metadata.deletionTimestamp !== undefined) return letGo(object, other !== undefined, context)
  if (other !== undefined) {
    await save(object, { hold: { reason: 'NameTaken', message: `${formatRef(other)} has its name` } }, context)
    return { requeueAfterMs: lookAgainMs }
  }
  const module = orInvalid(() => readModule(object))
  if (module instanceof FleetkitError) return save(object, { hold: { reason: 'Invalid', message: module.message } }, context)
  // From here on clusters can get it.
  const held = withFinalizer(object, moduleFinalizer)
  if (held !== object) await context.store.update(held, { signal: context.signal })
  const found = await exactRevision(module, context)
  if ('reason' in found) {
    await save(object, { hold: found }, context)
    if (found.error !== undefined) throw found.error
    return undefined
  }
  const revision = moduleRevisionOf(module, found).toObject()
  await createOnce(revision, context)
  await save(object, { revision: revision.metadata.name, found }, context)
  // The tag may move.
  const { tag } = module.spec.source.git
  return tag === undefined ? undefined : { requeueAfterMs: parseDuration(module.spec.interval) ?? 600_000 }
}

/** The object of the other kind that has the name, so that nothing of this one is rolled out. */
function otherOfName(object: KubeObject, { cache }: ReconcileContext): ObjectRef | undefined {
  const isModule = object.kind === moduleType.kind
  const other = isModule ? bootstrapModuleType : moduleType
  const { namespace, name } = object.metadata
  const found = cache.has(other) ? cache.get({ ...other, namespace, name }) : undefined
  const holder = isModule ? holderOf(object, found) : holderOf(found, object)
  return found !== undefined && holder === found ? refOf(found) : undefined
}

/** No cluster ever had one of which no revision is known, or whose name another has; others go once their clusters are rid of them. */
async function letGo(object: KubeObject, isWithoutName: boolean, { store, signal }: ReconcileContext): Promise<undefined> {
  const { revision } = (object.status ?? {}) as Partial<ModuleStatus>
  const free = withoutFinalizer(object, moduleFinalizer)
  if ((isWithoutName || revision === undefined) && free !== object) await store.update(free, { signal })
}

/** Its name holds the digest of all that it says: one that is there already says the same. */
async function createOnce(revision: KubeObject, { cache, store, signal }: ReconcileContext): Promise<void> {
  if (cache.get(refOf(revision)) !== undefined) return
  try {
    await store.create(revision, { signal })
  } catch (error) {
    if (!hasCode(error, 'store/exists')) throw error
  }
}

type Outcome = { readonly hold: PinHold } | { readonly revision: string; readonly found: ExactRevision }

async function save(object: KubeObject, outcome: Outcome, { store, clock, events, signal }: ReconcileContext): Promise<undefined> {
  const { name, namespace, generation } = object.metadata
  const ref = { apiVersion: object.apiVersion, kind: object.kind, namespace, name }
  let before: string | undefined
  await updateStatus<ModuleStatus>(
    store,
    ref,
    (status, { metadata }) => {
      if (metadata.uid !== object.metadata.uid) return status
      before = status.revision
      const conditions = setCondition(conditionsIn(status), { ...conditionOf(outcome), observedGeneration: generation }, clock.now())
      if ('hold' in outcome) return { ...status, conditions }
      const { revision } = outcome
      return before === undefined || before === revision
        ? { ...status, conditions, revision }
        : anew({ ...status, conditions }, revision, clock.now())
    },
    { signal },
  )
  if ('revision' in outcome && outcome.revision !== before)
    events.emit('module.pinned', { module: ref, ...outcome.found, revision: outcome.revision })
}

/** What was said of the revision before is not so of this one, which may be of the same generation: what it is promoted from has completed another. */
function anew({ phase: _, ...status }: Partial<ModuleStatus>, revision: string, now: number): Partial<ModuleStatus> {
  const ready: ConditionUpdate = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'Pinned',
    message: `the rollout of ${revision} has not begun yet`,
  }
  return { ...status, revision, conditions: setReady(conditionsIn(status), ready, false, now) }
}

function conditionsIn({ conditions }: Partial<ModuleStatus>): readonly Condition[] {
  return Array.isArray(conditions) ? conditions : []
}

function conditionOf(outcome: Outcome): Pick<Condition, 'type' | 'status' | 'reason' | 'message'> {
  if ('hold' in outcome) {
    const { reason, message } = outcome.hold
    return { type: 'Pinned', status: 'False', reason, message }
  }
  const { tag, commit, movedTo } = outcome.found
  const what = tag === undefined ? `commit ${commit}` : `${tag} is commit ${commit}`
  if (movedTo === undefined) return { type: 'Pinned', status: 'True', reason: 'Pinned', message: what }
  return {
    type: 'Pinned',
    status: 'True',
    reason: 'TagMoved',
    message: `${what}, although the tag names ${movedTo} now; name another tag to follow it`,
  }
}
