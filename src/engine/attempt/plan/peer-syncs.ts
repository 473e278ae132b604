import { parseInventory } from '../../../manifest/inventory.ts'
import { ownerOf } from '../../../model/kinds/sync/ownership.ts'
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
    const asked = (deletes && peer.pending) || owners.has(nameOf(peer.owner))
    const renders = asked && peer.input !== undefined && rendered++ < maxRendered
    found.push(await peerSyncOf(peer, renders ? render : undefined))
  }
  return found
}

async function peerSyncOf(peer: Peer, render: Render | undefined): Promise<PeerSync> {
  const { owner, status, input } = peer
  const recorded = await resultOf(async () => parseInventory(status.inventory))
  const records = keysOf(Array.isArray(recorded) ? recorded : [])
  if (render === undefined || input === undefined) return { name: nameOf(owner), wants: records, records }
  // A source that cannot be read says nothing: what it has it is to keep.
  const objects = await resultOf(() => render(input, status))
  const wants = Array.isArray(objects) ? keysOf(objects.map(({ object }) => refOf(object))) : records
  return { name: nameOf(owner), wants, records }
}

function keysOf(refs: readonly ObjectRef[]): ReadonlySet<string> {
  return new Set(refs.map(refKey))
}

function nameOf({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`
}
