/**
 * Annotation on a Cluster: the uid of the cluster, as its condition names it, that may take the place of the one that it was.
 *
 * @category Cluster
 */
export const confirmIdentityAnnotation = 'fleetkit.dev/confirmIdentity'
