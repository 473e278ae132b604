import { atOnce } from '../at-once.ts'
import './error-codes.ts'
import type { ApplyStage } from '../../manifest/order.ts'
import { formatProblem, formatProblems, type Problem } from '../../model/errors/problem.ts'
import {
  fieldManagerOf,
  formatOwner,
  inCluster,
  isOwner,
  type Owner,
  ownerName,
  ownerOf,
  syncRecordLabel,
} from '../../model/kinds/owner.ts'
import { applyPolicyAnnotation, pruneAnnotation, reconcileAnnotation } from '../../model/kinds/sync/annotations.ts'
import { applyPolicyOf, saidBy } from '../../model/kinds/sync/object-policy.ts'
import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import { demandRule, resolveAmount } from '../../rollout/strategy/amount.ts'
import { compileFieldRules, type FieldRules, rulesFor } from '../fields/field-rules.ts'
import { type HeldField, keepFields } from '../fields/keep-fields.ts'
import type { Action, ReasonCode } from './action.ts'
import { type Contents, describeContents, whyKept } from './contents.ts'
import { decider } from './decide.ts'
import { decideWrite } from './decide-write.ts'
import { orderObjects, orderPrunes } from './order-objects.ts'
import { type ApplyPlan, decideStages, type Refusal } from './plan.ts'

/**
 * Everything that {@link planApply} decides from.
 */
export interface PlanApplyInput {
  /** The Sync on whose behalf objects are applied. */
  readonly sync: Owner
  readonly policy: Pick<SyncSpec, 'prune' | 'allowEmpty' | 'forceConflicts' | 'maxPrune' | 'ignore' | 'conflicts'>
  /** The revision to apply, as `tag@sha1:commit`. */
  readonly revision: string
  /** The revision that the objects in the cluster were last applied from: a difference from it is drift. */
  readonly revisionInCluster?: string | undefined
  /** The objects of the source, prepared by {@link prepareObjects}. */
  readonly desired: readonly RenderedObject[]
  /** The live form of those of the desired objects and of the inventory that exist. */
  readonly live: readonly KubeObject[]
  /** The objects recorded as applied before, or about to be. */
  readonly inventory: readonly ObjectRef[]
  /** Objects of the source whose type the cluster does not serve and the source does not define, and in which other API versions it serves the kind. */
  readonly unserved?: readonly { readonly ref: ObjectRef; readonly apiVersions: readonly string[] }[] | undefined
  /** The stages of kinds that the library does not know, or that are to go elsewhere: the `stages` of `applyOrder`. */
  readonly applyStages?: ReadonlyMap<string, ApplyStage> | undefined
  /** Those of `inventory` that no record names: they carry the labels of the Sync. */
  readonly recovered?: readonly ObjectRef[] | undefined
  /** What namespaces and definitions that leave hold, by `refKey`: they stay while that is not to go with them. */
  readonly contents?: ReadonlyMap<string, Contents> | undefined
  /** Other Syncs: an object that one of them releases is taken, and one that they are to have is left to them. */
  readonly peers?: readonly PeerSync[] | undefined
  /** Fields that are left as they are for now, by `refKey`: another manager writes them again and again. */
  readonly held?: ReadonlyMap<string, readonly HeldField[]> | undefined
  /** The Sync is being deleted: nothing is desired, and everything of the inventory is deleted. */
  readonly deleted?: boolean | undefined
}

/**
 * Another Sync, as far as it matters for objects that one Sync releases and another takes. Objects by their `refKey`.
 *
 * @category Plans
 */
export interface PeerSync {
  /** As `ownerOf` names it: `namespace/name`. */
  readonly name: string
  /** What it is to have, by its newest specification as far as that is known. */
  readonly wants: ReadonlySet<string>
  /** What its inventory holds, where that of the other one is all that tells it what is released: an object is in one of them then. */
  readonly records: ReadonlySet<string>
}

