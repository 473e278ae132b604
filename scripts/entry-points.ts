import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** One way into the package: a line of `exports` in package.json. */
export interface EntryPoint {
  /** What a user imports: `fleetkit`, `fleetkit/git`. */
  readonly name: string
  /** Absolute path of the source. */
  readonly source: string
  /** Absolute path of the built declarations. */
  readonly types: string
}

/** Absolute path of the repository. */
export const root: string = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Every entry point of the package. */
export function entryPoints(): readonly EntryPoint[] {
  const { name, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageManifest
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            name: name + subpath.slice(1),
            source: path.resolve(root, target['fleetkit:source']),
            types: path.resolve(root, target.types),
          },
        ],
  )
}

interface PackageManifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly 'fleetkit:source': string; readonly types: string }>>
}
