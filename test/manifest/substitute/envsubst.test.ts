import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { hasCode, type Json, type KubeObject } from 'fleetkit'
import { mergeVariables, substituteText, substituteVariables } from 'fleetkit/manifest'
import { expect, it } from 'vitest'
import { describeWithOracle } from '../../oracles/index.ts'
import { runs, seed } from '../../random-tests.ts'
import { object, template, values } from './templates.ts'

interface Question {
  readonly text?: string
  readonly object?: KubeObject
  readonly values: Readonly<Record<string, string>>
  readonly strict: boolean
}
interface Answer {
  readonly text?: string
  readonly object?: Json
  readonly error?: string
}

const refused = 'refused'

/** What a function gives, or that it refuses the input. */
function attempt<T>(work: () => T): T | typeof refused {
  try {
    return work()
  } catch (error) {
    if (hasCode(error, 'source/substitution', 'source/object-invalid')) return refused
    throw error
  }
}

/** Flux cuts characters of several bytes, and stops at offsets beyond 64 bits. */
const isBroken = ({ text, error }: Answer): boolean => text?.includes('\ufffd') === true || error?.startsWith('panic') === true

describeWithOracle("Flux's envsubst", 'envsubst', (ask) => {
  it('replaces the variables of random texts in the same way, and refuses the same', { timeout: runs(120_000) }, async () => {
    const questions: readonly Question[] = fc.sample(fc.record({ text: template, values, strict: fc.boolean() }), {
      numRuns: runs(20_000),
      seed,
    })
    const answers = (await ask(questions)) as readonly Answer[]
    const differences = questions.flatMap(({ text = '', values: given, strict }, index) => {
      const theirs = answers[index] as Answer
      const ours = attempt(() => substituteText(text, new Map(Object.entries(given)), { strict }))
      if (ours === (theirs.text ?? refused)) return []
      if (isBroken(theirs)) return []
      return [{ text, given, strict, ours, theirs }]
    })
    expect(differences.slice(0, 5)).toEqual([])
    const replaced = answers.filter(({ text }, index) => text !== undefined && text !== questions[index]?.text)
    expect(replaced.length).toBeGreaterThan(questions.length / 4)
  })

  it('maps letters to upper and lower case one by one', async () => {
    const letters = Array.from({ length: 0x2fff }, (_, index) => String.fromCodePoint(index + 0x20)).filter(
      (char) => /[^ƛɤᲉᲊ]/.test(char) && /\p{L}/u.test(char),
    )
    const questions = letters.flatMap((a) => ['${a^^}', '${a,,}'].map((text): Question => ({ text, values: { a }, strict: true })))
    const answers = (await ask(questions)) as readonly Answer[]
    const differences = questions.filter(
      ({ text = '', values: given }, index) => substituteText(text, new Map(Object.entries(given))) !== answers[index]?.text,
    )
    expect(differences.map(({ text, values: { a } }) => `${text} of ${a}`)).toEqual([])
  })

  it('reads what it has put into an object as Flux does, which writes it as YAML before', { timeout: runs(120_000) }, async () => {
    const questions: readonly Question[] = fc.sample(fc.record({ object, values, strict: fc.boolean() }), { numRuns: runs(10_000), seed })
    const answers = (await ask(questions)) as readonly Answer[]
    const differences = questions.flatMap(({ object, values: given, strict }, index) => {
      const theirs = answers[index] as Answer
      const variables = mergeVariables([{ origin: 'test', values: given }])
      const rendered = [{ object: object as KubeObject, origin: 'a.yaml:1' }]
      const ours = attempt(() => substituteVariables(rendered, variables, { strict, strategy: 'Always' }).objects[0]?.object)
      // docs/substitution.md and docs/yaml.md say why: keys that become something else, escapes and keys that only one of the two reads.
      const oneRefuses = ours === refused || theirs.error !== undefined
      const indents = Object.values(given).some((each) => each.startsWith(' '))
      if ((oneRefuses || indents) && Object.keys(object?.spec as object).some((key) => key.startsWith('$'))) return []
      if (/unknown escape character|unsupported map key/.test(theirs.error ?? '')) return []
      if (ours === refused && Object.values(given).some((each) => each.endsWith('\\'))) return []
      if (isDeepStrictEqual(ours, theirs.error === undefined ? theirs.object : refused)) return []
      return [{ object, given, strict, ours, theirs }]
    })
    expect(differences.slice(0, 5)).toEqual([])
    expect(answers.filter(({ error }) => error === undefined).length).toBeGreaterThan(questions.length / 4)
  })
})
