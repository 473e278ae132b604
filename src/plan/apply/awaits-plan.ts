import type { FleetkitError } from '../../model/errors/error.ts'
import { withoutSubject } from '../../model/errors/without-subject.ts'
import type { KubeObject } from '../../model/object.ts'
import { groupOf, isDefinition, type TypeRef } from '../../model/reference.ts'
import type { Action } from './action.ts'
import type { ApplyPlan } from './plan.ts'

/**
 * Whether the error of a dry-run may only say that something is missing, or is still as it was, which the plan itself writes: the error names
 * such an object (a namespace, a ServiceAccount, a class, a policy, …), or the plan writes the definition of the action's type.
 */
export function awaitsPlan(action: Action, error: FleetkitError, plan: ApplyPlan): boolean {
  // The object itself is what the message is about.
  const message = withoutSubject(error.message, action.ref)
  return awaitsDefinition(action, plan) || othersWritten(action, plan).some((object) => isNamed(object, message))
}

/** Whether the plan writes the definition of the action's type: what is known of the type now may not hold then. */
export function awaitsDefinition(action: Action, plan: ApplyPlan): boolean {
  return othersWritten(action, plan).some((object) => defines(object, action.ref))
}

function othersWritten(action: Action, plan: ApplyPlan): readonly KubeObject[] {
  return plan.stages.flat().flatMap(({ type, ref, object }) => (ref !== action.ref && written.has(type) && object ? [object] : []))
}

const written: ReadonlySet<Action['type']> = new Set(['create', 'update', 'adopt', 'replace'])

/** Whether an object is the definition of a type, whatever its API versions. */
function defines(object: KubeObject, { apiVersion, kind }: TypeRef): boolean {
  const { group, names } = (object.spec ?? {}) as { readonly group?: string; readonly names?: { readonly kind?: string } }
  return isDefinition(object) && group === groupOf(apiVersion) && names?.kind === kind
}

/** Whether a message names an object: its name stands there as a word of its own, and a word of its kind does too. */
function isNamed({ kind, metadata: { name } }: KubeObject, message: string): boolean {
  const text = message.toLowerCase()
  const words = kind.match(/[A-Z]+[a-z0-9]*/g) ?? [kind]
  if (!words.some((word) => word.length > 3 && text.includes(word.toLowerCase()))) return false
  // A name ends before a full stop that ends the sentence.
  return new RegExp(`(?<![\\w.-])${name.replace(/\W/g, '\\$&')}(?![\\w-]|\\.\\w)`).test(message)
}
