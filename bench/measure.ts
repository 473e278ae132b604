/** One side of a comparison. `prepare` is not timed. */
export interface Contender {
  readonly name: string
  readonly prepare?: () => Promise<void>
  readonly run: () => Promise<void>
  /** Rounds of its own, for one that takes minutes. */
  readonly rounds?: number
}

/** What a claim is measured by. */
export interface Claim {
  readonly title: string
  readonly rounds: number
  /** Rounds before those that count; 1 by default. What has one round of its own is not warmed up. */
  readonly warmUp?: number
  /** Whether a round goes on as the one before has left memory and caches: for what takes less than a millisecond in a process at work. */
  readonly atWork?: boolean
  /** The first is ours; each other is a peer. */
  readonly contenders: readonly Contender[]
}

/** Runs the contenders in turn, round by round, so that a change of the machine's speed meets all of them, and prints a table. */
export async function measure({ title, rounds, warmUp = 1, atWork = false, contenders }: Claim): Promise<void> {
  const times = contenders.map((): number[] => [])
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, { prepare, run, rounds: own = rounds }] of contenders.entries()) {
      if (round >= own || (round < 0 && own === 1)) continue
      await prepare?.()
      // What the one before has left behind is not this one's to clean up.
      if (!atWork) globalThis.gc?.()
      const started = performance.now()
      await run()
      if (round >= 0) (times[index] as number[]).push(performance.now() - started)
    }
  }
  const medians = times.map(median)
  console.log(`\n### ${title}\n\n| | median | min | max | rounds | ours ÷ it |\n|---|---|---|---|---|---|`)
  for (const [index, { name }] of contenders.entries()) {
    const own = times[index] as number[]
    const ratio = index === 0 ? '' : `${((medians[0] as number) / (medians[index] as number)).toPrecision(3)}x`
    console.log(
      `| ${name} | ${seconds(medians[index] as number)} | ${seconds(Math.min(...own))} | ${seconds(Math.max(...own))} | ${own.length} | ${ratio} |`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 2 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`
}
