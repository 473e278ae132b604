/** What is decided and known of a whole fleet. */
import { measureHistory } from './history.ts'
import { measurePlanFleet } from './plan-fleet.ts'
import { measureRolledOut } from './rolled-out.ts'

export async function run(): Promise<void> {
  measurePlanFleet()
  measureHistory()
  await measureRolledOut()
}
