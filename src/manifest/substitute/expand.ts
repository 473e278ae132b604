import { type Expression, type Part, parseExpressions } from './expression.ts'
import { applyOperator, bounded, whole } from './operators.ts'

/** What became of a text. */
export interface Expansion {
  readonly text: string
  /** The variables without a value that no default stands for, in the order of the text. */
  readonly missing: readonly string[]
  /** What the outermost expressions gave, and the variables in them. */
  readonly results: readonly { readonly text: string; readonly names: ReadonlySet<string> }[]
}

/** Operators that stand for a variable without a value. */
const defaults: ReadonlySet<string> = new Set(['=', ':=', ':-', ':+', ':?'])

/**
 * A text with its expressions replaced, by the rules of Flux's envsubst. A variable without a value is empty.
 *
 * @throws MalformedExpression, OperatorError
 */
export function expand(text: string, lookup: (name: string) => string | undefined): Expansion {
  const missing: string[] = []
  const results: Expansion['results'][number][] = []
  const evaluate = (part: Part, names: Set<string>): string => {
    if (typeof part === 'string') return part
    const { name, operator, args }: Expression = part
    const words = args.map((arg) => evaluate(arg, names))
    const value = lookup(name)
    names.add(name)
    if (value === undefined && !defaults.has(operator)) missing.push(name)
    return bounded(applyOperator(operator, value ?? '', words))
  }
  let expanded = ''
  for (const part of parseExpressions(text)) {
    const names = new Set<string>()
    const result = typeof part === 'string' ? part : whole(evaluate(part, names))
    expanded = bounded(expanded + result)
    if (typeof part !== 'string') results.push({ text: result, names })
  }
  return { text: expanded, missing, results }
}
