import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { processorMs } from '../long-turns.ts'
import { seed } from '../random-tests.ts'

/**
 * Patterns whose time grows faster than the text, on a text that a limit before them keeps short. Each with that limit.
 */
const bounded: Readonly<Record<string, string>> = {
  '/([0-9.]+)(ms|s|m|h)/g': 'a duration of 64 characters',
  '/a\\/f.*is a file/': 'a message of a few hundred characters, in a conformance suite',
}

/**
 * The shortest is long enough for an exponential pattern to be noticed and to end, the longest for a quadratic one to take
 * seconds, while a linear one is done with each in a millisecond.
 */
const lengths = [26, 300, 1000, 5000, 30_000]
const mostMs = 100

interface Pattern {
  readonly where: string
  readonly text: string
  readonly pattern: RegExp
}

function patternsOf(file: string): readonly Pattern[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Pattern[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
      found.push({ where: `${file}:${line}`, text: node.text, pattern: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)) })
    }
    // Those of schemas, and of what compiles one with a name.
    if ((ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && /pattern$/i.test(node.name.getText(source)))
      if (node.initializer !== undefined && ts.isStringLiteralLike(node.initializer)) {
        const { text } = node.initializer
        found.push({ where: `${file}: ${node.name.getText(source)}`, text, pattern: new RegExp(text) })
      }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Texts that a pattern nearly matches: what it matches, with a part of it repeated, and an end that does not fit. */
function* hostileTexts({ source, flags }: RegExp, length: number): Generator<string> {
  const letters = [...new Set(source.replace(/\\[bBdDsSwW]/g, ' 0a').replace(/\\(.)/g, '$1')), ...' \n\0xZ0-/:.']
  const parts = new Set(letters)
  for (const a of letters.slice(0, 8)) for (const b of letters.slice(0, 8)) parts.add(a + b)
  for (const part of parts) for (const end of ['', '\u0001']) yield part.repeat(length / part.length) + end
  for (const sample of samples(source, flags)) {
    for (let size = 4; size <= Math.min(sample.length, 24); size++) yield sample.slice(0, size).repeat(length / size)
    for (let at = 0; at < Math.min(sample.length, 8); at++)
      for (const size of [1, 3]) {
        const part = sample.slice(at, at + size)
        yield `${sample.slice(0, at)}${part.repeat(length / part.length)}${sample.slice(at + size)}`
        yield `${sample.slice(0, at)}${part.repeat(length / part.length)}\u0001`
      }
  }
}

function samples(source: string, flags: string): readonly string[] {
  try {
    return fc.sample(fc.stringMatching(new RegExp(source, flags.replaceAll(/[gyi]/g, '')), { maxLength: 40 }), {
      numRuns: 2 + Math.min(source.split('|').length, 10),
      seed,
    })
  } catch {
    return [] // what fast-check cannot invert
  }
}

/** The text that takes longest, and how long. */
function slowest(pattern: RegExp): { readonly ms: number; readonly text: string } {
  let worst = { ms: 0, text: '' }
  for (const length of lengths) {
    for (const text of hostileTexts(pattern, length)) {
      // A matching text is replaced, since what is found again and again costs too.
      const before = processorMs()
      if (pattern.global) text.replace(pattern, '')
      else pattern.test(text)
      const ms = processorMs() - before
      if (ms > worst.ms) worst = { ms, text: `${JSON.stringify(text.slice(0, 40))}…${JSON.stringify(text.slice(-10))}` }
      if (ms > mostMs) return worst
    }
    // A quadratic pattern takes fifteen milliseconds already: the longest texts are for what may be one.
    if (length === 5000 && worst.ms < 3) break
  }
  return worst
}

const patterns = globSync('src/**/*.ts', { cwd: root }).sort().flatMap(patternsOf)

describe('every pattern takes time in proportion to the text', () => {
  test('there are some', () => expect(patterns.length).toBeGreaterThan(100))
  test('a quadratic one would be noticed', () => {
    for (const pattern of [/a+b/, /^(\s*x?)*$/, /\s+$/, /^(?:[0-9]+_?)*[.]/])
      expect(slowest(pattern).ms, String(pattern)).toBeGreaterThan(mostMs)
  })
  test('each', () => {
    const slow: string[] = []
    for (const { where, text, pattern } of patterns) {
      if (text in bounded) continue
      const { ms, text: by } = slowest(pattern)
      if (ms > mostMs) slow.push(`${where} ${text}: ${ms.toFixed(0)} ms for ${by}`)
    }
    expect(slow).toEqual([])
  }, 120_000)
  test('what is said to be bounded is there, and needs to be', () => {
    for (const text of Object.keys(bounded)) {
      const found = patterns.find((each) => each.text === text)
      expect(found, text).toBeDefined()
      expect(slowest((found as Pattern).pattern).ms, text).toBeGreaterThan(mostMs)
    }
  })
})
