import { conditionPath, type ObservedCondition } from '../conditions.ts'
import { valueAt } from '../fields.ts'
import type { Health } from '../health.ts'
import { current, failed, inProgress, unknown, verdict } from '../rule.ts'

/** Deletion and generation: what every object's metadata can say, before its conditions are looked at. */
export function assessMetadata(object: unknown): Health | undefined {
  const deleted = valueAt(object, 'metadata.deletionTimestamp')
  if (deleted !== undefined && typeof deleted !== 'string') {
    return unknown(object, 'generic/malformed-metadata', 'The deletion timestamp is not a time.', 'metadata.deletionTimestamp')
  }
  if (deleted !== undefined && deleted !== '') {
    const paths = ['metadata.deletionTimestamp', 'metadata.finalizers']
    return verdict(object, 'Terminating', 'generic/deletion', 'The object is being deleted.', paths)
  }
  const paths = ['metadata.generation', 'status.observedGeneration']
  const [generation, observed] = paths.map((path) => valueAt(object, path))
  if (generation === undefined) return undefined
  if (!Number.isSafeInteger(generation) || (observed !== undefined && !Number.isSafeInteger(observed))) {
    return unknown(object, 'generic/malformed-metadata', 'The generations are not integers.', ...paths)
  }
  // Many kinds do not report a generation; only one that is reported can be behind.
  if (observed === undefined || observed === generation) return undefined
  const message = `Generation ${generation} is not observed yet; the status is of generation ${observed}.`
  return inProgress(object, 'generic/generation', message, ...paths)
}

/** The conditions that a controller sets for this very purpose overrule the rule of the kind; the first one in the list decides. */
export function assessStandardConditions(object: unknown, conditions: readonly ObservedCondition[]): Health | undefined {
  const decisive = conditions.find(({ type, status }) => (type === 'Reconciling' || type === 'Stalled') && status === 'True')
  if (decisive === undefined) return undefined
  return decisive.type === 'Reconciling'
    ? inProgress(object, 'generic/reconciling', sentence(decisive, 'The object is being reconciled.'), conditionPath('Reconciling'))
    : failed(object, 'generic/stalled', sentence(decisive, 'The reconciliation is stalled.'), conditionPath('Stalled'))
}

/** The rule for kinds without one of their own: the `Ready` condition, and without any the benefit of the doubt. */
export function assessReady(object: unknown, conditions: readonly ObservedCondition[]): Health {
  const path = conditionPath('Ready')
  const ready = conditions.find(({ type }) => type === 'Ready')
  switch (ready?.status) {
    case 'True':
      return isOutdated(object, path)
        ? current(object, 'generic/ready-outdated', 'The object was ready in an older generation.', path, 'metadata.generation')
        : current(object, 'generic/ready', 'The object is ready.', path)
    case 'False':
      return inProgress(object, 'generic/not-ready', sentence(ready, 'The object is not ready.'), path)
    case 'Unknown':
      return inProgress(object, 'generic/ready-unknown', sentence(ready, 'It is not known whether the object is ready.'), path)
    default:
      return current(object, 'generic/no-conditions', 'The object reports nothing to wait for.', path)
  }
}

/** Whether a condition was set for another generation than the object has. kstatus does not look, so that only the rule's name tells. */
function isOutdated(object: unknown, path: string): boolean {
  const observed = valueAt(object, `${path}.observedGeneration`)
  return typeof observed === 'number' && observed !== valueAt(object, 'metadata.generation')
}

/** What a condition says, or `fallback` when it says nothing. */
export function sentence({ reason, message }: ObservedCondition, fallback: string): string {
  return message || (reason === '' ? fallback : `${fallback.replace(/\.$/, '')}: ${reason}.`)
}