/**
 * Decides what applying a revision to a cluster takes: a pure function of the source's objects, the live ones, the inventory
 * and the policy. Each object of the source and of the inventory is in exactly one action, with a reason.
 *
 * Objects come after what they depend on (`config.kubernetes.io/depends-on`); otherwise definitions and namespaces come first, webhooks last, deletions after everything in the reverse order (the order of
 * kinds is that of Flux). An object is only ever deleted when it still carries the labels of this Sync.
 *
 * @example
 * ```ts
 * import { countActions } from 'fleetkit'
 * import { planApply } from 'fleetkit/plan'
 *
 * const plan = planApply({
 *   sync: { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' },
 *   policy: { prune: true, allowEmpty: false, forceConflicts: false },
 *   revision: 'v1@sha1:4ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150',
 *   desired: [],
 *   live: [],
 *   inventory: [],
 * })
 * console.log(plan.refusals[0]?.code, countActions(plan)) // source/empty …
 * ```
 */
export function planApply(input: PlanApplyInput): ApplyPlan {
  return atOnce(planApplySteps(input))
}

/** The steps of {@link planApply}, for those who let others have a turn in between. */
export function* planApplySteps(input: PlanApplyInput): Generator<number, ApplyPlan> {
  const live = new Map(input.live.map((object) => [refKey(refOf(object)), object]))
  const recorded = new Set(input.inventory.map(refKey))
  const unserved = new Map((input.unserved ?? []).map(({ ref, apiVersions }) => [refKey(ref), apiVersions]))
  const rendered = new Map(input.desired.map((each) => [refKey(refOf(each.object)), each]))
  const order = { stages: input.applyStages }
  const rules = compileFieldRules(input.policy)
  const { stages: ordered, dependencies, problems } = orderObjects(input.desired, order)
  const decide = (object: KubeObject): Action => {
    const key = refKey(refOf(object))
    const others = unserved.get(key)
    const action =
      others !== undefined ? refuseUnserved(object, others) : decideApply(input, rules, object, live.get(key), recorded.has(key))
    const { origin, leftOut } = rendered.get(key) as RenderedObject
    const message = leftOut === undefined ? action.reason.message : `${action.reason.message}; not applied: ${leftOut.join(', ')}`
    return { ...action, origin, reason: { ...action.reason, message }, dependsOn: dependencies.get(key) }
  }
  const stages = yield* decideStages(ordered, decide)
  const leaving = input.inventory.filter((ref) => !rendered.has(refKey(ref)))
  const self = inCluster(input.sync)
  const namespaces = new Set([
    ...input.desired.map(({ object }) => object.metadata.namespace),
    ...(input.deleted || self.management !== undefined ? [] : [self.namespace]),
  ])
  const desiredUids = new Set(input.live.filter((object) => rendered.has(refKey(refOf(object)))).map(({ metadata }) => metadata.uid))
  const pruned = orderPrunes(leaving, live, order)
  const prunes = pruned.refs.map(
    (ref): Action => ({
      ...decidePrune(input, ref, live.get(refKey(ref)), namespaces, desiredUids),
      dependsOn: pruned.dependencies.get(refKey(ref)),
    }),
  )
  const desiredRefs = input.desired.map(({ object }) => refOf(object))
  const recordedByTaker = (ref: ObjectRef): boolean => input.peers?.some(({ records }) => records.has(refKey(ref))) ?? false
  const kept = prunes
    // One inventory holds it at any time: this one until the taker has it, or until the taker has recorded it.
    .filter(({ reason, ref }) => stillOurs.has(reason.code) || (reason.code === 'claimed' && !recordedByTaker(ref)))
    .map(({ ref }) => ref)
  return {
    sync: input.sync,
    revision: input.revision,
    revisionInCluster: input.revisionInCluster,
    fieldManager: fieldManagerOf(input.sync),
    stages,
    prunes,
    refusals: [...refuseEmpty(input), ...refuseShrunken(input, prunes), ...badDependencies(problems)],
    recovered: input.recovered ?? [],
    inventoryBefore: unique([...input.inventory, ...desiredRefs]),
    inventoryAfter: unique([...desiredRefs, ...kept]),
  }
}

