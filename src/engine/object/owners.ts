import { FleetkitError } from '../../model/errors/error.ts'
import type { KubeObject, OwnerReference } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'

/** The owner reference that says which controller an object belongs to, if one does. */
export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)
}

/**
 * An object that is garbage-collected with `owner`; the object itself when it is already. A reference to the same owner in
 * another API version is brought up to date.
 *
 * @throws FleetkitError `model/invalid` when the owner has no uid yet, or lies in another namespace: the API server would delete
 * the object at once.
 */
export function withOwner(object: KubeObject, owner: KubeObject): KubeObject {
  return withReference(object, owner, {})
}

/**
 * The same as {@link withOwner}, as the one controller of the object: `owns` of a controller finds the owner by it.
 *
 * @throws FleetkitError `controller/owned` when another object is its controller.
 */
export function withController(object: KubeObject, owner: KubeObject): KubeObject {
  const other = controllerOf(object)
  if (other !== undefined && other.uid !== owner.metadata.uid)
    throw new FleetkitError('controller/owned', `it belongs to ${other.kind} ${other.name}, so ${formatRef(refOf(owner))} cannot have it`, {
      ref: refOf(object),
    })
  return withReference(object, owner, { controller: true, blockOwnerDeletion: true })
}

/** An object without its reference to `owner`; the object itself when it has none. */
export function withoutOwner(object: KubeObject, owner: KubeObject): KubeObject {
  const { ownerReferences = [] } = object.metadata
  const rest = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid)
  return rest.length === ownerReferences.length ? object : { ...object, metadata: { ...object.metadata, ownerReferences: rest } }
}

function withReference(object: KubeObject, owner: KubeObject, fields: Partial<OwnerReference>): KubeObject {
  const { ownerReferences = [] } = object.metadata
  const reference: OwnerReference = { ...refOfOwner(object, owner), ...fields }
  const known = ownerReferences.find(({ uid }) => uid === reference.uid)
  if (known !== undefined && Object.entries(reference).every(([field, value]) => known[field as keyof OwnerReference] === value))
    return object
  const rest = ownerReferences.filter((other) => other !== known)
  return { ...object, metadata: { ...object.metadata, ownerReferences: [...rest, { ...known, ...reference }] } }
}

function refOfOwner(object: KubeObject, owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner
  const { name, uid, namespace } = metadata
  const refuse = (why: string): FleetkitError =>
    new FleetkitError('model/invalid', `${formatRef(refOf(owner))} cannot own it: ${why}`, { ref: refOf(object) })
  if (uid === undefined) throw refuse('it has no uid, so it is not stored yet')
  if (namespace !== undefined && namespace !== object.metadata.namespace)
    throw refuse(`an owner lies in the namespace of what it owns, or in none`)
  return { apiVersion, kind, name, uid }
}
