/** The API group of the kinds of this library. */
export const fleetkitGroup = 'fleetkit.dev'
/** The version of the kinds of this library, with their group. */
export const fleetkitApiVersion = 'fleetkit.dev/v1alpha1'
