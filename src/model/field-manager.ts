import type { Problem } from './errors/problem.ts'

const maxBytes = 128
/** What Go's `unicode.IsPrint` accepts: letters, marks, numbers, punctuation, symbols, and no space but U+0020. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u

/**
 * What is wrong with the name of a field manager, by the rule of the API server (k8s.io/apimachinery,
 * `ValidateFieldManager`): 1 to 128 bytes of UTF-8, all of them printable characters.
 */
export function fieldManagerProblem(fieldManager: unknown): Problem | undefined {
  const valid = typeof fieldManager === 'string' && printable.test(fieldManager) && isShort(fieldManager)
  if (valid) return undefined
  return {
    path: 'fieldManager',
    found: JSON.stringify(fieldManager) ?? 'nothing',
    accepted: `1 to ${maxBytes} bytes of printable characters`,
  }
}

/** A character of UTF-16 is at most three bytes of UTF-8. */
function isShort(text: string): boolean {
  return text.length * 3 <= maxBytes || new TextEncoder().encode(text).length <= maxBytes
}
