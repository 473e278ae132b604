import { isSecret, storedSecret } from '../../manifest/fields/comparable.ts'
import type { FieldChange } from '../../manifest/fields/field-change.ts'
import { fieldElement, formatPath } from '../../manifest/fields/path-element.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import { sha256 } from '../../model/sha256.ts'
import type { Action } from '../apply/action.ts'
import { type ApplyPlan, mapStages } from '../apply/plan.ts'
import { isSecretRef } from './is-secret-ref.ts'

/** The fields of a Secret that hold no secret. Whatever else it may have one day is concealed. */
const shown: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable'])
/** Shorter values are too common to be looked for in messages. */
const minQuoted = 4

/** What stands for a secret value: equal within a plan for equal values, and useless outside of it. */
type Conceal = (value: Json) => string

/**
 * A plan that can be shown and stored: each value of a Secret is replaced by a digest of it, in its object, its changes and its
 * messages. Equal values have equal digests. Nothing can be learned from one without the salt, which is not kept.
 *
 * @param live - the objects that the plan was made from
 * @param salt - random, of this plan alone
 */
export function sealPlan<Plan extends ApplyPlan>(plan: Plan, live: readonly KubeObject[], salt: string): Plan {
  const conceal: Conceal = (value) => `<secret ${sha256(`${salt} ${JSON.stringify(value)}`).slice(0, 16)}>`
  const before = new Map(live.filter(isSecret).map((object) => [refKey(refOf(object)), object]))
  const seal = (action: Action): Action => (isSecretRef(action) ? sealAction(action, before.get(refKey(action.ref)), conceal) : action)
  return { ...mapStages(plan, seal), prunes: plan.prunes.map(seal) }
}

function sealAction(action: Action, live: KubeObject | undefined, conceal: Conceal): Action {
  const { object, changes, reason } = action
  const [from, to] = [live, object].map((each) => (each === undefined ? new Map<string, Json>() : valuesOf(each)))
  const values = [...(from ?? []), ...(to ?? [])].map(([, value]) => value)
  return {
    ...action,
    changes: changes.map((change) => concealChange(change, from, to, conceal)),
    reason: { ...reason, message: concealQuoted(reason.message, values, conceal) },
    ...(object === undefined ? {} : { object: concealObject(object, conceal) }),
    ...(live?.metadata.resourceVersion === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
  }
}

/** The secret values of a Secret by their paths, as it is stored. */
function valuesOf(secret: KubeObject): ReadonlyMap<string, Json> {
  const stored = storedSecret(secret as unknown as JsonObject)
  const fields = Object.entries(stored).filter(([name, value]) => !shown.has(name) && value !== undefined)
  const annotations = secret.metadata.annotations
  return new Map([
    ...fields.flatMap(([name, value]) => leaves([fieldElement(name)], value)),
    ...(annotations === undefined ? [] : leaves([fieldElement('metadata'), fieldElement('annotations')], annotations)),
  ])
}

function leaves(path: readonly string[], value: Json): readonly (readonly [path: string, value: Json])[] {
  if (!isMap(value)) return [[formatPath(path), value]]
  return Object.entries(value).map(([key, child]) => [formatPath([...path, fieldElement(key)]), child] as const)
}

type Values = ReadonlyMap<string, Json> | undefined

function concealChange({ path, from, to, ...rest }: FieldChange, before: Values, after: Values, conceal: Conceal): FieldChange {
  if (!/^\.(?!metadata\.|type$|immutable$)|^\.metadata\.annotations/.test(path)) return { path, from, to, ...rest }
  const hide = (value: Json | undefined, values: Values): Json | undefined =>
    value === undefined ? undefined : values?.has(path) ? conceal(values.get(path) as Json) : concealAll(value, conceal)
  return { path, from: hide(from, before), to: hide(to, after), ...rest }
}

function concealAll(value: Json, conceal: Conceal): Json {
  if (!isMap(value)) return conceal(value)
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, conceal(child)]))
}

function concealObject(secret: KubeObject, conceal: Conceal): KubeObject {
  const { annotations } = secret.metadata
  const fields = Object.entries(secret).map(([name, value]) => {
    if (shown.has(name) || value === undefined) return [name, value]
    // The same digest whether a value is written in clear or encoded.
    const stored = name === 'stringData' ? storedSecret({ stringData: value as Json }).data : storedSecret({ [name]: value as Json })[name]
    return [name, concealAll(stored ?? (value as Json), conceal)]
  })
  const metadata = annotations === undefined ? {} : { annotations: concealAll(annotations, conceal) }
  return { ...Object.fromEntries(fields), metadata: { ...secret.metadata, ...metadata } } as KubeObject
}

/** A message of the server without the values that it quotes, encoded or in clear. */
function concealQuoted(message: string, values: readonly Json[], conceal: Conceal): string {
  return values.reduce<string>((text, value) => {
    const forms = typeof value === 'string' ? [value, decoded(value)] : []
    return forms.reduce<string>(
      (rest, form) => (form !== undefined && form.length >= minQuoted ? rest.replaceAll(form, () => conceal(value)) : rest),
      text,
    )
  }, message)
}

function decoded(base64: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  } catch {
    return undefined
  }
}
