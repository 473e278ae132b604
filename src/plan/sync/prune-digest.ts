import { compareText } from '../../model/compare-text.ts'
import { canonicalJson } from '../../model/json/canonical-json.ts'
import { refKey } from '../../model/reference.ts'
import { sha256 } from '../../model/sha256.ts'
import type { Action } from '../apply/action.ts'
import { isContainer } from '../apply/contents.ts'
import type { ApplyPlan } from '../apply/plan.ts'

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

export function isDeletion({ type }: Action): boolean {
  return type === 'prune'
}
