import { FleetkitError, type SourceTree } from 'fleetkit'

let trees = 0

/** A tree of texts, that counts what is read of it. */
export function textTree(
  files: Readonly<Record<string, string>>,
  oid: string = `tree-${++trees}`,
): SourceTree & { readonly reads: string[] } {
  const reads: string[] = []
  return {
    oid,
    reads,
    async list(directory) {
      const below = Object.keys(files).filter((path) => directory === '' || path.startsWith(`${directory}/`))
      if (below.length === 0) throw new FleetkitError('git/path-missing', `${directory} is no directory`)
      return below.sort()
    },
    async read(paths) {
      reads.push(...paths)
      return new Map(paths.map((path) => [path, new TextEncoder().encode(files[path] as string)]))
    },
  }
}

export const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
