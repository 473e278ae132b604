import { inTurns } from '../../../async/in-turns.ts'
import { parseInventory } from '../../../manifest/inventory.ts'
import { isComplete } from '../../../manifest/inventory-shards.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { fieldManagerOf, ownerName, ownerOf } from '../../../model/kinds/owner.ts'
import type { SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { EventSink } from '../../../observe/event-bus.ts'
import { refuseWithoutHome } from '../../../plan/apply/home-namespace.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import { type PlanApplyInput, planApplySteps } from '../../../plan/apply/plan-apply.ts'
import { redactPlan } from '../../../plan/apply/redact-plan.ts'
import { heldFields } from '../../../plan/fields/contention.ts'
import { explainPlan } from '../../../plan/fields/explain-plan.ts'
import { revisionInCluster } from '../../../plan/sync/history.ts'
import { isBeforeRestore } from '../../../plan/sync/next-attempt.ts'
import type { AttemptContext, AttemptInput, PlannedSync } from '../context.ts'
import { healthJudgeOf } from '../health-judge.ts'
import { resultOf } from '../result.ts'
import { type ResolvedSource, renderSource, resolveSource } from '../source/source.ts'
import { finalObjects } from './final-objects.ts'
import { lacksNamespace } from './lacks-namespace.ts'
import { peerSyncsOf } from './peer-syncs.ts'
import { readContents } from './read-contents.ts'
import { readLive, withFreshTypes } from './read-live.ts'
import { readLabelled } from './recover-inventory.ts'
import { type SettleOptions, settlePlan } from './settle-plan.ts'

type PlanContext = Pick<
  AttemptContext,
  | 'cluster'
  | 'home'
  | 'git'
  | 'renderers'
  | 'statuses'
  | 'settled'
  | 'plans'
  | 'contentions'
  | 'clock'
  | 'reads'
  | 'applyStages'
  | 'peers'
  | 'signal'
>

type Prediction = Pick<PlannedSync, 'plan' | 'live' | 'decide'>

/** A prediction, or a plan that was kept. */
interface Predicted extends Prediction {
  /** Keeps what the cluster makes of a prediction. */
  readonly keep?: (settled: ApplyPlan) => void
}

/** Plans to apply a resolved source, as the cluster confirms it. `creates` says whether it is asked about new objects too. Writes nothing. */
export async function planSync(
  input: AttemptInput,
  previous: SyncStatus,
  source: ResolvedSource,
  context: PlanContext,
  { creates }: { readonly creates: boolean },
): Promise<PlannedSync> {
  // An expression that is none is an error here, before anything is written.
  await healthJudgeOf(input.spec, {})
  const { objects, redactor } = await renderSource(input, source, context)
  const planned = await resultOf(() => settledPlan(input, previous, source, objects, context, creates))
  if (planned instanceof FleetkitError) throw redactor.error(planned)
  return { ...planned, plan: redactPlan(planned.plan, redactor), redactor, rendered: objects }
}

async function settledPlan(
  input: AttemptInput,
  previous: SyncStatus,
  source: ResolvedSource,
  rendered: readonly RenderedObject[],
  context: PlanContext,
  creates: boolean,
): Promise<Prediction> {
  const planned = await withFreshTypes(() => predictPlan(input, previous, source, rendered, context))
  const { plan, live } = planned.keep === undefined ? planned : await settle(planned, context, { policy: input.spec, creates })
  const { decide } = planned
  const record = context.statuses.recordOf?.(input.owner)
  // Once a status was saved, there is such a place.
  const isNew = Object.keys(previous).length === 0
  const lacks = isNew && record !== undefined && (await lacksNamespace(plan, record.namespace ?? '', context))
  return { live, decide, plan: lacks ? refuseWithoutHome(plan, record) : plan }
}

async function settle(planned: Predicted, context: PlanContext, options: SettleOptions): Promise<Prediction> {
  const { plan, live } = await settlePlan(planned, context, options)
  const explained = explainPlan(plan, live)
  planned.keep?.(explained)
  return { plan: explained, live }
}

async function predictPlan(
  input: AttemptInput,
  previous: SyncStatus,
  { revision }: ResolvedSource,
  rendered: readonly RenderedObject[],
  context: PlanContext,
): Promise<Predicted> {
  const { owner, spec } = input
  const { cluster, statuses, contentions, clock, applyStages, signal } = context
  const { desired, typeOf } = await finalObjects(input, rendered, context)
  refuseReserved(desired, owner, statuses)
  const recorded = parseInventory(previous.inventory)
  const { live, lost, recovered } = await readCluster(input, previous, recorded, desired, context)
  const held = heldFields(contentions.of(fieldManagerOf(owner)), clock.now())
  const versions = live.map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`)
  const state = JSON.stringify([spec, revision, revisionInCluster(previous), previous.inventory, [...held], versions])
  const kept = lost ? undefined : context.plans.get(desired, state)
  if (kept !== undefined) return { plan: kept, live }
  const inventory = [...recorded, ...recovered]
  const plan = (found: Partial<PlanApplyInput>): Promise<ApplyPlan> =>
    inTurns(
      planApplySteps({
        sync: owner,
        policy: spec,
        revision,
        revisionInCluster: revisionInCluster(previous),
        desired,
        live,
        inventory,
        recovered,
        applyStages,
        held,
        ...found,
        unserved: desired.flatMap(({ object }) => {
          const { served = false, apiVersions = [] } = typeOf(object) ?? {}
          return served ? [] : [{ ref: refOf(object), apiVersions }]
        }),
      }),
    )
  const render = (peer: AttemptInput, status: SyncStatus) => renderPeer(peer, status, context)
  const first = await plan({})
  const peersOf = (found: Pick<PlannedSync, 'plan' | 'live'>) => peerSyncsOf(found, context, render)
  const peers = await peersOf({ plan: first, live })
  const second = peers.length === 0 ? first : await plan({ peers })
  const contents = await readContents(second, live, cluster, signal)
  return {
    plan: contents.size === 0 ? second : await plan({ peers, contents }),
    live,
    decide: async (refs, current) => {
      const some = partOf({ desired, inventory, live: current }, refs)
      // Another Sync may have them by now, of which nothing was known.
      const now = await peersOf({ plan: await plan(some), live: some.live })
      return (await plan({ ...some, contents, peers: now })).stages.flat()
    },
    keep: (settled) => context.plans.add(desired, state, settled),
  }
}

type Objects = Pick<PlanApplyInput, 'desired' | 'inventory' | 'live'>

/** What of the input of a plan is about some objects. */
function partOf({ desired, inventory, live }: Objects, refs: readonly ObjectRef[]): Objects {
  const keys = new Set(refs.map(refKey))
  const isOne = (ref: ObjectRef): boolean => keys.has(refKey(ref))
  return {
    desired: desired.filter(({ object }) => isOne(refOf(object))),
    inventory: inventory.filter(isOne),
    live: live.filter((object) => isOne(refOf(object))),
  }
}

/** The objects of a source and an inventory as they are in the cluster; where the inventory may lack some, with what carries the labels of the owner. */
async function readCluster(
  { owner, restoredAt }: AttemptInput,
  status: SyncStatus,
  recorded: readonly ObjectRef[],
  desired: readonly RenderedObject[],
  { cluster, clock, reads, signal }: PlanContext,
): Promise<{ readonly live: readonly KubeObject[]; readonly lost: boolean; readonly recovered: readonly ObjectRef[] }> {
  const known = new Map(recorded.map((ref) => [refKey(ref), ref]))
  const refs = new Map(known)
  for (const ref of desired.map(({ object }) => refOf(object))) refs.set(refKey(ref), ref)
  const found = await readLive(cluster, {
    owner,
    refs: [...refs.values()],
    isApplied: (key) => known.has(key),
    readByName: (named) => reads.read(cluster, named, { clock, signal }),
    signal,
  })
  const unrecorded = recorded.length === 0 && found.some((object) => ownerOf(object) === ownerName(owner))
  const lost = unrecorded || !isComplete(status.inventory) || isBeforeRestore(status, restoredAt)
  const labelled = lost ? await readLabelled(cluster, owner, [...refs.values()], signal) : []
  const live =
    labelled.length === 0 ? found : [...new Map([...labelled, ...found].map((object) => [refKey(refOf(object)), object])).values()]
  return { live, lost, recovered: labelled.map(refOf).filter((ref) => !known.has(refKey(ref))) }
}

/** Of what another owner is to have nothing is reported: that is not this attempt. */
const silent: EventSink = { emit: () => {} }

/** The objects that another owner is to have. */
async function renderPeer(input: AttemptInput, { admitted = [] }: SyncStatus, context: PlanContext): Promise<readonly RenderedObject[]> {
  const source = await resolveSource(input, admitted, { ...context, events: silent })
  const { desired } = await finalObjects(input, (await renderSource(input, source, context)).objects, context)
  return desired
}

/** A source that contains the object in which the status is kept would overwrite it, or prune it later. */
function refuseReserved(desired: readonly RenderedObject[], owner: ObjectRef, statuses: PlanContext['statuses']): void {
  const found = desired.find(({ object }) => statuses.reserves(owner, refOf(object)))
  if (found === undefined) return
  const message = `${found.origin}: found the object in which the status of ${formatRef(owner)} is kept, accepted another name`
  throw new FleetkitError('source/object-invalid', message, { ref: refOf(found.object) })
}
