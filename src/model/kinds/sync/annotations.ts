/**
 * Annotation on an object: `disabled` keeps it when it is no longer in the source.
 *
 * @category Sync
 */
export const pruneAnnotation = 'sync.fleetkit.dev/prune'

/**
 * Annotation on an object, in the source or in the cluster: `disabled` leaves it alone.
 *
 * @category Sync
 */
export const reconcileAnnotation = 'sync.fleetkit.dev/reconcile'

/**
 * Annotation on an object of the source: `enabled` replaces it when an immutable field has to change.
 *
 * @category Sync
 */
export const forceAnnotation = 'sync.fleetkit.dev/force'

/**
 * Annotation on an object of the source: how it is applied, as an `ApplyPolicy`. `Ignore` counts on an object in the cluster too.
 *
 * @category Sync
 */
export const applyPolicyAnnotation = 'sync.fleetkit.dev/ssa'

/**
 * Annotation, or label, on an object of the source: `disabled` leaves the variables of `spec.postBuild` in it as they are.
 *
 * @category Sync
 */
export const substituteAnnotation = 'sync.fleetkit.dev/substitute'

/**
 * Annotation on a Sync: any new value asks for an attempt now; it is echoed in `status.lastHandledReconcileAt`.
 *
 * @category Sync
 */
export const requestedAtAnnotation = 'reconcile.fleetkit.dev/requestedAt'

/**
 * Annotation on a Sync, beside {@link requestedAtAnnotation}: who asks. It becomes the actor in `status.history`.
 *
 * @category Sync
 */
export const requestedByAnnotation = 'reconcile.fleetkit.dev/requestedBy'

/**
 * Annotation on a Sync with `spec.confirmPrune`: the digest of the deletions that may be done, from `status.pendingPrune`.
 *
 * @category Sync
 */
export const confirmPruneAnnotation = 'sync.fleetkit.dev/confirmPrune'
