import { formatRef } from '../../model/reference.ts'
import type { Action } from '../apply/action.ts'
import type { ApplyPlan } from '../apply/plan.ts'
import type { AttemptFacts } from './next-status.ts'
import { isDeletion, pruneDigestOf } from './prune-digest.ts'

/** How many objects a message names. */
const maxListed = 10

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

function withheld(action: Action): Action {
  return { ...action, type: 'skip', reason: { code: 'unconfirmed', message: `${action.reason.message}, but that is not confirmed` } }
}
