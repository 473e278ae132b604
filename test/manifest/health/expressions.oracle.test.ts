import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { assessHealth, compileHealthExpressions } from 'fleetkit/health'
import { expect, test } from 'vitest'
import { describeWithOracle } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'
import { condition } from './conditions.ts'
import { wellFormedObject } from './objects.ts'

describeWithOracle('Flux gives the same verdict', 'health', (ask) => {
  test('by random expressions on random objects', { timeout: 120_000 }, async () => {
    const expressions = fc.record({ current: condition, failed: condition, inProgress: condition }, { requiredKeys: ['current'] })
    const cases = fc.sample(fc.tuple(wellFormedObject, expressions), { seed, numRuns: runs(1000) })
    const answers = (await ask(cases.map(([object, each]) => ({ profile: 'expressions', object, expressions: each })))) as readonly {
      status: string
      error?: string
    }[]
    const wrong: string[] = []
    for (const [index, [object, each]] of cases.entries()) {
      const { status, error } = answers[index] as { status: string; error?: string }
      const ours = await verdict(object, each)
      if (ours.status !== status)
        wrong.push(`${status} ${error ?? ''}, ours ${ours.status} (${ours.message}): ${JSON.stringify([each, object])}`)
    }
    expect(wrong.slice(0, 20).join('\n')).toBe('')
  })

  async function verdict(object: KubeObject, each: { readonly current: string }) {
    try {
      const rules = await compileHealthExpressions([{ apiVersion: object.apiVersion, kind: object.kind, ...each }])
      return assessHealth(object, { now: 0, rules })
    } catch (error) {
      return { status: 'Refused', message: String(error) }
    }
  }
})
