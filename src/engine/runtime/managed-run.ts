/** Something that a manager runs: a controller or a runnable. */
export interface ManagedRun {
  /** Begins to work. Rejects with an error after which the manager cannot go on. */
  start(): Promise<void>
  /** Ends the work within `graceMs`, or gives it up. */
  drain(graceMs: number): Promise<void>
  /** Aborts the work at once. */
  abort(reason: unknown): void
}
