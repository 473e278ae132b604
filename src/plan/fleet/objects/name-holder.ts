import type { KubeObject } from '../../../model/object.ts'

/** Of a Module and a BootstrapModule of one name in one namespace the one that has it: the older one, and the first of two of the same age. Nothing of the other is rolled out. */
export function holderOf(module: KubeObject | undefined, bootstrap: KubeObject | undefined): KubeObject | undefined {
  if (module === undefined || bootstrap === undefined) return module ?? bootstrap
  return createdAt(bootstrap) < createdAt(module) ? bootstrap : module
}

function createdAt({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? ''
}
