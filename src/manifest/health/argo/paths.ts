import type { Json } from '../../../model/object.ts'
import { itemsOf, type Scope, valueIn } from './scope.ts'
import { masked, splitAt } from './text.ts'

/** Reads the values at a path, which may go through the items of lists. */
export type Reader = (scope: Scope) => readonly unknown[]

/** Whether a text says so of an item; how it is compiled is the caller's. */
export type ItemTest = (scope: Scope) => boolean

/**
 * Compiles a path: `spec.replicas`, `^spec.replicas` of the whole object, `status.items[].state` of every item, `status.items[ready].state`
 * of those that pass tests, `status.items[-1]` of the last.
 */
export function compilePath(path: string, compileItemTest: (text: string) => ItemTest): Reader {
  const outline = masked(path)
  const open = outline.search(/\[_*\]/)
  if (open < 0 || path[open + 1] === '"') return (scope) => [valueIn(scope, path)]
  const close = outline.indexOf(']', open)
  const [list, inside] = [path.slice(0, open), path.slice(open + 1, close)]
  const last = /^-1(,|$)/.test(inside)
  const tests = splitAt(inside.replace(/^-1,?/, ''), /,/)
    .filter((text) => text !== '')
    .map(compileItemTest)
  const rest = compilePath(path.slice(close + 1).replace(/^\./, ''), compileItemTest)
  return (scope) =>
    itemsOf(valueIn(scope, list))
      .slice(last ? -1 : 0)
      .map((item): Scope => ({ root: scope.root, item }))
      .filter((inner) => tests.every((test) => test(inner)))
      .flatMap(rest)
}

/** What stands on one side of a comparison: a number, a field, a length `#list`, a sum `+list[].field`, a difference of fields. */
export function compileOperand(text: string, compileItemTest: (text: string) => ItemTest): (scope: Scope) => Json | undefined {
  if (/^-?\d+$/.test(text)) return () => Number(text)
  const [, minuend, subtrahend] = /^(.+)-((?:spec|status)\..+)$/.exec(text) ?? []
  if (minuend !== undefined && subtrahend !== undefined) {
    const [a, b] = [minuend, subtrahend].map((part) => compileOperand(part, compileItemTest))
    return (scope) => Number(a?.(scope)) - Number(b?.(scope))
  }
  const mark = text.indexOf('?')
  const path = mark < 0 ? text : text.slice(0, mark)
  const fallback = mark < 0 ? () => undefined : compileOperand(text.slice(mark + 1), compileItemTest)
  if (path.startsWith('#')) return countOf(path.slice(1), compileItemTest)
  const read = compilePath(path.replace(/^\+/, ''), compileItemTest)
  if (path.startsWith('+')) return (scope) => read(scope).reduce((sum: number, value) => sum + Number(value), 0)
  return (scope) => (read(scope)[0] as Json | undefined) ?? fallback(scope)
}

function countOf(path: string, compileItemTest: (text: string) => ItemTest): (scope: Scope) => number | undefined {
  if (path.includes('[')) {
    const read = compilePath(path, compileItemTest)
    return (scope) => read(scope).length
  }
  return (scope) => {
    const list = valueIn(scope, path)
    return Array.isArray(list) ? list.length : undefined
  }
}

/** The field that a path or an operand begins with, as evidence names it. */
export function fieldOf(text: string): string {
  const open = masked(text).search(/\[_*\]/)
  const path = open < 0 || text[open + 1] === '"' ? text : text.slice(0, open)
  return (path.split('?', 1)[0] as string).replace(/^[#^+]+/, '')
}
