/** What is decided and known of a whole fleet. */
import { measureHistory } from './history.ts'
import { measurePlanFleet } from './plan-fleet.ts'

export async function run(): Promise<void> {
  measurePlanFleet()
  measureHistory()
}
