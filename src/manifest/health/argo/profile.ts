import type { KubeObject } from '../../../model/object.ts'
import { groupKindOf } from '../../../model/reference.ts'
import { readConditions } from '../conditions.ts'
import { stringAt, valueAt } from '../fields.ts'
import type { Health } from '../health.ts'
import type { HealthProfile, ProfileOptions } from '../profile.ts'
import { current, inProgress } from '../rule.ts'
import { clusters } from './rules/clusters.ts'
import { data } from './rules/data.ts'
import { delivery } from './rules/delivery.ts'
import { kubernetes } from './rules/kubernetes.ts'
import { networking } from './rules/networking.ts'
import { horizontalPodAutoscaler, openTelemetryCollector } from './special.ts'
import { readTable, type TableRule } from './table.ts'

/**
 * The rule of each kind, by `group/Kind`, with `*` for any part of a name. What a rule says of a field, and which verdict it gives, is
 * Argo CD's: of the kinds of Kubernetes `gitops-engine/pkg/health` (3.6.0), of others `resource_customizations/<group>/<Kind>` (3.5.6).
 */
export const argoRules: ReadonlyMap<string, () => TableRule> = rulesByKind()

function rulesByKind(): ReadonlyMap<string, () => TableRule> {
  const rules = new Map([kubernetes, delivery, networking, clusters, data].flatMap((table) => [...readTable(table)]))
  const autoscaler = rules.get('autoscaling/HorizontalPodAutoscaler') as () => TableRule
  return new Map([
    ...rules,
    ['autoscaling/HorizontalPodAutoscaler', () => horizontalPodAutoscaler(autoscaler())],
    ['opentelemetry.io/OpenTelemetryCollector', () => openTelemetryCollector],
  ])
}

const patterns = [...argoRules.keys()].filter((key) => key.includes('*'))

/**
 * Judges as Argo CD does, releases 3.5 and 3.6. Its Healthy is `Current` here, Progressing `InProgress`, Degraded `Failed`, Missing `NotFound`;
 * Suspended and Unknown are called the same. An object of a kind without a rule has no health there, which holds up nothing: it is `Current`.
 */
export const argo: HealthProfile = { name: 'argo', assess }

function assess(object: KubeObject, { now, rules }: ProfileOptions): Health {
  const key = groupKindOf({ apiVersion: stringAt(object, 'apiVersion', ''), kind: stringAt(object, 'kind', '') })
  const own = rules?.get(key)
  const input = { object, conditions: readConditions(object) ?? [], now }
  if (own?.alone === true) return own(input)
  if (isBeingDeleted(object)) {
    return inProgress(object, 'argo/deletion', 'The object is being deleted.', 'metadata.deletionTimestamp', 'metadata.finalizers')
  }
  if (own !== undefined) return own(input)
  const rule = argoRules.get(key) ?? argoRules.get(patterns.find((pattern) => fitsPattern(key, pattern)) ?? '')
  return rule === undefined ? current(object, 'argo/no-rule', 'Argo CD has no rule for this kind.') : rule().judge(object)
}

/** The finalizer of a hook is Argo CD's own, and goes when the hook has done its work: until then the work counts. */
function isBeingDeleted(object: KubeObject): boolean {
  const finalizers = valueAt(object, 'metadata.finalizers')
  const hook = Array.isArray(finalizers) && finalizers.includes('argocd.argoproj.io/hook-finalizer')
  return (valueAt(object, 'metadata.deletionTimestamp') ?? null) !== null && !hook
}

/** Whether a kind fits a pattern as `*.crossplane.io/*`. */
function fitsPattern(key: string, pattern: string): boolean {
  const [group = '', kind = ''] = pattern.split('/')
  const [ofGroup = '', ofKind = ''] = key.split('/')
  return (group.startsWith('*') ? ofGroup.endsWith(group.slice(1)) : ofGroup === group) && (kind === '*' || kind === ofKind)
}
