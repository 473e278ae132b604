/**
 * Manifests of a directory as they are.
 *
 * @module fleetkit/plain
 * @packageDocumentation
 */
import '../../../manifest/error-codes.ts'
import { isKustomization } from '../../../manifest/kustomization-file.ts'
import { isManifest, type ManifestLimits } from '../../../manifest/parse.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Renderer } from '../../../ports/renderer.ts'
import { readManifests } from '../manifests/read-manifests.ts'

/** Options of {@link plainRenderer}. */
export interface PlainOptions {
  /** Of the files that are read. */
  readonly limits?: ManifestLimits | undefined
}

/**
 * Takes the manifests of a directory as they are: every `.yaml`, `.yml` and `.json` file at any depth that is not
 * hidden. A directory with a kustomization anywhere below is not for it, since patches are no objects.
 *
 * Its `render` fails with `source/object-invalid`, `source/limit`, and what the tree fails with.
 *
 * @example
 * ```ts
 * import { plainRenderer } from 'fleetkit/plain'
 *
 * const renderer = plainRenderer({ limits: { files: 100 } })
 * console.log(renderer.accepts(['deploy/app.yaml'], 'deploy')) // true
 * ```
 */
export function plainRenderer({ limits }: PlainOptions = {}): Renderer {
  return {
    name: 'plain',
    accepts: (files, path) => !isKustomization(files, path),
    async render(tree, { path, variables, signal }) {
      const files = await tree.list(path, { signal })
      if (isKustomization(files, path))
        throw new FleetkitError('render/failed', `${path === '' ? '.' : path}: found a kustomization, accepted plain manifests`)
      const manifests = files.filter((file) => isManifest(file, path))
      const maxFiles = limits?.files ?? 10_000
      if (manifests.length > maxFiles)
        throw new FleetkitError('source/limit', `found ${manifests.length} files, accepted at most ${maxFiles}`)
      return await readManifests(await tree.read(manifests, { signal }), { directory: path, variables, limits, signal })
    },
  }
}
