import { valueAt } from './fields.ts'

/** A condition as read from a status: absent fields are empty. */
export interface ObservedCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** The conditions of an object in their order; `undefined` when `status` is not of the form that conditions can be read from. */
export function readConditions(object: unknown): readonly ObservedCondition[] | undefined {
  const status = valueAt(object, 'status') ?? {}
  if (typeof status !== 'object' || Array.isArray(status)) return undefined
  const list = valueAt(status, 'conditions') ?? []
  if (!Array.isArray(list)) return undefined
  const conditions: ObservedCondition[] = []
  for (const item of list) {
    if (typeof item !== 'object' || Array.isArray(item)) return undefined
    const [type, status, reason, message] = ['type', 'status', 'reason', 'message'].map((field) => valueAt(item, field) ?? '')
    if (typeof type !== 'string' || typeof status !== 'string' || typeof reason !== 'string' || typeof message !== 'string')
      return undefined
    conditions.push({ type, status, reason, message })
  }
  return conditions
}

/** Whether one of `conditions` has this type and status. */
export function hasCondition(conditions: readonly ObservedCondition[], type: string, status: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === status)
}

/** The path of a condition in a piece of evidence. */
export function conditionPath(type: string): string {
  return `status.conditions[type="${type}"]`
}
