import { maxNameLength } from '../../names.ts'
import { sha256 } from '../../sha256.ts'

/**
 * Label on the objects that the syncs of an Assemblage are made of: the name of the Assemblage, which is in the same namespace.
 *
 * @category Assemblage
 */
export const assemblageLabel = 'assemblage.fleetkit.dev/name'

/**
 * Label on an object that a sync of an Assemblage is made of: the name of the sync.
 *
 * @category Assemblage
 */
export const assembledSyncLabel = 'assemblage.fleetkit.dev/sync'

/**
 * Annotation on an object that a sync of an Assemblage is made of: the digest of what was written. An object with another one is of another version;
 * one with this one whose fields are others was edited.
 *
 * @category Assemblage
 */
export const assembledDigestAnnotation = 'assemblage.fleetkit.dev/digest'

/**
 * The name of the object that a sync is made of: those of the Assemblage and of the sync, with a hash where that is too long. Two pairs can have the same one: then the
 * marks of the object tell them apart.
 */
export function assembledName(assemblage: string, sync: string): string {
  const plain = `${assemblage}-${sync}`
  if (plain.length <= maxNameLength) return plain
  const hash = sha256(`${assemblage}/${sync}`).slice(0, 10)
  return `${plain.slice(0, maxNameLength - 1 - hash.length)}-${hash}`
}
