import { parseInventory } from '../../../manifest/inventory.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { ownerName, ownerOf } from '../../../model/kinds/owner.ts'
import type { SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import { actionsOf } from '../../../plan/apply/plan.ts'
import type { PeerSync } from '../../../plan/apply/plan-apply.ts'
import type { AttemptContext, AttemptInput, Peer, PlannedSync } from '../context.ts'
import { resultOf } from '../result.ts'

/** How many other owners are rendered for one attempt: beyond that, what they have is taken for what they are to have. */
const maxRendered = 50

/** The objects that an owner is to have, from its source. */
type Render = (input: AttemptInput, status: SyncStatus) => Promise<readonly RenderedObject[]>

/**
 * The other owners that a plan depends on: those that may be to have what it deletes, and those that own what it refuses to
 * take. What one is to have its newest specification says, although it has not been attempted; its inventory otherwise.
 */
export async function peerSyncsOf(
  { plan, live }: Pick<PlannedSync, 'plan' | 'live'>,
  { peers, signal }: Pick<AttemptContext, 'peers' | 'signal'>,
  render: Render,
): Promise<readonly PeerSync[]> {
  const deletes = plan.prunes.some(({ type }) => type === 'prune')
  const refused = new Set(actionsOf(plan).flatMap(({ ref, reason }) => (reason.code === 'owned-by-other' ? [refKey(ref)] : [])))
  const owners = new Set(live.flatMap((object) => (refused.has(refKey(refOf(object))) ? [ownerOf(object)] : [])))
  if (peers === undefined || (!deletes && owners.size === 0)) return []
  const others = (await peers(signal)).filter(({ owner }) => refKey(owner) !== refKey(plan.sync))
  const found: PeerSync[] = []
  let rendered = 0
  for (const peer of others) {
    const asked = (deletes && peer.pending) || owners.has(ownerName(peer.owner))
    const renders = asked && peer.input !== undefined && rendered++ < maxRendered
    found.push(await peerSyncOf(peer, renders ? render : undefined))
  }
  return found
}

async function peerSyncOf({ owner, status, input, specified }: Peer, render: Render | undefined): Promise<PeerSync> {
  const name = ownerName(owner)
  const inventory = await resultOf(async () => parseInventory(status.inventory))
  const recorded = keysOf(Array.isArray(inventory) ? inventory : [])
  const records = specified ? nothing : recorded
  if (render === undefined || input === undefined) return { name, wants: recorded, records }
  const objects = await resultOf(() => render(input, status))
  // Without an answer for now, nothing is deleted that it may be to have.
  if (objects instanceof FleetkitError && objects.retryable) throw objects
  // A source that cannot be read says nothing: what it has it is to keep.
  return { name, wants: Array.isArray(objects) ? keysOf(objects.map(({ object }) => refOf(object))) : recorded, records }
}

const nothing: ReadonlySet<string> = new Set()

function keysOf(refs: readonly ObjectRef[]): ReadonlySet<string> {
  return new Set(refs.map(refKey))
}
