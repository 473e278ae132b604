/** The first ids of many, and how many there are. */
export class Few {
  readonly first: string[] = []
  count: number = 0

  add(id: string): void {
    this.count += 1
    if (this.first.length < 3) this.first.push(id)
  }

  /** Adds what another has. */
  join({ first, count }: Few): void {
    for (const id of first) this.add(id)
    this.count += count - first.length
  }
}
