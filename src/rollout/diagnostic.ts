/** What is wrong, or looks wrong, with what was given. Errors keep everything where it is. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** What it is about: `stages[1].maxUnavailable`, `targets[3].id`. */
  readonly path: string
  readonly message: string
}
