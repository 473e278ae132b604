import type { KubeObject } from './object.ts'

/** Whether an object is kept in its store by a finalizer. */
export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false
}

/** An object with a finalizer beside those that it has; the object itself when it has it. */
export function withFinalizer(object: KubeObject, finalizer: string): KubeObject {
  if (hasFinalizer(object, finalizer)) return object
  return { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] } }
}

/** An object without a finalizer; the object itself when it does not have it. */
export function withoutFinalizer(object: KubeObject, finalizer: string): KubeObject {
  if (!hasFinalizer(object, finalizer)) return object
  return { ...object, metadata: { ...object.metadata, finalizers: object.metadata.finalizers?.filter((each) => each !== finalizer) } }
}
