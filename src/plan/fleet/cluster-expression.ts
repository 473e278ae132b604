import './error-codes.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { ClusterExpression } from '../../model/kinds/module/selects-cluster.ts'

/**
 * Compiles the `expr` of a Module's `spec.clusters`: an expression in CEL over `cluster`, the Cluster as it is stored. It is bounded as health
 * expressions are, in length, depth and steps.
 *
 * @throws FleetkitError `fleet/cluster-expression` when it is none, or when the package `@bufbuild/cel` is not installed.
 *
 * @example
 * ```ts
 * import { compileClusterExpression } from 'fleetkit/fleet'
 *
 * const isNew = await compileClusterExpression("cluster.status.kubernetesVersion.startsWith('v1.35.')")
 * console.log(isNew({ metadata: { name: 'eu-1' }, status: { kubernetesVersion: 'v1.35.2' } })) // true
 * ```
 *
 * @category Module
 */
export async function compileClusterExpression(text: string): Promise<ClusterExpression> {
  const { compileBoolean, bindFields } = await loadCel()
  const expression = compileBoolean(text)
  if (typeof expression === 'string') throw new FleetkitError('fleet/cluster-expression', `spec.clusters.expr: ${expression}`)
  return (cluster) => {
    const answer = expression.ask(bindFields({ cluster }))
    return typeof answer === 'string' ? `spec.clusters.expr has no answer, ${answer}: ${text}` : answer
  }
}

async function loadCel(): Promise<typeof import('../../manifest/health/expressions/cel.ts')> {
  try {
    return await import('../../manifest/health/expressions/cel.ts')
  } catch (cause) {
    throw new FleetkitError('fleet/cluster-expression', 'spec.clusters.expr needs the package @bufbuild/cel: npm install @bufbuild/cel', {
      cause,
    })
  }
}
