import { BoundedCache } from '../../../async/bounded-cache.ts'
import { deepFreeze } from '../../../model/deep-freeze.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import type { Git } from '../../../ports/git.ts'
import type { Renderer } from '../../../ports/renderer.ts'

/** Bytes of objects that are kept, as JSON of two bytes a character. */
const maxBytes = 64_000_000

/** What renders gave, by the digest of all that they depend on. What was used last is kept. */
export class RenderCache {
  readonly #results: BoundedCache<{ readonly objects: readonly RenderedObject[] }>

  constructor(capacity: number = maxBytes) {
    this.#results = new BoundedCache(capacity)
  }

  /** The result for these inputs: a known one, or that of `render`. It is frozen, since attempts share it. */
  async get<Result extends { readonly objects: readonly RenderedObject[] }>(key: string, render: () => Promise<Result>): Promise<Result> {
    const known = this.#results.get(key)
    if (known !== undefined) return known as Result
    const result = await render()
    deepFreeze(result.objects)
    const characters = result.objects.reduce((sum, { object }) => sum + JSON.stringify(object).length, 0)
    this.#results.set(key, result, 2 * characters)
    return result
  }
}

const caches = new WeakMap<Git, WeakMap<readonly Renderer[], RenderCache>>()

/** What these renderers gave of the files of a git port. It is forgotten with either of them. */
export function rendersOf(git: Git, renderers: readonly Renderer[]): RenderCache {
  const ofGit = caches.get(git) ?? new WeakMap<readonly Renderer[], RenderCache>()
  caches.set(git, ofGit)
  const cache = ofGit.get(renderers) ?? new RenderCache()
  ofGit.set(renderers, cache)
  return cache
}