/** Objects that are no longer in the source and stay recorded, because they are to go as soon as they can. */
const stillOurs: ReadonlySet<ReasonCode> = new Set(['prune-off', 'terminating', 'namespace-in-use', 'definition-in-use'])

function refuseEmpty({ desired, policy, deleted, sync, revision }: PlanApplyInput): readonly Refusal[] {
  if (deleted || policy.allowEmpty || desired.length > 0) return []
  const message = `${formatRef(sync)}: revision ${revision} holds no objects; set spec.allowEmpty to apply it anyway, which prunes everything`
  return [{ code: 'source/empty', message }]
}

/** A source that lost many objects at once was more often broken than meant. */
function refuseShrunken({ policy, deleted, sync, revision, inventory }: PlanApplyInput, prunes: readonly Action[]): readonly Refusal[] {
  const limit = deleted || policy.maxPrune === undefined ? undefined : resolveAmount(policy.maxPrune, inventory.length, demandRule)
  const count = prunes.filter(({ type }) => type === 'prune').length
  if (limit === undefined || count <= limit) return []
  const most = typeof policy.maxPrune === 'number' ? policy.maxPrune : `${policy.maxPrune} of them, that is ${limit}`
  const message = `${formatRef(sync)}: revision ${revision} would prune ${count} of ${inventory.length} objects, and spec.maxPrune is ${most}`
  return [{ code: 'source/shrunken', message }]
}

function badDependencies(problems: readonly Problem[]): readonly Refusal[] {
  return problems.length === 0 ? [] : [{ code: 'source/dependency', message: problems.map(formatProblem).join('; ') }]
}

function decideApply(
  input: PlanApplyInput,
  rules: FieldRules,
  object: KubeObject,
  live: KubeObject | undefined,
  recorded: boolean,
): Action {
  const decide = decider(refOf(object), live, object)
  const disabled = leftAlone(object, 'the source') ?? (live && leftAlone(live, 'the live object'))
  if (disabled !== undefined) return decide('skip', 'disabled', disabled)
  if (live !== undefined && applyPolicyOf(object) === 'IfNotPresent')
    return decide('skip', 'present', `it exists, and the source says ${saidBy(object, applyPolicyAnnotation)?.key}: IfNotPresent`)
  if (live?.metadata.deletionTimestamp !== undefined) {
    return decide('refuse', 'terminating', 'it is being deleted; it can be recreated once it is gone')
  }
  if (isOwner(input.sync, refOf(object)) && (object.spec as Partial<SyncSpec> | undefined)?.deletionPolicy !== 'Orphan')
    return decide(
      'refuse',
      'itself',
      'it is what applies it: set its spec.deletionPolicy to Orphan, or its deletion takes away what carries it out',
    )
  const self = ownerName(input.sync)
  // A source can name another Sync's owner too: an object labelled as its record would become its status.
  const owner = [object, live].map((each) => each && ownerOf(each)).find((each) => each !== undefined && each !== self)
  if (owner !== undefined && !isReleased(input, object, live, owner))
    return decide('refuse', 'owned-by-other', `it belongs to ${formatOwner(owner)}`)
  if (live === undefined) {
    const { problems } = keepFields(object, undefined, {
      sync: input.sync,
      manager: '',
      rules: rulesFor(rules, object).ignore,
      held: [],
      isFormer: () => false,
    })
    if (problems.length > 0) return decide('refuse', 'field-rule', formatProblems(problems))
    return decide('create', 'missing', 'it does not exist')
  }
  const sameRevision = input.revision === input.revisionInCluster
  const { sync, policy, held } = input
  const ours = recorded && ownerOf(live) === self
  const writeInput = { sync, policy, rules, held: held?.get(refKey(refOf(object))) ?? [], recorded: ours, sameRevision, releasedBy: owner }
  return decideWrite(object, live, writeInput, (applied) => decider(refOf(object), live, applied))
}

