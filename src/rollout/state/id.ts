/** One attempt at one version: the same version with another nonce is another attempt. */
export interface RolloutId {
  /** `null`: the module is to be gone. */
  readonly version: string | null
  readonly nonce: string
}

/** Whether two are the same attempt. */
export function sameRollout(a: RolloutId, b: RolloutId): boolean {
  return a.version === b.version && a.nonce === b.nonce
}
