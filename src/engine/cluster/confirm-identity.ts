/**
 * Annotation on a Cluster: the uid of the cluster, as its condition names it, that is this one, whatever it was before and whichever Cluster has marked it.
 *
 * @category Cluster
 */
export const confirmIdentityAnnotation = 'fleetkit.dev/confirmIdentity'
