import fc from 'fast-check'
import { FleetkitError } from 'fleetkit'
import { expect, test } from 'vitest'
import { compileReadyExpression, isReady } from '../../internals.ts'
import { condition } from '../../manifest/health/conditions.ts'
import { wellFormedObject } from '../../manifest/health/objects.ts'
import { describeWithOracle } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'

/** A condition of one object as one of two: its fields are those of `self` or of `dep`, as the bits say. */
function ofBoth(expression: string, bits: number): string {
  let field = 0
  const named = expression.replaceAll(/(?<![.\w'])(?:status|spec|metadata|kind|apiVersion)\b/g, (found) => {
    const of = (bits >> (field++ % 30)) & 1 ? 'dep' : 'self'
    return `${of}.${found}`
  })
  return named
}

const cases = fc.tuple(
  wellFormedObject,
  wellFormedObject,
  fc.tuple(condition, fc.nat()).map(([text, bits]) => ofBoth(text, bits)),
)

describeWithOracle('kustomize-controller asks a readyExpr in the same way', 'health', (ask) => {
  test('over random expressions and objects', { timeout: 120_000 }, async () => {
    const asked = fc.sample(cases, { seed, numRuns: runs(1000) })
    const answers = (await ask(
      asked.map(([object, dependency, readyExpr]) => ({ profile: 'ready', object, dependency, readyExpr })),
    )) as readonly { readonly status: string; readonly error?: string }[]
    const wrong: string[] = []
    let compared = 0
    const seen = new Set<string>()
    for (const [index, [self, dep, readyExpr]] of asked.entries()) {
      const { status, error } = answers[index] as { status: string; error?: string }
      seen.add(status)
      // Its checker of types refuses what may be no boolean; we ask, and it is one or there is no answer.
      if (status === 'Refused') continue
      compared += 1
      const ours = await verdict(readyExpr, { self, dep })
      if (ours !== status) wrong.push(`${status} ${error ?? ''}, ours ${ours}: ${JSON.stringify([readyExpr, self, dep])}`)
    }
    expect(wrong.slice(0, 20).join('\n')).toBe('')
    expect(compared).toBeGreaterThan(asked.length / 2)
    expect(seen).toEqual(new Set(['Ready', 'NotReady', 'Unknown', 'Refused']))
  })

  async function verdict(text: string, objects: { readonly self: object; readonly dep: object }): Promise<string> {
    try {
      const { ready, message } = isReady(await compileReadyExpression(text), objects)
      return ready ? 'Ready' : message.startsWith('readyExpr has no answer') ? 'Unknown' : 'NotReady'
    } catch (error) {
      if (error instanceof FleetkitError) return 'Refused'
      throw error
    }
  }
})
