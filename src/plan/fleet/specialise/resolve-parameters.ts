import type { Problem } from '../../../model/errors/problem.ts'
import { fieldPath } from '../../../model/errors/problem.ts'
import { isDownstream, type Parameter } from '../../../model/parameters/parameter.ts'
import { expandReferences, referencesIn } from '../../../model/parameters/references.ts'
import { maxValueLength } from '../../../model/parameters/schema.ts'

/** A text with the values of the parameters that it refers to; `undefined` where one has none, which is a problem that is known. */
export type Expand = (text: string) => string | undefined

/** The value of what a parameter is bound to; `undefined` for none. */
export type ResolveSource = (parameter: Parameter, expand: Expand) => string | Omit<Problem, 'path'> | undefined

/** The values of the parameters that have one here, and what is wrong. */
export interface ResolvedParameters {
  readonly texts: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
  readonly expand: Expand
}

/** Resolves parameters that are valid, each once, after those that it refers to. Those that are evaluated downstream are left out. */
export function resolveParameters(parameters: readonly Parameter[], resolveSource: ResolveSource): ResolvedParameters {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const resolved = new Map<string, string | undefined>()
  const problems: Problem[] = []
  const textOf = (name: string): string | undefined => {
    if (!resolved.has(name)) resolved.set(name, resolve(known.get(name) as Parameter))
    return resolved.get(name)
  }
  const expand: Expand = (text) => {
    const lacking = [...referencesIn(text)].some((name) => textOf(name) === undefined)
    return lacking ? undefined : expandReferences(text, (name) => textOf(name) as string)
  }
  const resolve = (parameter: Parameter): string | undefined => {
    const { name, value } = parameter
    const result = value === undefined ? resolveSource(parameter, expand) : expand(value)
    const problem = typeof result === 'string' ? lengthProblem(result) : result
    if (problem !== undefined) problems.push({ path: fieldPath('parameters', name), ...problem })
    return typeof result === 'string' && problem === undefined ? result : undefined
  }
  const texts = new Map<string, string>()
  for (const { name } of parameters.filter((parameter) => !isDownstream(parameter))) {
    const text = textOf(name)
    if (text !== undefined) texts.set(name, text)
  }
  return { texts, problems, expand }
}

function lengthProblem({ length }: string): Omit<Problem, 'path'> | undefined {
  return length > maxValueLength ? { found: `${length} characters`, accepted: `at most ${maxValueLength}` } : undefined
}
