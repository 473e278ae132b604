import { compareText } from '../../model/compare-text.ts'
import { canonicalJson } from '../../model/json/canonical-json.ts'
import { formatRef, refKey } from '../../model/reference.ts'
import { sha256 } from '../../model/sha256.ts'
import type { Action } from '../apply/action.ts'
import { isContainer } from '../apply/contents.ts'
import type { ApplyPlan } from '../apply/plan.ts'
import type { AttemptFacts } from './next-status.ts'

/** How many objects a message names. */
const maxListed = 10

/**
 * The digest of what a plan deletes, as `sha256:…`: of these objects by their uids, and of what would go along with them. Where
 * `spec.confirmPrune` is set, this digest confirms exactly that. `undefined` when nothing is deleted.
 *
 * @example
 * ```ts
 * import { pruneDigestOf, type Sync, type SyncRunner } from 'fleetkit'
 *
 * export async function confirmed(runner: SyncRunner, sync: Sync, ask: (objects: number) => Promise<boolean>): Promise<void> {
 *   const plan = await runner.plan(sync)
 *   const confirmPrune = pruneDigestOf(plan)
 *   if (confirmPrune === undefined || (await ask(plan.prunes.length))) await runner.run(sync, { confirmPrune })
 * }
 * ```
 *
 * @category Plans
 */
export function pruneDigestOf({ prunes }: Pick<ApplyPlan, 'prunes'>): string | undefined {
  const along = ({ ref, reason }: Action): string => (isContainer(ref) ? reason.message : '')
  const deleted = prunes.filter(isDeletion).map((action) => canonicalJson([refKey(action.ref), action.uid ?? null, along(action)]))
  return deleted.length === 0 ? undefined : `sha256:${sha256(JSON.stringify(deleted.sort(compareText)))}`
}

/**
 * A plan of which nothing is deleted that has not been confirmed: those objects stay, and stay in the inventory.
 *
 * @param confirmed - the digest that was confirmed
 */
export function withholdPrunes(
  plan: ApplyPlan,
  confirmed: string | undefined,
): { readonly plan: ApplyPlan; readonly unconfirmed?: AttemptFacts['unconfirmed'] } {
  const digest = pruneDigestOf(plan)
  if (digest === undefined || digest === confirmed) return { plan }
  const deleted = plan.prunes.filter(isDeletion)
  const names = deleted.slice(0, maxListed).map(({ ref }) => formatRef(ref))
  const more = deleted.length > names.length ? ` and ${deleted.length - names.length} more` : ''
  const what = `${deleted.length} ${deleted.length === 1 ? 'object waits' : 'objects wait'} to be pruned until ${digest} is confirmed`
  return {
    plan: {
      ...plan,
      prunes: plan.prunes.map((action) => (isDeletion(action) ? withheld(action) : action)),
      inventoryAfter: [...plan.inventoryAfter, ...deleted.map(({ ref }) => ref)],
    },
    unconfirmed: { prune: { digest, objects: deleted.length }, message: `${what}: ${names.join(', ')}${more}` },
  }
}

function isDeletion({ type }: Action): boolean {
  return type === 'prune'
}

function withheld(action: Action): Action {
  return { ...action, type: 'skip', reason: { code: 'unconfirmed', message: `${action.reason.message}, but that is not confirmed` } }
}
