import type { Problem } from '../../model/errors/problem.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'

/** What evaluates the rules of definitions: the functions of `../health/expressions/cel.ts`, which not every installation has. */
export interface RuleLanguage {
  compileBoolean(text: string): { ask(bindings: never): boolean | string } | string
  bindFields(fields: object): unknown
}

interface Rule {
  readonly message: string
  readonly ask: (bindings: never) => boolean | string
  /** Whether it compares with the value before. */
  readonly transition: boolean
}

const compiled = new WeakMap<object, readonly Rule[]>()

/**
 * The rules in CEL (`x-kubernetes-validations`) that a value of a custom type breaks. A rule that cannot be decided here, since it calls what only
 * the API server has, is none; nor does a rule count for what an update leaves as it was (`CRDValidationRatcheting`).
 *
 * @param old - the value in the live object, where it can be said which one that is
 */
export function brokenRules(value: Json, old: Json | undefined, schema: Json, language: RuleLanguage, path = ''): readonly Problem[] {
  if (value === null || (old !== undefined && jsonEqual(value, old))) return []
  const own = ownRules(value, old, schema, language, path)
  if (isList(value)) {
    const items = fieldOf(schema, 'items')
    if (items === undefined) return own
    const below = value.flatMap((item, index) => brokenRules(item, itemBefore(item, old, schema), items, language, `${path}[${index}]`))
    return [...own, ...below]
  }
  if (!isMap(value)) return own
  const properties = fieldOf(schema, 'properties')
  const additional = fieldOf(schema, 'additionalProperties')
  const below = Object.entries(value).flatMap(([name, child]) => {
    const known = fieldOf(properties, name) ?? (isMap(additional) ? additional : undefined)
    return known === undefined ? [] : brokenRules(child, fieldOf(old, name), known, language, path === '' ? name : `${path}.${name}`)
  })
  return [...own, ...below]
}

function ownRules(value: Json, old: Json | undefined, schema: Json, language: RuleLanguage, path: string): readonly Problem[] {
  const rules = rulesOf(schema, language).filter(({ transition }) => !transition || old !== undefined)
  if (rules.length === 0) return []
  const bindings = language.bindFields({ self: value, ...(old !== undefined && { oldSelf: old }) }) as never
  return rules.flatMap(({ message, ask }) =>
    ask(bindings) === false ? [{ path, found: 'a value that breaks a rule', accepted: message }] : [],
  )
}

function rulesOf(schema: Json, { compileBoolean }: RuleLanguage): readonly Rule[] {
  const validations = fieldOf(schema, 'x-kubernetes-validations')
  if (!isList(validations)) return []
  const known = compiled.get(schema as object)
  if (known !== undefined) return known
  const rules = validations.flatMap((validation): Rule[] => {
    const [rule, message] = [fieldOf(validation, 'rule'), fieldOf(validation, 'message')]
    // Names of fields that are none in CEL are written in another way, with two underscores.
    if (typeof rule !== 'string' || rule.includes('__')) return []
    const expression = compileBoolean(rule)
    if (typeof expression === 'string') return []
    const text = typeof message === 'string' && message !== '' ? message : rule
    return [{ message: text, ask: (bindings) => expression.ask(bindings), transition: /\boldSelf\b/.test(rule) }]
  })
  compiled.set(schema as object, rules)
  return rules
}

/** The item of the live list with the same keys; of a list without keys no item is the same one. */
function itemBefore(item: Json, old: Json | undefined, schema: Json): Json | undefined {
  const keys = fieldOf(schema, 'x-kubernetes-list-map-keys')
  if (!isList(keys) || !isList(old)) return undefined
  return old.find((candidate) => keys.every((key) => jsonEqual(fieldOf(candidate, key as string), fieldOf(item, key as string))))
}
