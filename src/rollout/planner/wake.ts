/** The earliest of some instants; `null` is never. */
export function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null)
}

/** Collects instants, and keeps the earliest that is still to come. */
export class Wake {
  readonly now: number
  #next: number = Number.POSITIVE_INFINITY

  constructor(now: number) {
    this.now = now
  }

  add(at: number): void {
    if (at > this.now && at < this.#next) this.#next = at
  }

  get next(): number | null {
    return this.#next === Number.POSITIVE_INFINITY ? null : this.#next
  }
}
