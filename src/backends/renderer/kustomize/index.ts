/**
 * Rendering by `kustomize build` or `kubectl kustomize`.
 *
 * @module fleetkit/kustomize
 * @packageDocumentation
 */
import '../../../manifest/error-codes.ts'
import '../../../ports/error-codes.ts'
import { availableParallelism } from 'node:os'
import { BoundedCache } from '../../../async/bounded-cache.ts'
import { Semaphore } from '../../../async/semaphore.ts'
import { isKustomization } from '../../../manifest/kustomization-file.ts'
import type { ManifestLimits } from '../../../manifest/parse.ts'
import { deepFreeze } from '../../../model/deep-freeze.ts'
import type { RenderedObject, Renderer } from '../../../ports/renderer.ts'
import { readManifest } from '../manifests/read-manifests.ts'
import { build } from './build.ts'
import { collectFiles } from './collect-files.ts'
import { findCommand, type KustomizeCommand } from './find-command.ts'

/** Options of {@link kustomizeRenderer}. */
export interface KustomizeOptions {
  /** The program: a path or a name on the `PATH`; one that is called `kubectl…` is run as `kubectl kustomize`. */
  readonly command?: string | undefined
  /** Programs that run at once. As many as there are processors when absent. */
  readonly maxConcurrent?: number | undefined
  /** Milliseconds that one build may take. 60,000 when absent. */
  readonly timeoutMs?: number | undefined
  /** Results that are kept, by content and path. 64 when absent. */
  readonly cacheEntries?: number | undefined
  /** Of the files that are read and of the output. */
  readonly limits?: ManifestLimits | undefined
}

/**
 * Builds directories by running `kustomize build` or `kubectl kustomize` on the files of the exact revision, in a private
 * folder, without network, plugins or Helm. Bases may be anywhere in the tree; remote ones are refused, since what they
 * hold is no part of the revision. A directory whose kustomizations are further down is built as Flux does it.
 *
 * Its `render` fails with `render/failed` (naming the file and the entry), `render/unavailable`, `source/unsafe-path`,
 * `source/object-invalid`, `source/limit`, `model/yaml` of a kustomization, `timeout`, and what the tree fails with.
 *
 * @example
 * ```ts
 * import { kustomizeRenderer } from 'fleetkit/kustomize'
 *
 * const renderer = kustomizeRenderer({ maxConcurrent: 2, timeoutMs: 30_000 })
 * console.log(renderer.accepts(['deploy/kustomization.yaml'], 'deploy')) // true
 * ```
 */
export function kustomizeRenderer({
  command,
  maxConcurrent = availableParallelism(),
  timeoutMs = 60_000,
  cacheEntries = 64,
  limits = {},
}: KustomizeOptions = {}): Renderer {
  const slots = new Semaphore(maxConcurrent)
  const cache = new BoundedCache<readonly RenderedObject[]>(cacheEntries)
  let found: KustomizeCommand | undefined
  return {
    name: 'kustomize',
    accepts: isKustomization,
    async render(tree, { path, variables = false, signal }) {
      const key = `${tree.oid}:${variables}:${path}`
      const known = cache.get(key)
      if (known !== undefined) return known
      found ??= await findCommand(command)
      const program = found
      const files = await collectFiles(tree, path, limits, { signal })
      using _slot = await slots.acquire(signal)
      const text = await build(program, files, path, { timeoutMs, maxOutput: limits.bytes ?? 100_000_000, signal })
      const output: ManifestLimits = { ...limits, yaml: { characters: limits.bytes ?? 100_000_000, nodes: 5_000_000, ...limits.yaml } }
      const objects = await readManifest(text, `${path === '' ? '.' : path} (kustomize)`, { variables, limits: output, signal })
      // Frozen, because callers share what is kept.
      for (const object of objects) deepFreeze(object)
      Object.freeze(objects)
      cache.set(key, objects, 1)
      return objects
    },
  }
}
