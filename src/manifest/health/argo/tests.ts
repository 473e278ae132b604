import type { ObservedCondition } from '../conditions.ts'
import { sentence } from '../kstatus/generic.ts'
import { compileOperand, compilePath, fieldOf, type ItemTest } from './paths.ts'
import { anyOf } from './patterns.ts'
import { conditionsIn, type Scope } from './scope.ts'
import { masked, splitAt } from './text.ts'

/** What a test has found. */
export interface Found {
  /** The field that it looked at. */
  readonly path: string
  /** What is so, in a sentence. */
  readonly message: string
}

/** One test of a clause. */
export interface Test {
  /** Its part in the name of the verdict, as `ready-false`. */
  readonly name: string
  /** The field that it looks at. */
  readonly path: string
  /** What is so when it finds nothing, in a sentence. */
  readonly denial: string
  readonly find: (scope: Scope) => Found | undefined
}

/**
 * Compiles a test:
 *
 * | Written | Holds when |
 * |---|---|
 * | `spec.paused` | the field is there, and neither null nor false |
 * | `status.phase=Running\|Bound*` | the field holds one of these; `*` stands for any text |
 * | `status.readyReplicas?0<spec.replicas` | a comparison with `<`, `<=`, `>=`, `>`; `?0` is the value when the field is absent, `#list` the length of a list |
 * | `metadata.generation~=status.observedGeneration` | the values differ; `==`: they are equal, or both absent |
 * | `@Ready=True`, `@Ready=True\|Unknown`, `@Ready` | a condition has this type, and one of these statuses |
 * | `@Ready=False:Failed\|Denied`, `@Ready=False:!Failed` | … and one of these reasons, or none of these |
 * | `@*=False`, `@*:UpToDate` | … whatever its type |
 * | `status.release@Ready=True` | a condition of `status.release` instead of those of `status` |
 * | `2#@Ready=True,@Released=True` | so many conditions pass one of these tests |
 * | `status.parents[]` | the list or map has an item |
 * | `status.parents[@Accepted=False,!controllerName]` | it has an item that passes all of these tests; `^spec.replicas` is a field of the whole object there |
 * | `status.items[].state=Failed` | the field of any item |
 * | `!…` | the test does not hold |
 */
export function compileTest(text: string, nested = false): Test {
  if (text.startsWith('!')) return negated(compileTest(text.slice(1), nested))
  const outline = masked(text)
  const counted = /^(\d+)#/.exec(outline)
  if (counted !== null) return countTest(Number(counted[1]), splitAt(text.slice(counted[0].length), /,/), nested)
  const at = outline.indexOf('@')
  if (at >= 0 && !outline.slice(0, at).includes('=')) return conditionTest(text.slice(0, at), text.slice(at + 1), nested)
  const comparison = /<=|>=|==|~=|<|>/.exec(outline)
  if (comparison !== null) {
    const [left, right] = [text.slice(0, comparison.index), text.slice(comparison.index + comparison[0].length)]
    return comparisonTest(left, comparison[0], right)
  }
  const equals = outline.indexOf('=')
  const [path, values] = equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1).split('|')]
  if (path === '' ? !nested : !/^\^?\w/.test(path)) throw new Error(`no test: ${text}`)
  return fieldTest(path, values)
}

/** The tests inside of brackets look at an item. */
function itemTest(text: string): ItemTest {
  const test = compileTest(text, true)
  return (scope) => test.find(scope) !== undefined
}

function negated({ name, path, denial, find }: Test): Test {
  const found: Found = { path, message: denial }
  return { name: `no-${name}`, path, denial: `${path} says otherwise.`, find: (scope) => (find(scope) === undefined ? found : undefined) }
}

function conditionTest(base: string, text: string, nested: boolean): Test {
  const [, types = '', statuses, reasons] = /^([^=:]+)(?:=([^:]+))?(?::(.+))?$/.exec(text) as RegExpExecArray
  const where = base === '' && !nested ? 'status' : base
  const list = where === '' ? 'conditions' : `${where}.conditions`
  const [type, status, reason] = [types, statuses, reasons].map(allows) as [Allows, Allows, Allows]
  const matches = (condition: ObservedCondition): boolean => type(condition.type) && status(condition.status) && reason(condition.reason)
  return {
    name: nameOf(types === '*' ? (reasons ?? 'any') : types.split('|')[0], statuses),
    path: types === '*' ? list : `${list}[type="${types.split('|')[0]}"]`,
    denial: `No condition is ${text}.`,
    find: (scope) => {
      const found = conditionsIn(scope, where).find(matches)
      return found && { path: `${list}[type="${found.type}"]`, message: sentence(found, `${found.type} is ${found.status}.`) }
    },
  }
}

