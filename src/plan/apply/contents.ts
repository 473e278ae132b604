import { forceAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, isDefinition, type ObjectRef } from '../../model/reference.ts'

/** What would go along with a namespace or a definition that is deleted, and is not to go by itself. */
export interface Contents {
  readonly refs: readonly ObjectRef[]
  /** Whether there may be more than `refs`. */
  readonly more: boolean
  /** Why some kinds could not be looked at. */
  readonly unknown?: string | undefined
}

/** How many objects a message names. */
const maxListed = 5

/** Whether deleting an object takes others along: all that are in a namespace, or of a type. */
export function isContainer(ref: ObjectRef): boolean {
  return isDefinition(ref) || (ref.apiVersion === 'v1' && ref.kind === 'Namespace')
}

/** What a container holds, as a sentence for people; `undefined` when it may be deleted. */
export function whyKept(live: KubeObject, contents: Contents | undefined): string | undefined {
  if (contents === undefined || live.metadata.annotations?.[forceAnnotation] === 'enabled') return undefined
  const held = describeContents(live, contents)
  return held && `${held}; annotate it with ${forceAnnotation}: enabled to delete all of that with it`
}

/** What goes along with a container, as a sentence for people; `undefined` for nothing. */
export function describeContents(live: KubeObject, { refs, more, unknown }: Contents): string | undefined {
  if (refs.length === 0) return unknown && `it may hold more: ${unknown}`
  const listed = refs.slice(0, maxListed).map(formatRef).join(', ')
  const count = `${refs.length}${more ? ' or more' : ''}`
  const what = isDefinition(live) ? 'of its type' : 'in it'
  return `${count} ${refs.length === 1 && !more ? 'object is' : 'objects are'} ${what}: ${listed}${refs.length > maxListed || more ? ', …' : ''}`
}
