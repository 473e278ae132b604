/** What a kind needs of the attempt, in one module that is loaded with the first attempt. */
export { Attempt } from './attempt.ts'
export { planSync } from './plan/plan-sync.ts'
export { removeObjects } from './remove.ts'
export { resolveSource } from './source/source.ts'
export { healthChecksOf } from './wait-healthy.ts'
