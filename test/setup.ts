import path from 'node:path'
import fc, { type RunDetails } from 'fast-check'
import { expect } from 'vitest'
import { runs, seed } from './random-tests.ts'
import { Random } from './rollout/simulation/random.ts'

// Delays with jitter take it from here when a test does not say otherwise.
const random = new Random(seed)
Math.random = () => random.next()

fc.configureGlobal({ seed, numRuns: runs(100), reporter })

/** Says what fast-check says of a property that does not hold, and how to see it again. */
function reporter(details: RunDetails<unknown>): void {
  if (!details.failed) return
  const { testPath = '' } = expect.getState()
  const replay = `FLEETKIT_SEED=${seed} FLEETKIT_RUNS=${runs(1)} npx vitest run ${path.relative(process.cwd(), testPath)}`
  throw new Error(`${fc.defaultReportMessage(details)}\n\nTo see it again: ${replay}`, { cause: details.errorInstance })
}
