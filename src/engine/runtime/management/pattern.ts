import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'

/** What the id of a management is: it is a label's value, and a part of field managers. */
export const pattern: RegExp = /^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/
export const accepted = 'at most 20 lower-case letters, digits and -, beginning and ending with a letter or digit'

/** Throws `model/invalid` for an id that is none. */
export function requireManagementId(management: string | undefined): void {
  if (management !== undefined && !pattern.test(management))
    throw invalid(undefined, [{ path: 'management', found: describeValue(management), accepted }])
}
