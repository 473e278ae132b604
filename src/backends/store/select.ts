import type { KubeObject } from '../../model/object.ts'
import { matchesSelector } from '../../model/selector.ts'
import type { ChangeEvent, SelectOptions } from '../../ports/store.ts'
import { withVersion } from './rules.ts'
import type { Change } from './table.ts'

/** Whether an object is among those that a list or a watch is about. */
export function isSelected(object: KubeObject | undefined, { namespace, labelSelector = {} }: SelectOptions): object is KubeObject {
  if (object === undefined) return false
  const { metadata } = object
  return (namespace === undefined || (metadata.namespace ?? '') === namespace) && matchesSelector(labelSelector, metadata.labels)
}

/** What a watch sees of a change: an object that starts or stops being selected comes or goes. */
export function eventOf({ version, before, after }: Change, select: SelectOptions): ChangeEvent | undefined {
  const was = isSelected(before, select)
  if (isSelected(after, select)) return { type: was ? 'MODIFIED' : 'ADDED', object: after }
  return was ? { type: 'DELETED', object: withVersion(before, version) } : undefined
}

/** An object in the words of another version of its API group. */
export function inVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : Object.freeze({ ...object, apiVersion })
}
