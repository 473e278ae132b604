import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { assessHealth, compileHealthExpressions } from 'fleetkit/health'
import { expect, test } from 'vitest'
import { describeWithOracle } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'
import { wellFormedObject } from './objects.ts'

/** Numbers, texts and truths about an object; some of them about what it has not. */
const { boolean: condition } = fc.letrec<{ number: string; text: string; boolean: string; each: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      '0',
      '1',
      '2',
      'status.replicas',
      'spec.replicas',
      'metadata.generation',
      'status.observedGeneration',
      'status.nope',
      '1.5',
    ),
    fc.constantFrom('size(status.conditions)', 'size(metadata.name)', 'status.conditions.size()', 'int(status.phase)'),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(tie('boolean'), tie('number'), tie('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      "'Running'",
      "''",
      'status.phase',
      'metadata.name',
      'kind',
      'apiVersion',
      'status.currentRevision',
      'status.updateRevision',
    ),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc
      .tuple(tie('text'), fc.constantFrom('lowerAscii()', 'trim()', "replace('n', 'm')", 'substring(1)', 'upperAscii()'))
      .map(([a, f]) => `${a}.${f}`),
    tie('number').map((a) => `string(${a})`),
  ),
  boolean: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      'true',
      'false',
      'spec.suspend',
      'has(status.phase)',
      'has(spec.replicas)',
      'has(status.nope)',
      'has(metadata.deletionTimestamp)',
    ),
    fc.tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number')).map(([a, sign, b]) => `${a} ${sign} ${b}`),
    fc.tuple(tie('text'), fc.constantFrom('==', '!=', '<', '>='), tie('text')).map(([a, sign, b]) => `${a} ${sign} ${b}`),
    fc.tuple(tie('boolean'), fc.constantFrom('&&', '||'), tie('boolean')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    tie('boolean').map((a) => `!(${a})`),
    fc
      .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains', 'matches'), tie('text'))
      .map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie('text'), tie('text'), tie('text')).map(([a, b, c]) => `${a} in [${b}, ${c}]`),
    fc.tuple(fc.constantFrom('exists', 'all', 'exists_one'), tie('each')).map(([f, each]) => `status.conditions.${f}(c, ${each})`),
    fc
      .tuple(tie('each'), fc.constantFrom('exists', 'all'), tie('each'))
      .map(([a, f, b]) => `status.conditions.filter(c, ${a}).${f}(c, ${b})`),
    tie('each').map((each) => `status.conditions.map(c, ${each}).exists(x, x)`),
    fc.constantFrom(
      "status.conditions[0].type == 'Ready'",
      "status['phase'] == 'Running'",
      "'phase' in status",
      'status.conditions == []',
      'type(kind) == string',
    ),
  ),
  each: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      "c.type == 'Ready'",
      "c.status == 'True'",
      "c.reason != ''",
      'has(c.reason)',
      'c.observedGeneration == metadata.generation',
    ),
    fc.tuple(tie('each'), fc.constantFrom('&&', '||'), tie('each')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
  ),
}))

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
