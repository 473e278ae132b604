/** The reasons of the Ready condition that are more than words for people. */
export const succeededReason = 'ReconciliationSucceeded'
export const abortedReason = 'Aborted'
export const unconfirmedReason = 'PruneNotConfirmed'
/** Every object of the source has been applied; what came after that has not succeeded. */
export const lateReasons = { prune: 'PruneFailed', health: 'HealthCheckFailed' } as const
