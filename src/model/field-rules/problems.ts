import { describeValue, type Problem } from '../errors/problem.ts'
import { parseJsonPointer } from '../target/json-pointer.ts'
import { compilePattern } from '../target/match-pattern.ts'
import { patternAccepted } from '../target/pattern.ts'
import { type Target, targetProblems } from '../target/target.ts'

/** A rule of `spec.ignore` or `spec.conflicts`. */
interface Rule {
  readonly paths?: readonly string[] | undefined
  readonly managers?: readonly string[] | undefined
  readonly target?: Target | undefined
}

/** What no rule can leave to others: what names an object. */
const identity: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'metadata/name', 'metadata/namespace'])

/** What is wrong with the rules for fields, beyond what their schema says. */
export function fieldRuleProblems(spec: {
  readonly ignore?: readonly Rule[] | undefined
  readonly conflicts?: readonly Rule[] | undefined
}): readonly Problem[] {
  return (['ignore', 'conflicts'] as const).flatMap((field) =>
    (spec[field] ?? []).flatMap((rule, index) => ruleProblems(rule, `spec.${field}[${index}]`)),
  )
}

function ruleProblems({ paths = [], managers = [], target }: Rule, path: string): readonly Problem[] {
  const named = paths.flatMap((pointer, index) =>
    identity.has(parseJsonPointer(pointer).join('/'))
      ? [{ path: `${path}.paths[${index}]`, found: describeValue(pointer), accepted: 'a field that does not name the object' }]
      : [],
  )
  const unread = managers.flatMap((manager, index) =>
    compilePattern(manager) === undefined
      ? [{ path: `${path}.managers[${index}]`, found: describeValue(manager), accepted: patternAccepted }]
      : [],
  )
  return [...named, ...unread, ...targetProblems(target, `${path}.target`)]
}
