import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../model/json/canonical-json.ts'

/** What tells inputs of a cache apart, in few bytes; it shows nothing of them. */
export function inputDigest(...inputs: readonly unknown[]): string {
  return createHash('sha256').update(canonicalJson(inputs)).digest('base64')
}
