import { compileSelector } from '../compile-selector.ts'
import { describeValue, type Problem } from '../errors/problem.ts'
import type { KubeObject } from '../object.ts'
import { groupOf, versionOf } from '../reference.ts'
import { compilePattern } from './match-pattern.ts'
import { parseSelector, selectorAccepted } from './parse-selector.ts'
import { patternAccepted } from './pattern.ts'

/** Selects objects; all parts must hold, and an empty part says nothing. */
export interface Target {
  readonly group?: string | undefined
  readonly version?: string | undefined
  readonly kind?: string | undefined
  readonly name?: string | undefined
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly annotationSelector?: string | undefined
}

/** The parts that are patterns of a whole text, with what they are compared with. */
const patterns: Readonly<Record<string, (object: KubeObject) => string>> = {
  kind: ({ kind }) => kind,
  group: ({ apiVersion }) => groupOf(apiVersion),
  version: ({ apiVersion }) => versionOf(apiVersion),
  namespace: ({ metadata }) => metadata.namespace ?? '',
  name: ({ metadata }) => metadata.name,
}
const selectors: Readonly<Record<string, 'labels' | 'annotations'>> = { labelSelector: 'labels', annotationSelector: 'annotations' }

/** Whether an object is selected. `target` has no {@link targetProblems}. */
export function compileTarget(target: Target | undefined): (object: KubeObject) => boolean {
  const given = Object.entries(target ?? {}).filter(([, text]) => text !== undefined && text !== '')
  const tests = given.map(([part, text]): ((object: KubeObject) => boolean) => {
    const field = selectors[part]
    if (field !== undefined) {
      const selects = compileSelector(parseSelector(text) ?? {})
      return ({ metadata }) => selects(metadata[field] ?? {})
    }
    const textOf = patterns[part] as (object: KubeObject) => string
    const matches = rememberLast(compilePattern(text) ?? never)
    return (object) => matches(textOf(object))
  })
  return (object) => tests.every((test) => test(object))
}

/** What of a target cannot be read. */
export function targetProblems(target: Target | undefined, path: string): readonly Problem[] {
  return Object.entries(target ?? {}).flatMap(([part, text]) => {
    const selector = Object.hasOwn(selectors, part)
    const valid = text === undefined || (selector ? parseSelector(text) : compilePattern(text)) !== undefined
    return valid ? [] : [{ path: `${path}.${part}`, found: describeValue(text), accepted: selector ? selectorAccepted : patternAccepted }]
  })
}

/** Objects of one kind, or of one namespace, come one after the other. */
function rememberLast(matches: (text: string) => boolean): (text: string) => boolean {
  let last: string | undefined
  let result = false
  return (text) => {
    if (text !== last) [last, result] = [text, matches(text)]
    return result
  }
}

function never(): boolean {
  return false
}
