import { plainRenderer } from '../../backends/renderer/plain/index.ts'
import { isKustomization } from '../../manifest/kustomization.ts'
import type { Renderer } from '../../ports/renderer.ts'

/** Plain YAML, and kustomize by its own program, which is only loaded when a directory needs it. */
export function defaultRenderers(): readonly Renderer[] {
  return [plainRenderer(), lazyKustomize]
}

const lazyKustomize: Renderer = {
  name: 'kustomize',
  accepts: isKustomization,
  render: async (tree, options) => {
    const { kustomizeRenderer } = await import('../../backends/renderer/kustomize/index.ts')
    return kustomizeRenderer().render(tree, options)
  },
}
