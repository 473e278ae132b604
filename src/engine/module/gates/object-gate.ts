import { mapAtMost } from '../../../async/map-at-most.ts'
import { type AssessOptions, assessHealth } from '../../../manifest/health/assess.ts'
import type { Health } from '../../../manifest/health/health.ts'
import { toError } from '../../../model/errors/to-error.ts'
import { formatRef, type ObjectRef } from '../../../model/reference.ts'
import type { GateAnswer, GateQuestion, RolloutGate } from './rollout-gate.ts'

const readsAtOnce = 16
/** How many objects the evidence names. */
const namedAtMost = 5

/**
 * Options of {@link objectGate}.
 *
 * @category Module
 */
export interface ObjectGateOptions
  extends Pick<AssessOptions, 'profile' | 'rules'>,
    Pick<RolloutGate, 'name' | 'intervalMs' | 'timeoutMs'> {
  /** The objects, in each cluster of the stage; or what they are for a question. */
  readonly objects: readonly ObjectRef[] | ((question: GateQuestion) => readonly ObjectRef[])
}

/**
 * A gate that looks at objects in the clusters of a stage: it passes when each of them is healthy in each cluster, and fails when one has failed. What is not there, in progress or not to be read
 * is waited for. Rules over the status of a kind of your own are made of expressions in CEL by `compileHealthExpressions`.
 *
 * @example
 * ```ts
 * import { rolloutController } from 'fleetkit'
 * import { objectGate } from 'fleetkit/gates'
 * import { compileHealthExpressions } from 'fleetkit/health'
 *
 * const rules = await compileHealthExpressions([
 *   { apiVersion: 'example.com/v1', kind: 'SmokeTest', current: "status.result == 'passed'", failed: "status.result == 'failed'" },
 * ])
 * const objects = [{ apiVersion: 'example.com/v1', kind: 'SmokeTest', namespace: 'shop', name: 'checkout' }]
 * export const rollouts = rolloutController({ gates: [objectGate({ name: 'smoke', objects, rules })] })
 * ```
 *
 * @category Module
 */
export function objectGate({ name, objects, profile, rules, intervalMs, timeoutMs }: ObjectGateOptions): RolloutGate {
  return {
    name,
    intervalMs,
    timeoutMs,
    async check(question, context) {
      const refs = typeof objects === 'function' ? objects(question) : objects
      if (question.clusters.length === 0) return { verdict: 'pending', evidence: 'no cluster of the stage is ready with it' }
      const looks = question.clusters.flatMap((cluster) => refs.map((ref) => ({ cluster, ref })))
      const found = await mapAtMost(looks, readsAtOnce, async ({ cluster, ref }): Promise<Look> => {
        try {
          const object = await context.clusterOf(cluster).get(ref, { signal: context.signal })
          return { what: `${formatRef(ref)} on ${cluster}`, health: assessHealth(object, { now: context.clock.now(), profile, rules }) }
        } catch (error) {
          context.signal.throwIfAborted()
          return { what: `${formatRef(ref)} on ${cluster}`, message: toError(error).message }
        }
      })
      return judge(found)
    },
  }
}

interface Look {
  readonly what: string
  readonly health?: Health | undefined
  /** Why it could not be read. */
  readonly message?: string | undefined
}

function judge(looks: readonly Look[]): GateAnswer {
  const failed = looks.filter(({ health }) => health?.status === 'Failed')
  if (failed.length > 0) return { verdict: 'fail', evidence: listed(failed) }
  const others = looks.filter(({ health }) => health?.status !== 'Current')
  if (others.length > 0) return { verdict: 'pending', evidence: listed(others) }
  return { verdict: 'pass', evidence: `${looks.length} ${looks.length === 1 ? 'object is' : 'objects are'} healthy` }
}

function listed(looks: readonly Look[]): string {
  const named = looks.slice(0, namedAtMost).map(({ what, health, message }) => `${what}: ${health?.message ?? message}`)
  return [...named, ...(looks.length > namedAtMost ? [`${looks.length - namedAtMost} more`] : [])].join('; ')
}
