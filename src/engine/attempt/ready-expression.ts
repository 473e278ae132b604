import './error-codes.ts'
import { BoundedCache } from '../../async/bounded-cache.ts'
import { loadOnce } from '../../async/load-once.ts'
import type { BooleanExpression } from '../../manifest/health/expressions/cel.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Readiness } from '../../model/kinds/readiness.ts'

/** An expression over an object (`self`) and one that it depends on (`dep`), and what evaluates it. */
interface ReadyExpression {
  readonly text: string
  readonly answer: (objects: Readonly<Record<'self' | 'dep', object>>) => boolean | string
}

/** Those that were asked last. */
const compiled = new BoundedCache<ReadyExpression>(1000)

/**
 * Compiles an expression in CEL. It is bounded as health expressions are, in length, depth and steps.
 *
 * @throws FleetkitError `sync/dependency-expression` when it is none, or when the package `@bufbuild/cel` is not installed.
 */
export async function compileReadyExpression(text: string): Promise<ReadyExpression> {
  const known = compiled.get(text)
  if (known !== undefined) return known
  const { compileBoolean, bindFields } = await loadCel()
  const expression: BooleanExpression | string = compileBoolean(text)
  if (typeof expression === 'string') throw new FleetkitError('sync/dependency-expression', `spec.dependsOn[].readyExpr: ${expression}`)
  const ready: ReadyExpression = { text, answer: (objects) => expression.ask(bindFields(objects)) }
  compiled.set(text, ready, 1)
  return ready
}

/** What an expression says. An answer that it cannot give is no readiness: a field can be missing until there is a status. */
export function isReady({ text, answer }: ReadyExpression, objects: Readonly<Record<'self' | 'dep', object>>): Readiness {
  const ready = answer(objects)
  if (typeof ready === 'string') return { ready: false, message: `readyExpr has no answer, ${ready}: ${text}` }
  return { ready, message: ready ? `readyExpr holds: ${text}` : `readyExpr does not hold: ${text}` }
}

const loadCel = loadOnce(async () => {
  try {
    return await import('../../manifest/health/expressions/cel.ts')
  } catch (cause) {
    throw new FleetkitError('sync/dependency-expression', 'readyExpr needs the package @bufbuild/cel: npm install @bufbuild/cel', { cause })
  }
})