type Allows = (value: string) => boolean

/** What a part of a condition may be: anything, one of these, or with `!` none of these. */
function allows(text: string | undefined): Allows {
  if (text === undefined) return () => true
  const isOne = anyOf(text.replace(/^!/, '').split('|'))
  return text.startsWith('!') ? (value) => !isOne(value) : isOne
}

function countTest(wanted: number, texts: readonly string[], nested: boolean): Test {
  const tests = texts.map((text) => compileTest(text, nested))
  const passes = (scope: Scope): boolean => tests.some((test) => test.find(scope) !== undefined)
  return {
    name: `${wanted}-of-${tests.map(({ name }) => name).join('-')}`,
    path: 'status.conditions',
    denial: `Not ${wanted} of its conditions say so.`,
    find: (scope) => {
      const count = conditionsIn(scope, 'status').filter((only) => passes({ ...scope, only })).length
      return count === wanted ? { path: 'status.conditions', message: `${count} of its conditions say so.` } : undefined
    },
  }
}

function comparisonTest(left: string, operator: string, right: string): Test {
  const path = fieldOf(left)
  const [a, b] = [compileOperand(left, itemTest), compileOperand(right, itemTest)]
  const compare = comparisons[operator] as (a: unknown, b: unknown) => boolean
  return {
    name: nameOf(path.split('.').at(-1), names[operator], fieldOf(right).split('.').at(-1)),
    path,
    denial: `${path} and ${fieldOf(right)} say otherwise.`,
    find: (scope) => {
      const found = [a(scope), b(scope)]
      if (!compare(found[0], found[1])) return undefined
      const told = [left, right].map((side, index) =>
        /^\d+$/.test(side) ? side : `${fieldOf(side)} (${String(found[index] ?? 'absent')})`,
      )
      return { path, message: `${told[0]} ${phrases[operator]} ${told[1]}.` }
    },
  }
}

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>=': (a, b) => order(a, b) >= 0,
  '>': (a, b) => order(a, b) > 0,
  '==': (a, b) => (a ?? undefined) === (b ?? undefined),
  '~=': (a, b) => (a ?? undefined) !== (b ?? undefined),
}

/** Below, equal to, above zero; NaN for what has no order. Numbers may be written as text; other texts are compared as such. */
function order(a: unknown, b: unknown): number {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (typeof a === 'string' && typeof b === 'string' && Number.isNaN(x + y)) return a < b ? -1 : a > b ? 1 : 0
  return x - y
}

function numberOf(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN
}

const names: Readonly<Record<string, string>> = { '<': 'below', '<=': 'to', '>=': 'from', '>': 'above', '==': 'is', '~=': 'not' }
const phrases: Readonly<Record<string, string>> = {
  '<': 'is less than',
  '<=': 'is at most',
  '>=': 'is at least',
  '>': 'is more than',
  '==': 'is',
  '~=': 'is not',
}

function fieldTest(path: string, values: readonly string[] | undefined): Test {
  const field = fieldOf(path)
  const matches = values === undefined ? isThere : anyOf(values)
  const read = compilePath(path, itemTest)
  return {
    name: nameOf(field.split(/\.|\["|\//).at(-1) as string, values?.length === 1 ? values[0] : undefined),
    path: field,
    denial: values === undefined ? `${field} is not there.` : `${field} is not ${values.join(' or ')}.`,
    find: (scope) => {
      const found = read(scope).find((value) => value !== undefined && value !== null && matches(value))
      if (found === undefined) return undefined
      return { path: field, message: typeof found === 'object' ? `${field} is there.` : `${field} is ${String(found)}.` }
    },
  }
}

function isThere(value: unknown): boolean {
  return value !== false
}

function nameOf(...parts: readonly (string | undefined)[]): string {
  const text = parts.filter((part) => part !== undefined).join(' ')
  const words = text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
  return words.filter((word) => word !== '').join('-')
}
