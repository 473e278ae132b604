import { canonicalJson } from '../../model/json/canonical-json.ts'
import { sha256 } from '../../model/sha256.ts'
import type { ApplyPlan } from '../apply/plan.ts'
import { atOnce } from '../at-once.ts'
import { contractAction } from './contract-action.ts'
import { isSecretRef } from './is-secret-ref.ts'

const concealedForm: RegExp = /<secret [0-9a-f]{16}>/g

/**
 * The digest of a plan, as `sha256:…`: what was reviewed, in a line. It is the same for a plan and for what was read back from its
 * JSON, and for two plans of the same actions: of the digests that stand for secret values, only which are equal counts.
 *
 * @example
 * ```ts
 * import { digestOf, type SyncPlan } from 'fleetkit'
 *
 * export function isApproved(plan: SyncPlan, approved: string): boolean {
 *   return digestOf(plan) === approved
 * }
 * ```
 *
 * @category Plans
 */
export function digestOf(plan: ApplyPlan & { readonly digest?: string | undefined }): string {
  return atOnce(digestSteps(plan))
}

/** The steps of {@link digestOf}, for those who let others have a turn in between. Each gives the characters that it took. */
export function* digestSteps(plan: Parameters<typeof digestOf>[0]): Generator<number, string> {
  const { digest: _, stages, prunes, ...rest } = plan
  const numbers = new Map<string, string>()
  const numbered = (text: string): string =>
    text.replaceAll(concealedForm, (found) => {
      const known = numbers.get(found) ?? `<secret ${numbers.size}>`
      numbers.set(found, known)
      return known
    })
  const actions: string[][] = []
  for (const stage of [...stages, prunes]) {
    const digests: string[] = []
    for (const action of stage) {
      const text = canonicalJson(contractAction(action))
      digests.push(sha256(isSecretRef(action) ? numbered(text) : text))
      yield text.length
    }
    actions.push(digests)
  }
  return `sha256:${sha256(JSON.stringify([canonicalJson(rest), actions]))}`
}
