/**
 * Simulates many worlds and reports what does not hold, with the fewest steps that show it; 20,000 of them by default, of Syncs,
 * RemoteSyncs, ProxySyncs, PullSyncs and Modules in turn: `npm run simulate:engine -- [count] [first seed] [kind]`. Of a single world it says what happens, line by line.
 */
import { simulate, type WorldKind } from './simulate.ts'

const [count = 20_000, from = 1_000_000] = process.argv.slice(2, 4).map(Number)
const kinds: readonly WorldKind[] = ['Sync', 'RemoteSync', 'ProxySync', 'PullSync', 'Module']
const only = process.argv[4] as WorldKind | undefined
const kindOf = (seed: number): WorldKind => only ?? (kinds[seed % kinds.length] as WorldKind)

let [broken, attempts, faults] = [0, 0, 0]
const started = performance.now()
for (let seed = from; seed < from + count; seed++) {
  const simulated = await simulate(seed, { kind: kindOf(seed), trace: count === 1 ? console.log : undefined })
  attempts += simulated.attempts
  faults += simulated.faults
  const [violation] = simulated.violations
  if (violation !== undefined) {
    broken++
    const steps = await fewestSteps(seed, violation.invariant)
    console.log(`world ${seed} of ${kindOf(seed)}s, ${steps} steps: ${violation.invariant}: ${violation.message}`)
  }
  if ((seed - from + 1) % 1000 === 0) report(seed - from + 1)
}
report(count)
process.exitCode = broken === 0 ? 0 : 1

/** The first steps of a world are the same however many follow. */
async function fewestSteps(seed: number, invariant: string): Promise<number> {
  for (let steps = 0; ; steps++) {
    const { violations } = await simulate(seed, { kind: kindOf(seed), steps })
    if (violations[0]?.invariant === invariant) return steps
  }
}

function report(done: number): void {
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`${done} worlds, ${attempts} attempts, ${faults} faults, ${broken} broken, ${seconds} s`)
}
