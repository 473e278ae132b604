import type { Json, KubeObject } from '../../../model/object.ts'
import { stringAt, valueAt } from '../fields.ts'
import type { Health } from '../health.ts'
import { current, failed, inProgress, unknown, verdict } from '../rule.ts'
import type { TableRule } from './table.ts'

const conditionsPath = 'metadata.annotations["autoscaling.alpha.kubernetes.io/conditions"]'

/** `autoscaling/HorizontalPodAutoscaler`: version 1 has no field for its conditions, and keeps them in an annotation. */
export function horizontalPodAutoscaler({ names, judge }: TableRule): TableRule {
  const judgeAny = (object: KubeObject): Health => {
    const text = valueAt(object, conditionsPath)
    if (object.apiVersion !== 'autoscaling/v1' || typeof text !== 'string') return judge(object)
    const conditions = parseConditions(text)
    if (conditions === undefined) {
      return unknown(
        object,
        'horizontalpodautoscaler/malformed-conditions',
        'The conditions in the annotation cannot be read.',
        conditionsPath,
      )
    }
    const { status, rule, message } = judge({ ...object, status: { conditions } })
    return verdict(object, status, rule, message, [conditionsPath])
  }
  return { names: [...names, 'malformed-conditions'], judge: judgeAny }
}

function parseConditions(text: string): readonly Json[] | undefined {
  try {
    const conditions = JSON.parse(text) as Json
    return Array.isArray(conditions) ? conditions : undefined
  } catch {
    return undefined
  }
}

const replicasPath = 'status.scale.statusReplicas'

/** `opentelemetry.io/OpenTelemetryCollector`: its counts are a text, as `2/3`. */
export const openTelemetryCollector: TableRule = {
  names: ['sidecar', 'no-replicas', 'replicas', 'none-ready', 'ready'],
  judge: judgeCollector,
}

function judgeCollector(object: KubeObject): Health {
  const mode = stringAt(object, 'spec.mode', '')
  const replicas = stringAt(object, replicasPath, '')
  if (replicas === '') {
    return mode === 'sidecar' && object.status !== undefined
      ? current(object, 'opentelemetrycollector/sidecar', 'A sidecar has no replicas of its own.', 'spec.mode')
      : inProgress(object, 'opentelemetrycollector/no-replicas', 'It has no replicas yet.', replicasPath)
  }
  const [, ready, total] = /^(\d{1,9})\/(\d{1,9})$/.exec(replicas) ?? []
  const message = `${replicas} replicas are ready.`
  if (ready === undefined) return inProgress(object, 'opentelemetrycollector/replicas', message, replicasPath)
  if (Number(ready) === 0 && !(mode === 'daemonset' && Number(total) === 0)) {
    return failed(object, 'opentelemetrycollector/none-ready', message, replicasPath)
  }
  return Number(ready) === Number(total)
    ? current(object, 'opentelemetrycollector/ready', message, replicasPath)
    : inProgress(object, 'opentelemetrycollector/replicas', message, replicasPath)
}
