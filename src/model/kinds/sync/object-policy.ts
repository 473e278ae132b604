import type { KubeObject } from '../../object.ts'
import { applyPolicyAnnotation } from './annotations.ts'

/**
 * How one object is applied, by what it says in {@link applyPolicyAnnotation}; the words are Flux's.
 *
 * - `Override`: what others changed in it, or added with kubectl, is undone; their conflicts are won by force.
 * - `Merge`: the fields of the source are won by force, what others added stays.
 * - `IfNotPresent`: it is created, and left alone once it exists.
 * - `Ignore`: it is never written and never deleted.
 *
 * @category Sync
 */
export type ApplyPolicy = 'Override' | 'Merge' | 'IfNotPresent' | 'Ignore'

/** The policies, as they are written. */
export const applyPolicies: readonly ApplyPolicy[] = ['Override', 'Merge', 'IfNotPresent', 'Ignore']

const own = 'sync.fleetkit.dev/'
const flux = 'kustomize.toolkit.fluxcd.io/'

/**
 * What an object says in one of our annotations, in lower case, with the key that says it: Flux's of the same name counts where ours is absent. As in Flux a
 * label does as well.
 */
export function saidBy(object: KubeObject, annotation: string): { readonly key: string; readonly value: string } | undefined {
  const { annotations, labels } = object.metadata
  for (const key of [annotation, flux + annotation.slice(own.length)])
    for (const map of [annotations, labels]) {
      const value = map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
      if (value !== undefined) return { key, value: value.toLowerCase() }
    }
  return undefined
}

/** How an object asks to be applied; `undefined` when it does not, or in words that are none. */
export function applyPolicyOf(object: KubeObject): ApplyPolicy | undefined {
  const said = saidBy(object, applyPolicyAnnotation)?.value
  return applyPolicies.find((policy) => policy.toLowerCase() === said)
}