/** Why an object is neither written nor deleted, if it says so. */
function leftAlone(object: KubeObject, who: string): string | undefined {
  if (applyPolicyOf(object) === 'Ignore') return `${who} says ${saidBy(object, applyPolicyAnnotation)?.key}: Ignore`
  return disabledBy(object, reconcileAnnotation, who)
}

/** Why something is not done with an object, if it says so in an annotation. */
function disabledBy(object: KubeObject, annotation: string, who: string): string | undefined {
  const said = saidBy(object, annotation)
  return said?.value === 'disabled' ? `${who} says ${said.key}: disabled` : undefined
}

/** Whether the Sync that applied an object is not to have it any more. The record of a Sync is never released. */
function isReleased({ peers = [] }: PlanApplyInput, object: KubeObject, live: KubeObject | undefined, owner: string): boolean {
  if ([object, live].some((each) => each?.metadata.labels?.[syncRecordLabel] !== undefined)) return false
  return peers.find(({ name }) => name === owner)?.wants.has(refKey(refOf(object))) === false
}

function decidePrune(
  input: PlanApplyInput,
  ref: ObjectRef,
  live: KubeObject | undefined,
  namespaces: ReadonlySet<string | undefined>,
  desiredUids: ReadonlySet<string | undefined>,
): Action {
  // The API version that it was read in: the recorded one may not be served any more.
  const decide = decider(live === undefined ? ref : refOf(live), live)
  const keep = (code: ReasonCode, why: string): Action => decide('skip', code, `no longer in the source, ${why}`)
  if (live === undefined) return keep('gone', 'and gone already')
  if (isOwner(input.sync, ref)) return keep('itself', 'but it is what is applied by')
  if (desiredUids.has(live.metadata.uid)) return decide('skip', 'same-object', 'in the source under another API group')
  const owner = ownerOf(live)
  if (owner !== ownerName(input.sync)) return keep('released', `and belongs to ${owner === undefined ? 'no Sync' : formatOwner(owner)} now`)
  if (live.metadata.deletionTimestamp !== undefined) return keep('terminating', 'and being deleted already')
  const taker = input.peers?.find(({ wants }) => wants.has(refKey(ref)))
  if (taker !== undefined && !input.deleted) return keep('claimed', `and ${formatOwner(taker.name)} is to have it`)
  const pruneDisabled = disabledBy(live, pruneAnnotation, 'the live object')
  if (pruneDisabled !== undefined) return decide('skip', 'prune-disabled', pruneDisabled)
  const disabled = leftAlone(live, 'the live object')
  if (disabled !== undefined) return decide('skip', 'disabled', disabled)
  if (!input.policy.prune && !input.deleted) return keep('prune-off', 'but spec.prune is false')
  if (ref.kind === 'Namespace' && ref.apiVersion === 'v1' && namespaces.has(ref.name))
    return keep('namespace-in-use', 'but objects of the source, or the Sync, are in it')
  const contents = input.contents?.get(refKey(ref))
  const held = whyKept(live, contents)
  if (held !== undefined) return keep(ref.kind === 'Namespace' ? 'namespace-in-use' : 'definition-in-use', `but ${held}`)
  const along = contents && describeContents(live, contents)
  const message = `${input.deleted ? 'its Sync is being deleted' : 'no longer in the source'}${along === undefined ? '' : `, and ${along}`}`
  return decide('prune', input.deleted ? 'sync-deleted' : 'not-in-source', message)
}

function refuseUnserved(object: KubeObject, others: readonly string[]): Action {
  const { apiVersion, kind } = object
  const instead = others.length === 0 ? 'the source does not define it' : `but in ${others.join(', ')}`
  const message = `the cluster serves no ${kind} of ${apiVersion}, ${others.length === 0 ? 'and ' : ''}${instead}`
  return decider(refOf(object), undefined, object)('refuse', 'unknown-kind', message)
}

function unique(refs: readonly ObjectRef[]): readonly ObjectRef[] {
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}
