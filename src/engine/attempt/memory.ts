import { ContentionLog } from './contention-log.ts'
import { KeptPlans } from './plan/kept-plans.ts'
import { SettledCache } from './plan/settled-cache.ts'
import { SharedReads } from './plan/shared-reads.ts'

/** What attempts at one cluster share, for as long as the process lasts. */
export interface AttemptMemory {
  readonly settled: SettledCache
  readonly plans: KeptPlans
  readonly reads: SharedReads
  readonly contentions: ContentionLog
}

export function emptyMemory(): AttemptMemory {
  return { settled: new SettledCache(), plans: new KeptPlans(), reads: new SharedReads(), contentions: new ContentionLog() }
}
