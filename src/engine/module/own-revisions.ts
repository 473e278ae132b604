import type { KubeObject } from '../../model/object.ts'

/** The index of ModuleRevisions by their Module. */
export const ownIndex = 'module'

/** What a revision is found by. */
export function ownKey(namespace: string | undefined, module: string): string {
  return `${namespace}/${module}`
}

/** By what a revision is indexed. */
export function ownKeys(namespace: string | undefined, spec: KubeObject['spec']): readonly string[] {
  const { module } = (spec ?? {}) as { readonly module?: { readonly name?: unknown } | null }
  return typeof module?.name === 'string' ? [ownKey(namespace, module.name)] : []
}
