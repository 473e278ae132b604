import { hasFinalizer, withFinalizer, withoutFinalizer } from '../../../model/finalizers.ts'
import type { DriverChange, DriverInput, SyncVerdict } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { isMarked, syncOf } from '../marked-object.ts'
import { dependantsOf, removedObjects } from '../removed-objects.ts'
import { gitRepositoryType, type KustomizationSpec, kustomizationType } from './objects.ts'

/** Ours, on a Kustomization that is to go: its inventory can be read until the objects are gone. */
const inventoryFinalizer = 'assemblage.fleetkit.dev/inventory'
const fluxFinalizer = 'finalizers.fluxcd.io'

/** The next step of each Kustomization that is to go, those first that no other depends on. */
export function removals(input: DriverInput, verdicts: readonly SyncVerdict[]): readonly DriverChange[] {
  const removed = removedObjects(input).filter(
    (object) =>
      object.metadata.deletionTimestamp === undefined &&
      dependantsOf(object, input).length === 0 &&
      successorsOf(object, input, verdicts).length === 0,
  )
  return removed.map((object) => {
    const prepared = prepare(object)
    return prepared === object ? change('delete', object) : change('update', prepared)
  })
}

/**
 * The syncs that apply what a Kustomization applies that is to go, and are not ready yet: a sync that got another name. They have to take its objects over first, or those
 * would be deleted with it.
 */
export function successorsOf(object: KubeObject, { syncs, found }: DriverInput, verdicts: readonly SyncVerdict[]): readonly string[] {
  const { sourceRef, path, targetNamespace } = (object.spec ?? {}) as KustomizationSpec
  const source = found.objects.find(({ kind, metadata }) => kind === gitRepositoryType.kind && metadata.name === sourceRef?.name)
  const { url } = (source?.spec ?? {}) as { readonly url?: string }
  const unready = new Set(verdicts.flatMap(({ name, state }) => (state === 'Ready' ? [] : [name])))
  return syncs
    .filter((sync) => sync.source.git.url === url && sync.path === path && sync.targetNamespace === targetNamespace)
    .flatMap(({ name }) => (unready.has(name) ? [name] : []))
}

/** The Kustomizations that are gone for Flux, and whose objects are gone too. */
export function releases({ assemblage, found }: DriverInput): readonly DriverChange[] {
  return found.objects
    .filter((object) => isMarked(object, assemblage) && isFinished(object) && !found.left.some(({ sync }) => sync === syncOf(object)))
    .map((object) => change('update', withoutFinalizer(object, inventoryFinalizer)))
}

/** Whether Flux is done with the deletion of a Kustomization, and it is there for us alone. */
export function isFinished(object: KubeObject): boolean {
  return (
    object.kind === kustomizationType.kind &&
    object.metadata.deletionTimestamp !== undefined &&
    hasFinalizer(object, inventoryFinalizer) &&
    !hasFinalizer(object, fluxFinalizer)
  )
}

/** A Kustomization as it is deleted; the same one when it is like that. A suspended one, or one that acts as another user, could leave its objects. */
function prepare(object: KubeObject): KubeObject {
  const { serviceAccountName, kubeConfig, ...spec } = (object.spec ?? {}) as Readonly<Record<string, unknown>>
  const isClear = spec.suspend === false && serviceAccountName === undefined && kubeConfig === undefined
  return withFinalizer(isClear ? object : { ...object, spec: { ...spec, suspend: false } }, inventoryFinalizer)
}

function change(action: 'update' | 'delete', object: KubeObject): DriverChange {
  return { action, object, sync: syncOf(object), reason: 'removed', edits: [] }
}
