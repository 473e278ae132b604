/**
 * A condition of an object's status, as Kubernetes has it.
 *
 * @category Objects
 */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** The cause in CamelCase, for programs. */
  readonly reason: string
  /** The cause in a sentence, for people. */
  readonly message: string
  /** The generation that the condition was computed from. */
  readonly observedGeneration?: number | undefined
  /** RFC 3339. Changes only when `status` does. */
  readonly lastTransitionTime: string
}

/**
 * A condition before it is stamped.
 *
 * @category Objects
 */
export type ConditionUpdate = Omit<Condition, 'lastTransitionTime'>

/**
 * `conditions` with `update` put in place of the one of the same type. `lastTransitionTime` is kept while the status
 * is the same, as `meta.SetStatusCondition` of k8s.io/apimachinery does. The result is sorted by type.
 *
 * @param now - milliseconds since the epoch
 *
 * @category Objects
 */
export function setCondition(conditions: readonly Condition[], update: ConditionUpdate, now: number): readonly Condition[] {
  const previous = getCondition(conditions, update.type)
  const lastTransitionTime = previous?.status === update.status ? previous.lastTransitionTime : formatTime(now)
  const others = conditions.filter((condition) => condition.type !== update.type)
  return [...others, { ...update, lastTransitionTime }].sort((a, b) => (a.type < b.type ? -1 : 1))
}

/**
 * `conditions` without those of `types`.
 *
 * @category Objects
 */
export function removeConditions(conditions: readonly Condition[], ...types: readonly string[]): readonly Condition[] {
  return conditions.filter((condition) => !types.includes(condition.type))
}

/** `conditions` with `ready`, and with `Stalled` for the same cause where only a change can repair it; without it otherwise. */
export function setReady(conditions: readonly Condition[], ready: ConditionUpdate, stalled: boolean, now: number): readonly Condition[] {
  const set = setCondition(conditions, ready, now)
  return stalled ? setCondition(set, { ...ready, type: 'Stalled', status: 'True' }, now) : removeConditions(set, 'Stalled')
}

/**
 * The condition of a type, or `undefined`.
 *
 * @category Objects
 */
export function getCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  // Of a status that was edited by hand they can be anything.
  return conditions?.find?.((condition) => condition?.type === type)
}

/**
 * A time as Kubernetes writes it, RFC 3339 in UTC to the second.
 *
 * @category Objects
 */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}
