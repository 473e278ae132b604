import '../error-codes.ts'
import './error-codes.ts'
import { hasCode } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { fieldPath } from '../../model/errors/problem.ts'
import { scalarText } from '../../model/json/exact-integer.ts'
import { isList, isMap } from '../../model/json/value.ts'
import { substituteAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import { parseYaml } from '../../model/yaml/yaml.ts'
import { objectsOf } from '../parse.ts'
import { parseDocument } from '../parse-file.ts'
import { expand } from './expand.ts'
import { MalformedExpression } from './expression.ts'
import { OperatorError } from './operators.ts'
import { formatScalar, readPlain } from './scalar.ts'
import type { Variables } from './variables.ts'

/** What Flux calls {@link substituteAnnotation}. */
const fluxAnnotation = 'kustomize.toolkit.fluxcd.io/substitute'

/** How variables are replaced. */
export interface SubstituteOptions {
  /** Whether a variable without a value is an error. It is empty otherwise. */
  readonly strict?: boolean | undefined
  /** Whether objects are left as they are when there is no variable at all (`WithVariables`, when absent), or not (`Always`). */
  readonly strategy?: 'WithVariables' | 'Always' | undefined
}

/** Objects with their variables replaced. */
export interface Substituted {
  readonly objects: readonly RenderedObject[]
  /** What was put in from Secrets. */
  readonly secrets: ReadonlySet<string>
}

/**
 * Replaces the variables in objects, as Flux does after its build: `${name}`, `${name:=default}` and the other functions of its
 * envsubst, in values and in keys. A text is written as YAML, its variables are replaced there, and it is read again: what was
 * `${replicas}` becomes the number 3. An object that says `disabled` in {@link substituteAnnotation} or in Flux's, as an annotation
 * or a label, is left as it is.
 *
 * @throws FleetkitError `source/substitution` with everything wrong in `problems`, each with the file, the object and the field;
 * `source/object-invalid` when what comes out is no object. Neither shows a value that comes from a Secret.
 */
export function substituteVariables(
  rendered: readonly RenderedObject[],
  variables: Variables,
  { strict = false, strategy = 'WithVariables' }: SubstituteOptions = {},
): Substituted {
  const nothing = strategy === 'WithVariables' && variables.values.size === 0
  const secrets = new Set<string>()
  const problems: Problem[] = []
  const results = rendered.map(({ object, origin }) => {
    if (nothing || isDisabled(object)) return parseDocument(object as unknown as Json, origin)
    const substitution = new Substitution(variables, strict, `${origin} ${formatRef(refOf(object))}`)
    const value = substitution.value(object as unknown as Json, '', '- ')
    for (const problem of substitution.problems) problems.push(problem)
    for (const secret of substitution.secrets) secrets.add(secret)
    const result = parseDocument(value, origin)
    if (substitution.secrets.size === 0) return result
    return { ...result, problems: result.problems.map((problem) => ({ ...problem, found: '<redacted>' })) }
  })
  if (problems.length > 0) throw invalid(undefined, problems, 'source/substitution')
  return { objects: objectsOf(results, {}), secrets }
}

/**
 * {@link substituteVariables} for a text that is no part of an object: what Flux's envsubst makes of it.
 *
 * @throws FleetkitError `source/substitution`
 */
export function substituteText(
  text: string,
  values: ReadonlyMap<string, string>,
  { strict = false }: Pick<SubstituteOptions, 'strict'> = {},
): string {
  const substitution = new Substitution({ values, secret: new Set() }, strict, 'text')
  const result = substitution.expand(text, '')
  if (result === undefined) throw invalid(undefined, substitution.problems, 'source/substitution')
  return result.text
}

function isDisabled({ metadata: { labels, annotations } }: KubeObject): boolean {
  return [labels, annotations].some((map) => [substituteAnnotation, fluxAnnotation].some((key) => map?.[key] === 'disabled'))
}

/** How a text stands in YAML: an item of a list, the value of a key, or a key. */
type Place = '- ' | 'value: ' | 'key'

/** Replaces the variables of one object. */
class Substitution {
  readonly problems: Problem[] = []
  readonly secrets: Set<string> = new Set()
  readonly #variables: Variables
  readonly #strict: boolean
  readonly #subject: string

  constructor(variables: Variables, strict: boolean, subject: string) {
    this.#variables = variables
    this.#strict = strict
    this.#subject = subject
  }

  value(value: Json, path: string, place: Place): Json {
    if (typeof value === 'string') return value.includes('$') ? this.#scalar(value, path, place) : value
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, `${path}[${index}]`, '- '))
    if (!isMap(value)) return value
    const result = new Map<string, Json>()
    for (const [key, item] of Object.entries(value)) {
      const at = path === '' ? key : fieldPath(path, key)
      const name = key.includes('$') ? this.#key(key, at) : key
      if (result.has(name)) this.#report(at, 'a key that is there already', 'keys that differ')
      result.set(name, this.value(item, at, 'value: '))
    }
    return Object.fromEntries(result)
  }

  /** A text with its variables replaced, and whether one of them is secret; `undefined` after a problem. */
  expand(text: string, path: string): { readonly text: string; readonly secret: boolean } | undefined {
    const before = this.problems.length
    try {
      const { text: expanded, missing, results } = expand(text, (name) => this.#variables.values.get(name))
      if (this.#strict) for (const name of new Set(missing)) this.#missing(name, path)
      const secret = results.filter(({ names }) => !names.isDisjointFrom(this.#variables.secret))
      for (const result of secret) this.secrets.add(result.text)
      return this.problems.length > before ? undefined : { text: expanded, secret: secret.length > 0 }
    } catch (error) {
      if (error instanceof MalformedExpression) {
        const accepted = `\${name} or one of the functions of docs/substitution.md, $\${ for a text that is no variable`
        this.#report(path, `${error.beginning}…, which does not end as an expression`, accepted)
      } else if (error instanceof OperatorError) this.#report(path, `an expression that gives ${error.message}`, 'a shorter one')
      else throw error
      return undefined
    }
  }

  #key(key: string, path: string): string {
    const document = this.#read(key, path, 'key')
    return document === undefined ? key : (Object.keys(document as object)[0] as string)
  }

  #scalar(text: string, path: string, place: Place): Json {
    const document = this.#read(text, path, place)
    if (document === undefined) return text
    return Object.values(document as object)[0] as Json
  }

  /** The document that a text stands in as YAML, with its variables replaced; `undefined` after a problem. */
  #read(text: string, path: string, place: Place): Json | undefined {
    const written = formatScalar(text, place === 'key')
    const expanded = this.expand(written, path)
    if (expanded === undefined) return undefined
    const plain = written === text ? readPlain(expanded.text) : undefined
    if (plain !== undefined) {
      if (expanded.secret) this.secrets.add(String(plain))
      return documentOf(plain, place)
    }
    try {
      const scalar = place === 'key' ? `${expanded.text}: 0` : place + expanded.text
      const [document, ...others] = parseYaml(scalar.endsWith('\n') ? scalar : `${scalar}\n`)
      if (others.length === 0 && isOne(document?.value, place)) {
        if (expanded.secret) this.#remember(document?.value as Json)
        return document?.value
      }
    } catch (error) {
      if (!hasCode(error, 'model/yaml', 'source/limit')) throw error
    }
    this.#report(path, 'a text that is no YAML once its variables are replaced', 'values without what means something in YAML')
    return undefined
  }

  /** What YAML has made of a secret is one too. */
  #remember(value: Json): void {
    if (isMap(value) || isList(value)) for (const item of Object.values(value)) this.#remember(item)
    else this.secrets.add(scalarText(value))
  }

  #missing(name: string, path: string): void {
    this.#report(path, `\${${name}}, a variable without a value`, `a value in spec.postBuild, or a default: \${${name}:=…}`)
  }

  #report(path: string, found: string, accepted: string): void {
    this.problems.push({ path: path === '' ? this.#subject : `${this.#subject} ${path}`, found, accepted })
  }
}

/** The document in which a value stands. */
function documentOf(value: string | number, place: Place): Json {
  return place === '- ' ? [value] : place === 'key' ? { [value]: 0 } : { value }
}

/** Whether a document holds the one entry that it was written with. */
function isOne(value: Json | undefined, place: Place): boolean {
  if (place === '- ') return Array.isArray(value) && value.length === 1
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return keys.length === 1 && (place === 'key' || keys[0] === 'value')
}
