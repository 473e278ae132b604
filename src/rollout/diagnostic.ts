import type { Problem } from '../model/errors/problem.ts'

/** What is wrong, or looks wrong, with what was given. Errors keep everything where it is. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** What it is about: `stages[1].maxUnavailable`, `targets[3].id`. */
  readonly path: string
  readonly message: string
}

/** A problem of what was given, which stops everything. */
export function errorOf(code: string, { path, found, accepted }: Problem): Diagnostic {
  return { severity: 'error', code, path: path.replace(/^\./, ''), message: `found ${found}, accepted ${accepted}` }
}
