const isTerminal: boolean = process.stdout.isTTY === true
/** Of the first word of a state. */
const colours: Readonly<Record<string, string>> = { ready: '32', updating: '33', failed: '31' }

export function title(text: string): void {
  console.log(isTerminal ? `\n\u001b[1m${text}\u001b[0m` : `\n${text}`)
}

/** Shows what clusters have: in a terminal a line for each, which is written over; in a pipe a line for each change. */
export class Board {
  readonly #lines: Map<string, string> = new Map()
  #isShown = false
  /** Nothing is shown yet. */
  isQuiet = true

  constructor(clusters: readonly string[]) {
    for (const cluster of clusters) this.#lines.set(cluster, '')
  }

  /** @param state - as `ready v1.0.0` */
  show(cluster: string, state: string, time: string): void {
    if (this.#lines.get(cluster) === state) return
    this.#lines.set(cluster, state)
    if (this.isQuiet) return
    if (!isTerminal) {
      console.log(`  ${time}  ${cluster.padEnd(10)}  ${state}`)
      return
    }
    if (this.#isShown) process.stdout.write(`\u001b[${this.#lines.size}A`)
    this.#isShown = true
    for (const [name, text] of this.#lines) {
      const colour = colours[text.split(' ', 1)[0] ?? ''] ?? '0'
      process.stdout.write(`\u001b[2K  ${name.padEnd(10)}  \u001b[${colour}m${text}\u001b[0m\n`)
    }
  }

  /** What is printed next stands below. */
  leave(): void {
    this.#isShown = false
  }
}
