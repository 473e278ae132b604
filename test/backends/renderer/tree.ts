import type { SourceTree } from 'fleetkit'
import { memoryTree } from 'fleetkit/memory'

let trees = 0

/** A tree of texts, that counts what is read of it. */
export function textTree(
  files: Readonly<Record<string, string>>,
  oid: string = `tree-${++trees}`,
): SourceTree & { readonly reads: string[] } {
  const tree = memoryTree(files)
  const reads: string[] = []
  return {
    ...tree,
    oid,
    reads,
    read: (paths, options) => {
      reads.push(...paths)
      return tree.read(paths, options)
    },
  }
}

export const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
