import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import { fluxStatus } from './status.ts'

const group = 'kustomize.toolkit.fluxcd.io'

/** Metadata of an object that Flux leaves when it deletes those of a Kustomization. */
const exclusions: Readonly<Record<string, string>> = {
  [`${group}/prune`]: 'disabled',
  [`${group}/reconcile`]: 'disabled',
  [`${group}/ssa`]: 'ignore',
}

/** The objects that have to go with a Kustomization, by what it says of its deletion. */
export function objectsToGo({ spec, status }: KubeObject): readonly ObjectRef[] {
  const { deletionPolicy = 'MirrorPrune', prune } = (spec ?? {}) as { readonly deletionPolicy?: string; readonly prune?: boolean }
  if (deletionPolicy === 'Orphan' || (deletionPolicy === 'MirrorPrune' && prune !== true)) return []
  const { inventory } = fluxStatus({ status } as KubeObject)
  return (inventory?.entries ?? []).flatMap(({ id, v }) => parseId(id, v) ?? [])
}

/** Whether an object that is there belongs to a Kustomization and has to go with it. Flux leaves what another one has taken over. */
export function goesWith(
  { metadata: { labels = {}, annotations = {} } }: KubeObject,
  { metadata: { name, namespace } }: KubeObject,
): boolean {
  if (labels[`${group}/name`] !== name || labels[`${group}/namespace`] !== namespace) return false
  return Object.entries(exclusions).every(([key, value]) => labels[key] !== value && annotations[key] !== value)
}

/** Reads `namespace_name_group_kind`. A name can hold `_`, and `__` for a `:`. */
function parseId(id: string, version: string): ObjectRef | undefined {
  const match = /^([^_]*)_(.*)_([^_]*)_([^_]+)$/.exec(id)
  if (match === null) return undefined
  const [, namespace, name, apiGroup, kind] = match as unknown as [string, string, string, string, string]
  const ref = { apiVersion: apiGroup === '' ? version : `${apiGroup}/${version}`, kind, name: name.replaceAll('__', ':') }
  return namespace === '' ? ref : { ...ref, namespace }
}
