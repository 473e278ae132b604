import { type CelResult, isCelError, parse, plan } from '@bufbuild/cel'
import { Budget } from './budget.ts'
import { meteredEnv } from './environment.ts'
import { adapt, fieldsOf, functionsOf } from './syntax.ts'
import type { Bindings } from './values.ts'

export { bindFields } from './values.ts'

/** An expression that is true or false of an object. */
export interface BooleanExpression {
  /** The fields of an object that it reads. */
  readonly fields: readonly string[]
  /** The answer about an object whose fields {@link bindFields} has read, or why there is none. */
  readonly ask: (bindings: Bindings) => boolean | string
}

/** How long an expression may be, in characters. */
const maxLength = 4096

/** How deep brackets may be nested. */
const maxNesting = 50

/** What the library carries out without a function of this name. */
const operators: ReadonlySet<string> = new Set(['_?_:_', '_&&_', '_||_', '_[_]', '@not_strictly_false', '__not_strictly_false__'])

/** Compiles an expression, or says what was found instead and what is accepted. */
export function compileBoolean(text: string): BooleanExpression | string {
  if (text.length > maxLength) return `found ${text.length} characters, accepted at most ${maxLength}`
  const nesting = nestingOf(text)
  if (nesting > maxNesting) return `found brackets ${nesting} deep, accepted at most ${maxNesting}`
  try {
    return compile(text)
  } catch (error) {
    return `found ${quoted(text)}, which is not CEL (${firstLine(error)}), accepted an expression`
  }
}

function compile(text: string): BooleanExpression | string {
  const { expr } = parse(text)
  const fields = fieldsOf(expr)
  const budget = new Budget()
  const env = meteredEnv(budget)
  const missing = [...functionsOf(expr)].filter((name) => !operators.has(name) && env.funcs.find(name) === undefined)
  if (missing.length > 0) return `found the function ${missing.join(', ')}, accepted the standard functions of CEL and those of strings`
  adapt(expr)
  const run = plan(env, expr)
  return { fields, ask: (bindings) => evaluate(() => run(bindings as Record<string, never>), budget) }
}

function evaluate(run: () => CelResult, budget: Budget): boolean | string {
  budget.refill()
  const result = run()
  if (budget.exhausted) return 'the expression takes too many steps on this object'
  if (isCelError(result)) return firstLine(result)
  return typeof result === 'boolean'
    ? result
    : `the expression gives ${typeof result === 'object' ? 'no' : `${typeof result}, and no`} boolean on this object`
}

/** How many brackets are open at once at most. Those inside of texts count too: it is only a bound. */
function nestingOf(text: string): number {
  let [open, most] = [0, 0]
  for (const character of text) {
    if ('([{'.includes(character)) open += 1
    else if (')]}'.includes(character)) open -= 1
    most = Math.max(most, open)
  }
  return most
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text)
}

function firstLine(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply'
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string
}
