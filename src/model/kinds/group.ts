/**
 * The API group of the kinds of this library.
 *
 * @category Objects
 */
export const fleetkitGroup = 'fleetkit.dev'
/**
 * The API version of the kinds of this library.
 *
 * @category Objects
 */
export const fleetkitApiVersion = 'fleetkit.dev/v1alpha1'
