import '../error-codes.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { HealthCheckExpressions } from '../../../model/kinds/sync/types.generated.ts'
import { groupKindOf } from '../../../model/reference.ts'
import { valueAt } from '../fields.ts'
import type { Health, HealthStatus } from '../health.ts'
import { type HealthInput, type HealthRule, inProgress, unknown, verdict } from '../rule.ts'
import type { BooleanExpression, bindFields } from './cel.ts'

/** The expressions in the order in which they are asked, and what each says. */
const order: readonly (readonly ['inProgress' | 'failed' | 'current', HealthStatus])[] = [
  ['inProgress', 'InProgress'],
  ['failed', 'Failed'],
  ['current', 'Current'],
]

const rules: Readonly<Partial<Record<HealthStatus, string>>> = { InProgress: 'in-progress', Failed: 'failed', Current: 'current' }

interface Question {
  readonly field: string
  readonly status: HealthStatus
  readonly text: string
  readonly expression: BooleanExpression
}

/**
 * Compiles expressions into health rules, by `group/Kind`, for the option `rules` of {@link assessHealth}. The first entry of a kind counts,
 * as in Flux. As there, such a rule decides alone: of what holds for every object only a generation that is not observed comes before it.
 *
 * Evaluation is bounded: an expression has at most 4,096 characters and brackets 50 deep, and one that takes too many steps on an object, as
 * loops in loops over long lists do, gives `Unknown`, as one does that fails on it.
 *
 * @param field - what the expressions are called in an error
 * @throws FleetkitError `health/expression` for what is no expression, with all that is wrong; or when the package `@bufbuild/cel` is not installed
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { assessHealth, compileHealthExpressions } from 'fleetkit/health'
 *
 * const rules = await compileHealthExpressions([{
 *   apiVersion: 'example.com/v1', kind: 'Database',
 *   failed: "has(status.phase) && status.phase == 'Broken'",
 *   current: "status.conditions.exists(c, c.type == 'Online' && c.status == 'True')",
 * }])
 *
 * declare const live: KubeObject
 * console.log(assessHealth(live, { now: Date.now(), rules }).status)
 * ```
 */
export async function compileHealthExpressions(
  expressions: readonly HealthCheckExpressions[],
  { field = 'healthCheckExprs' }: { readonly field?: string } = {},
): Promise<ReadonlyMap<string, HealthRule>> {
  const { compileBoolean, bindFields } = await loadCel()
  const rules = new Map<string, HealthRule>()
  const problems: string[] = []
  for (const [index, each] of expressions.entries()) {
    const questions: Question[] = []
    for (const [name, status] of order) {
      const text = each[name]
      const path = `${field}[${index}].${name}`
      // Flux takes an empty expression for none.
      if (text === undefined || text === '') {
        if (name === 'current') problems.push(`${path}: found no expression, accepted one in CEL`)
        continue
      }
      const expression = compileBoolean(text)
      if (typeof expression === 'string') problems.push(`${path}: ${expression}`)
      else questions.push({ field: path, status, text, expression })
    }
    const key = groupKindOf(each)
    if (!rules.has(key)) rules.set(key, ruleOf(questions, bindFields))
  }
  if (problems.length > 0) throw new FleetkitError('health/expression', problems.join('; '))
  return rules
}

/** Loads what evaluates CEL, a package that is not installed everywhere. */
export async function loadCel(): Promise<typeof import('./cel.ts')> {
  try {
    return await import('./cel.ts')
  } catch (cause) {
    throw new FleetkitError('health/expression', 'health expressions need the package @bufbuild/cel: npm install @bufbuild/cel', { cause })
  }
}

type BindFields = typeof bindFields

function ruleOf(questions: readonly Question[], bind: BindFields): HealthRule {
  return Object.assign((input: HealthInput) => judge(questions, input, bind), { alone: true })
}

function judge(questions: readonly Question[], { object }: HealthInput, bind: BindFields): Health {
  const paths = ['metadata.generation', 'status.observedGeneration']
  const [generation, observed] = paths.map((path) => valueAt(object, path))
  if (Number.isSafeInteger(generation) && Number.isSafeInteger(observed) && generation !== observed) {
    const message = `Generation ${generation} is not observed yet; the status is of generation ${observed}.`
    return inProgress(object, 'expression/generation', message, ...paths)
  }
  const bindings = bind(object)
  for (const { field, status, text, expression } of questions) {
    const answer = expression.ask(bindings)
    const evidence = expression.fields.filter((path) => !/^(data|stringData)\b/.test(path))
    if (typeof answer === 'string') return unknown(object, 'expression/no-answer', `${field}: ${answer}: ${text}`, ...evidence)
    if (answer) return verdict(object, status, `expression/${rules[status]}`, `${field} holds: ${text}`, evidence)
  }
  return inProgress(object, 'expression/none-holds', 'None of the health expressions holds.', 'status')
}
