import { loadOnce } from '../../../async/load-once.ts'
import { isKustomization } from '../../../manifest/kustomization-file.ts'
import type { Renderer } from '../../../ports/renderer.ts'

/**
 * Plain YAML, and kustomize by its own program. The one place where the engine names backends: each is loaded when the
 * first directory needs it, and neither when other renderers are given. To have them beside your own:
 * `renderers: [mine, ...defaultRenderers]`; plain YAML alone is `plainRenderer` of `fleetkit/plain`.
 *
 * @category Sync
 */
export const defaultRenderers: readonly Renderer[] = [
  lazy(
    'plain',
    (files, path) => !isKustomization(files, path),
    async () => (await import('../../../backends/renderer/plain/index.ts')).plainRenderer(),
  ),
  lazy('kustomize', isKustomization, async () => (await import('../../../backends/renderer/kustomize/index.ts')).kustomizeRenderer()),
]

function lazy(name: string, accepts: Renderer['accepts'], load: () => Promise<Renderer>): Renderer {
  const renderer = loadOnce(load)
  return { name, accepts, render: async (tree, options) => (await renderer()).render(tree, options) }
}
