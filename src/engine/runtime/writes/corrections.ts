/** How often an object is set right at most. */
const everyMs = 30_000

/** When objects that others edit were set right last, by a clock that no one sets: what edits one again each time is not fought. */
export class Corrections {
  readonly #at = new Map<string, number>()

  /** How long an object is left as it is still, in milliseconds; 0 and less when it may be set right. */
  leftMs(key: string, now: number): number {
    return (this.#at.get(key) ?? -Infinity) + everyMs - now
  }

  corrected(key: string, now: number): void {
    this.#at.set(key, now)
  }

  forget(key: string): void {
    this.#at.delete(key)
  }
}
