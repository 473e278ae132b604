import type { KubeObject } from '../../model/object.ts'
import { matchesSelector } from '../../model/selector.ts'
import type { ChangeEvent, SelectOptions } from '../../ports/store.ts'
import { withResourceVersion } from './rules.ts'
import type { JournalEntry } from './table.ts'

/** Whether an object is among those that a list or a watch is about. */
export function isSelected(object: KubeObject | undefined, { namespace, labelSelector = {} }: SelectOptions): object is KubeObject {
  if (object === undefined) return false
  const { metadata } = object
  return (namespace === undefined || (metadata.namespace ?? '') === namespace) && matchesSelector(labelSelector, metadata.labels)
}

/** What a watch sees of a change: an object that starts or stops being selected comes or goes. */
export function eventOf({ resourceVersion, before, after }: JournalEntry, select: SelectOptions): ChangeEvent | undefined {
  const was = isSelected(before, select)
  if (isSelected(after, select)) return { type: was ? 'MODIFIED' : 'ADDED', object: after }
  return was ? { type: 'DELETED', object: withResourceVersion(before, resourceVersion) } : undefined
}

/** An object as another API version of its group shows it. */
export function inApiVersion(object: KubeObject, apiVersion: string): KubeObject {
  return object.apiVersion === apiVersion ? object : Object.freeze({ ...object, apiVersion })
}
