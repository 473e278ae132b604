import { parseInventory } from '../../../manifest/inventory.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, isDefinition, type ObjectRef, refKey, refOf, typeKey } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import { planApply } from '../../../plan/apply/plan-apply.ts'
import { prepareObjects } from '../../../plan/apply/prepare-objects.ts'
import { revisionInCluster } from '../../../plan/sync/next-status.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { AttemptContext, AttemptInput } from '../context.ts'
import { type ResolvedSource, renderSource } from '../source.ts'
import { readLive } from './read-live.ts'
import { type PredictedPlan, settlePlan } from './settle-plan.ts'

type PlanContext = Pick<AttemptContext, 'cluster' | 'git' | 'renderers' | 'statuses' | 'applyStages' | 'signal'>

/** Plans to apply a resolved source, as the cluster confirms it. `creates` says whether it is asked about new objects too. Writes nothing. */
export async function planSync(
  input: AttemptInput,
  previous: SyncStatus,
  source: ResolvedSource,
  context: PlanContext,
  { creates }: { readonly creates: boolean },
): Promise<ApplyPlan> {
  const planned = await predictPlan(input, previous, source, context)
  return settlePlan(planned, context.cluster, { policy: input.spec, creates, signal: context.signal })
}

async function predictPlan(
  input: AttemptInput,
  previous: SyncStatus,
  source: ResolvedSource,
  context: PlanContext,
): Promise<PredictedPlan> {
  const { owner, spec } = input
  const { cluster, statuses, applyStages, signal } = context
  const rendered = await renderSource(input, source, context)
  const scopes = await readScopes(cluster, rendered, signal)
  const namespaced = (object: KubeObject): boolean | undefined => scopes.get(typeKey(object))
  const desired = prepareObjects(rendered, { sync: owner, targetNamespace: spec.targetNamespace, namespaced })
  refuseReserved(desired, owner, statuses.reserved?.(owner))
  const inventory = parseInventory(previous.inventory)
  const refs = new Map([...inventory, ...desired.map(({ object }) => refOf(object))].map((ref) => [refKey(ref), ref]))
  const live = await readLive(cluster, owner, [...refs.values()], signal)
  const plan = planApply({
    sync: owner,
    policy: spec,
    revision: source.revision,
    revisionInCluster: revisionInCluster(previous),
    desired,
    live,
    inventory,
    applyStages,
    unknown: desired.filter(({ object }) => namespaced(object) === undefined).map(({ object }) => refOf(object)),
  })
  return { plan, live }
}

/** A source that contains the object in which the status is kept would overwrite it, or prune it later. */
function refuseReserved(desired: readonly RenderedObject[], owner: ObjectRef, reserved: ObjectRef | undefined): void {
  const found = reserved && desired.find(({ object }) => refKey(refOf(object)) === refKey(reserved))
  if (found === undefined) return
  const message = `${found.origin}: found the object in which the status of ${formatRef(owner)} is kept, accepted another name`
  throw new FleetkitError('source/object-invalid', message, { ref: reserved })
}

/** Whether each type is namespaced: as the source itself defines it, else as the cluster says. */
async function readScopes(
  cluster: ClusterApi,
  rendered: readonly RenderedObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, boolean>> {
  const defined = new Map(rendered.flatMap(({ object }) => definedTypes(object)))
  const types = new Map(rendered.map(({ object }) => [typeKey(object), object]))
  const others = [...types].filter(([key]) => !defined.has(key))
  const found = await Promise.all(others.map(async ([key, type]) => [key, (await cluster.discover(type, { signal }))?.namespaced] as const))
  return new Map([...defined, ...found.filter((entry): entry is readonly [string, boolean] => entry[1] !== undefined)])
}

function definedTypes(object: KubeObject): readonly (readonly [string, boolean])[] {
  if (!isDefinition(object)) return []
  const { group, scope, names, versions } = (object.spec ?? {}) as {
    group?: string
    scope?: string
    names?: { kind?: string }
    versions?: readonly { name?: string }[]
  }
  return (versions ?? []).map(({ name }) => [typeKey({ apiVersion: `${group}/${name}`, kind: names?.kind ?? '' }), scope === 'Namespaced'])
}
