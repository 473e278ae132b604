/** What is decided and known of a whole fleet: so far its history. */
import { measureHistory } from './history.ts'

export async function run(): Promise<void> {
  measureHistory()
}
