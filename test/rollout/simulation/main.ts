/**
 * Simulates many rollouts and reports what does not hold; 1 000 000 of them by default:
 * `npm run simulate -- [count] [first seed]`
 */
import { planRollout } from 'fleetkit/rollout'
import { simulateMany } from './run.ts'

const [count = 1_000_000, from = 1] = process.argv.slice(2).map(Number)
const batch = 20_000
let broken = 0
let plans = 0
for (let seed = from; seed < from + count; seed += batch) {
  const report = simulateMany(planRollout, seed, Math.min(batch, from + count - seed))
  plans += report.plans
  console.log(`seeds ${seed} to ${seed + report.simulated - 1}: ${plans} plans, ${JSON.stringify(report.phases)}`)
  for (const [property, { count: times, first }] of report.violations) {
    broken += times
    console.log(`${property} broken ${times} times, first at ${first}`)
  }
}
console.log(broken === 0 ? `all properties hold in ${count} rollouts` : `${broken} violations`)
process.exitCode = broken === 0 ? 0 : 1
