/**
 * Annotation on a Cluster: the uid of the cluster, as its condition names it, that is this one, whatever it was before and whichever Cluster has marked it. On a
 * PullSync: the id of the management that it is to take its Syncs from, whichever it was before.
 *
 * @category Cluster
 */
export const confirmIdentityAnnotation = 'fleetkit.dev/confirmIdentity'
