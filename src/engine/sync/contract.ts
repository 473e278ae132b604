import { createHash } from 'node:crypto'
import { inTurns } from '../../async/in-turns.ts'
import { inventoryOf } from '../../manifest/inventory.ts'
import { holdsInventory } from '../../manifest/inventory-shards.ts'
import { readObjects } from '../../manifest/parse.ts'
import { compareText } from '../../model/compare-text.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { canonicalJson } from '../../model/json/canonical-json.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import { formatRevision } from '../../model/revision.ts'
import { comparePlans, formatDifference, formatValue } from '../../plan/contract/compare-plans.ts'
import { costOf } from '../../plan/contract/cost.ts'
import { digestSteps } from '../../plan/contract/digest.ts'
import { checkDigest, readPlan } from '../../plan/contract/parse-plan.ts'
import { sealPlan } from '../../plan/contract/seal-plan.ts'
import { planFormat, type SyncPlan } from '../../plan/contract/sync-plan.ts'
import type { AttemptInput, CodeSource, PlannedSync } from '../attempt/context.ts'
import type { AppliedObject } from './applied-kind.ts'

/** How many differences an error names. */
const maxListed = 5

/** What a contract says beside what was planned. */
export interface ContractInput {
  readonly sync: AppliedObject
  readonly input: AttemptInput
  /** The status before the attempt. */
  readonly previous: SyncStatus
  readonly healthChecks: readonly ObjectRef[]
  readonly recordInCluster: boolean
}

/** A plan that can be shown, stored and handed back: see {@link SyncPlan}. */
export async function contractOf(
  { plan, live }: PlannedSync,
  { sync, input, previous, healthChecks, recordInCluster }: ContractInput,
): Promise<SyncPlan> {
  const { source, ...rest } = sync.spec
  const recorded = holdsInventory(previous.inventory, inventoryOf(plan.inventoryBefore))
  const contract = {
    format: planFormat,
    ...sealPlan({ ...plan, partial: input.partial }, live, crypto.randomUUID()),
    spec: input.objects === undefined ? sync.spec : rest,
    generation: input.generation,
    cost: costOf({ ...plan, partial: input.partial }, { recordInCluster, recorded, healthChecks }),
  } as const
  return { ...contract, digest: await inTurns(digestSteps(contract)) }
}

/**
 * The plan that was reviewed, when it is what it was then.
 *
 * @throws FleetkitError `plan/invalid`, `plan/edited`, `plan/other-sync`.
 */
export async function reviewedPlan(plan: SyncPlan, expect: string | undefined, ref: ObjectRef | undefined): Promise<SyncPlan> {
  const reviewed = readPlan(plan)
  checkDigest(reviewed, await inTurns(digestSteps(reviewed)))
  if (ref !== undefined && refKey(ref) !== refKey(reviewed.sync))
    throw new FleetkitError('plan/other-sync', `found a plan of ${formatRef(reviewed.sync)}, accepted one of this Sync`, { ref })
  if (expect !== undefined && expect !== reviewed.digest)
    throw new FleetkitError(
      'plan/edited',
      `found the digest ${reviewed.digest}, expected ${expect}: it is not the plan that was approved`,
      {
        ref: reviewed.sync,
      },
    )
  return reviewed
}

/**
 * Checks that what would be done now is what was reviewed.
 *
 * @throws FleetkitError `sync/plan-changed` with each difference.
 */
export function checkUnchanged(reviewed: SyncPlan, current: SyncPlan): void {
  const differences = comparePlans(reviewed, current)
  if (differences.length === 0) return
  const listed = differences.slice(0, maxListed).map(formatDifference)
  const more = differences.length > listed.length ? `; and ${differences.length - listed.length} more` : ''
  throw new FleetkitError('sync/plan-changed', `it has changed since it was planned, so nothing was written: ${listed.join('; ')}${more}`, {
    ref: reviewed.sync,
    problems: differences.map(({ ref, field, from, to }) => ({
      path: ref === undefined ? field : `${formatRef(ref)} ${field}`,
      found: formatValue(to),
      accepted: formatValue(from),
    })),
  })
}

/**
 * Checks that what would be done now is what was approved, of which only the digest is known.
 *
 * @throws FleetkitError `sync/plan-changed`.
 */
export function checkExpected(expect: string, current: SyncPlan): void {
  if (current.digest === expect) return
  const message = `found a plan with the digest ${current.digest}, expected ${expect}, so nothing was written; the plan itself would tell what differs`
  throw new FleetkitError('sync/plan-changed', message, { ref: current.sync })
}

/**
 * Objects made in code, as a source. Their digest is the revision: that of the set, in whatever order they come.
 *
 * @throws FleetkitError `source/object-invalid` with everything that is no object of Kubernetes; `source/limit`.
 */
export async function codeSource(values: readonly unknown[]): Promise<CodeSource> {
  const objects = readObjects(values)
  return { revision: formatRevision({ tag: 'objects', commit: await inTurns(objectsDigestSteps(objects)) }), objects }
}

function* objectsDigestSteps(objects: readonly RenderedObject[]): Generator<number, string> {
  const texts: string[] = []
  for (const { object } of objects) {
    const text = `${refKey(refOf(object))} ${canonicalJson(object)}`
    texts.push(text)
    yield text.length
  }
  return createHash('sha256')
    .update(JSON.stringify(texts.sort(compareText)))
    .digest('hex')
}
