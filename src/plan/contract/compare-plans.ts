import type { FieldChange } from '../../manifest/fields/field-change.ts'
import { describeValue, fieldPath } from '../../model/errors/problem.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { formatRef, type ObjectRef, refKey } from '../../model/reference.ts'
import type { Action } from '../apply/action.ts'
import { type ApplyPlan, actionsOf } from '../apply/plan.ts'
import { contractAction } from './contract-action.ts'
import { isSecretRef } from './is-secret-ref.ts'

/** One thing that is no longer as it was when a plan was made. */
export interface PlanDifference {
  /** The object; absent for what is about the whole plan. */
  readonly ref?: ObjectRef | undefined
  /**
   * What differs: `action` and `reason`, `.spec.replicas` of the live object, `object.spec.replicas` of the one in the source, or
   * `revision` and `spec.prune` of the plan itself.
   */
  readonly field: string
  /** As it was when the plan was made; `undefined` is absent. */
  readonly from: Json | undefined
  /** As it is now. */
  readonly to: Json | undefined
}

/**
 * What has changed between two plans of one Sync: nothing when carrying out either does the same. Values of Secrets are not
 * compared but by the versions of the Secrets. Both plans are as the runner gives them.
 *
 * @example
 * ```ts
 * import { comparePlans, formatDifference, type SyncPlan } from 'fleetkit/plan'
 *
 * export function changesSince(reviewed: SyncPlan, current: SyncPlan): readonly string[] {
 *   return comparePlans(reviewed, current).map(formatDifference)
 * }
 * ```
 */
export function comparePlans(reviewed: ApplyPlan, current: ApplyPlan): readonly PlanDifference[] {
  const [before, after] = [reviewed, current].map(
    (plan) => new Map(actionsOf(plan).map((action) => [refKey(action.ref), contractAction(action)])),
  )
  const keys = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])
  return [
    ...leafDifferences('', contractOf(reviewed), contractOf(current)),
    ...[...keys].flatMap((key) => compareActions(before?.get(key), after?.get(key))),
  ]
}

/** A difference in a line: `ConfigMap apps/settings: .data.greeting: "hello" → "hi"`. */
export function formatDifference({ ref, field, from, to }: PlanDifference): string {
  return `${ref === undefined ? '' : `${formatRef(ref)}: `}${field}: ${formatValue(from)} → ${formatValue(to)}`
}

/** A value in a few words: `"hello"`, `3`, `a list of 2`, `nothing`. */
export function formatValue(value: Json | undefined): string {
  return describeValue(value).replace(/^(string|number|boolean) /, '')
}

/** What two plans have to agree in beside their actions. */
function contractOf(plan: ApplyPlan & { readonly spec?: unknown }): Json {
  const { sync, revision, fieldManager, refusals, partial = 'continue', spec } = plan
  return jsonCopy({ sync, revision, fieldManager, refusals: refusals.map(({ code }) => code), partial, spec }) as unknown as Json
}

function compareActions(before: Action | undefined, after: Action | undefined): readonly PlanDifference[] {
  const { ref } = (before ?? after) as Action
  const of = (field: string, from: Json | undefined, to: Json | undefined): readonly PlanDifference[] =>
    jsonEqual(from, to) ? [] : [{ ref, field, from, to }]
  const live = before !== undefined && after !== undefined ? liveDifferences(before.changes, after.changes) : []
  return [
    ...of('action', before?.type, after?.type),
    ...of('reason', before?.reason.code, after?.reason.code),
    ...of('uid', before?.uid, after?.uid),
    ...of('force', before?.force, after?.force),
    ...of('takeOver', before?.takeOver, after?.takeOver),
    ...of('releasedBy', before?.releasedBy, after?.releasedBy),
    ...of('decisions', decisionsOf(before), decisionsOf(after)),
    ...of('resourceVersion', before?.resourceVersion, after?.resourceVersion),
    ...(isSecretRef({ ref }) ? [] : live.map((difference) => ({ ref, ...difference }))),
    ...leafDifferences('object', wantedOf(before), wantedOf(after)).map((difference) => ({ ref, ...difference })),
  ]
}

/** What is left to whom, in words. */
function decisionsOf(action: Action | undefined): readonly string[] | undefined {
  return action?.decisions?.map(({ path, action: done }) => `${done} ${path}`)
}

/** What is applied, without the digests that stand for secret values. */
function wantedOf(action: Action | undefined): Json | undefined {
  if (action?.object === undefined) return undefined
  const object = jsonCopy(action.object) as unknown as Json
  return isSecretRef(action) ? keysOnly(object) : object
}

/** The keys of a concealed Secret, with what is in clear. */
function keysOnly(value: Json): Json {
  if (typeof value === 'string') return value.replace(/^<secret [0-9a-f]{16}>$/, '<secret>')
  if (Array.isArray(value)) return value.map(keysOnly)
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, keysOnly(child)])) : value
}

/** How the fields of a live object have moved, as far as what a plan changes in it shows that. */
function liveDifferences(before: readonly FieldChange[], after: readonly FieldChange[]): readonly Omit<PlanDifference, 'ref'>[] {
  const [earlier, later] = [before, after].map((changes) => new Map(changes.map((change) => [change.path, change])))
  const paths = new Set([...before, ...after].map(({ path }) => path))
  return [...paths].flatMap((path) => {
    const [was, is] = [earlier?.get(path), later?.get(path)]
    // What is not changed is as it is wanted.
    const from = was === undefined ? is?.to : was.from
    const to = is === undefined ? was?.to : is.from
    return jsonEqual(from, to) ? [] : [{ field: path, from, to }]
  })
}

function leafDifferences(path: string, from: Json | undefined, to: Json | undefined): readonly Omit<PlanDifference, 'ref'>[] {
  if (jsonEqual(from, to)) return []
  if (isMap(from) && isMap(to)) {
    const keys = new Set([...Object.keys(from), ...Object.keys(to)])
    return [...keys].flatMap((key) => leafDifferences(path === '' ? key : fieldPath(path, key), own(from, key), own(to, key)))
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((item: Json, index) => leafDifferences(`${path}[${index}]`, item, to[index]))
  return [{ field: path, from, to }]
}

function own(value: { readonly [field: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined
}
