/**
 * Annotation on an object that another management keeps here: who does, as `ownerOf` names it.
 *
 * @category ProxySync
 */
export const mirrorOwnerAnnotation = 'mirror.fleetkit.dev/owner'

/**
 * Annotation on an object that another management keeps here: which of its writes the object is of. What reconciles the object repeats the value in
 * `status.observed` with the outcome, so that who wrote it knows of what the outcome is.
 *
 * @category ProxySync
 */
export const mirrorWriteAnnotation = 'mirror.fleetkit.dev/write'

/**
 * Label on an object that another management keeps here: the id of that management.
 *
 * @category ProxySync
 */
export const mirrorManagementLabel = 'mirror.fleetkit.dev/management'

/**
 * Annotation on an object that another management keeps here, with the value `Orphan` where it stays when that management no longer has the object whose copy it is.
 *
 * @category ProxySync
 */
export const mirrorDeletionAnnotation = 'mirror.fleetkit.dev/deletionPolicy'

/**
 * Annotation on a PullSync: when its management was found to have been restored from a backup, as its status says. Syncs whose ProxySync that management no longer has are
 * deleted again, as their policy says.
 *
 * @category PullSync
 */
export const confirmRestoreAnnotation = 'mirror.fleetkit.dev/confirmRestore'

/**
 * Annotation on a ProxySync: the generation of it that its Sync is of, and that is to be replaced though the ProxySync is at an older one, as after the management was restored
 * from a backup.
 *
 * @category ProxySync
 */
export const confirmOlderAnnotation = 'mirror.fleetkit.dev/confirmOlder'
