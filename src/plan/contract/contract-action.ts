import type { FieldChange } from '../../manifest/fields/field-change.ts'
import { locatePaths } from '../../manifest/places/locate.ts'
import { newPlace } from '../../manifest/places/place.ts'
import { replaceAll } from '../../manifest/places/replace.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Action } from '../apply/action.ts'

/**
 * What of an action is agreed on by who reviews it. Values that are left as they are in the cluster are not: an autoscaler may write them at
 * any time. Nor is who wrote what is there now, and when.
 */
export function contractAction(action: Action): Action {
  const { decisions = [], ignored = [], changes, object } = action
  const kept = new Set([...ignored, ...decisions.filter((decision) => decision.action === 'adopt').map(({ path }) => path)])
  const agreed = decisions.filter(({ rule }) => !rule.startsWith('spec.ignore')).map(({ author: _, ...decision }) => decision)
  return {
    ...action,
    ...(changes.some(({ author }) => author !== undefined) ? { changes: changes.map(withoutAuthor) } : {}),
    ...(action.decisions === undefined ? {} : { decisions: agreed.length === 0 ? undefined : agreed }),
    ...(object === undefined || kept.size === 0 ? {} : { object: withoutFields(object, kept) }),
  }
}

function withoutAuthor({ author: _, ...change }: FieldChange): FieldChange {
  return change
}

function withoutFields(object: KubeObject, paths: ReadonlySet<string>): KubeObject {
  const root = newPlace(object)
  const replacements = [...locatePaths(root, paths).values()].map(({ path }) => ({ path, value: undefined }))
  return (replaceAll(root, replacements) ?? {}) as unknown as KubeObject
}
