import fc from 'fast-check'
import { FleetkitError, formatYaml, type Json, parseYaml } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

const read = (text: string): unknown => parseYaml(text)[0]?.value
function failure(text: string, options: Parameters<typeof parseYaml>[1] = { origin: 'a.yaml' }): FleetkitError {
  try {
    parseYaml(text, options)
  } catch (error) {
    if (error instanceof FleetkitError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('scalars are read as kubectl reads them', () => {
  // What `kubectl label --local -o json` 1.36 makes of each; the first eleven rows are where YAML readers disagree.
  test.each<[string, unknown]>([
    ['on', true],
    ['yes', true],
    ['y', true],
    ['0644', 420],
    ['0o644', 420],
    ['1_000', 1000],
    ['0b11', 3],
    ['22:30', '22:30'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['1e3', 1000],
    ['No', false],
    ['tRUE', 'tRUE'],
    ['~', null],
    ['', null],
    ["''", ''],
    ['"on"', 'on'],
    ['089', 89],
    ['0o8', '0o8'],
    ['-0b11', -3],
    ['+0x1F', 31],
    ['0X_f', 15],
    ['_1', '_1'],
    ['-_1', -1],
    ['-0', 0],
    ['-0.0', 0],
    ['1.', 1],
    ['.5', 0.5],
    ['._5', '._5'],
    ['.5_0', 0.5],
    ['1_0.5', 10.5],
    ['1e400', '1e400'],
    ['1.2.3', '1.2.3'],
    ['!!str 012', '012'],
    ['!!float 3', 3],
    ['!!int "3"', 3],
  ])('%s', (text, value) => {
    expect(read(`v: ${text}\n`)).toEqual({ v: value })
  })

  test('keys are resolved too: n is the key false, 0644 the key 420', () => {
    expect(read('n: 1\n0644: 2\n"n": 3\n')).toEqual({ false: 1, 420: 2, n: 3 })
  })

  // What kubectl 1.36 makes of each, as the key of a ConfigMap's data.
  test.each([
    ['-0', '0'],
    ['0x10', '16'],
    ['1e3', '1000'],
    ['.5', '0.5'],
    ['+1', '1'],
    ['1_000', '1000'],
    ['0o7', '7'],
    ['1e400', '1e400'],
    ['2026-01-01', '2026-01-01'],
  ])('the plain key %s is the key %s, and the quoted one stays as it is', (key, plain) => {
    expect(read(`${key}: x`)).toEqual({ [plain]: 'x' })
    expect(read(`'${key}': x`)).toEqual({ [key]: 'x' })
    expect(read(JSON.stringify({ [key]: 'x' }))).toEqual({ [key]: 'x' })
  })

  test('merge keys are merged, and own keys win wherever they stand', () => {
    expect(read('a: &x {p: 1, q: 1}\nb: {q: 2, <<: *x}\nc: {<<: *x, q: 3}\n')).toEqual({
      a: { p: 1, q: 1 },
      b: { p: 1, q: 2 },
      c: { p: 1, q: 3 },
    })
  })
})

describe('what would lose data is refused, with its place', () => {
  test.each([
    ['a: 1\nb: 2\na: 3', 'a.yaml:3:1: duplicated mapping key'],
    ['on: 1\n"true": 2', 'a.yaml:2:1: duplicated mapping key'],
    ['a:\n  - 12345678901234567890', 'a.yaml:2:5: an integer outside'],
    ['{"a": 9007199254740993}', 'a.yaml:1:7: an integer outside'],
    ['a: .inf', 'a.yaml:1:4: infinity'],
    ['a: !foo 1', 'a.yaml:1:10: unknown tag !<!foo>'],
    ['a: !!timestamp 2026-01-01', 'unknown tag'],
    ['a: {{ .Values.x }}', 'a mapping, a sequence or null cannot be a key'],
    ['[a, b]: c', 'cannot be a key'],
    ['null: 1', 'a.yaml:1:1: a mapping, a sequence or null cannot be a key'],
    ['a:\n\tb: 1', 'a.yaml:2:1: tab characters'],
    ['a: b: c', 'a.yaml:1:5: bad indentation'],
    ['a: *nope', 'unidentified alias'],
  ])('%j', (text, message) => {
    const error = failure(text)
    expect(error.code).toBe('model/yaml')
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/^a\.yaml:\d+:\d+: /)
  })

  test('an error quotes nothing of the text and carries no copy of it', () => {
    const error = failure('password: hunter2\npassword: hunter2')
    expect(error.message).not.toContain('hunter2')
    expect(error.cause).toBeUndefined()
  })

  test('a key __proto__ is refused, and others like it are own data', () => {
    for (const text of ['__proto__: {polluted: 1}', '{"__proto__": {"polluted": 1}}', 'a: &x {b: 1}\n__proto__: *x'])
      expect(failure(text).message).toContain('__proto__')
    const value = read('constructor: {prototype: {polluted: 1}}\ntoString: 1') as object
    expect(Object.keys(value)).toEqual(['constructor', 'toString'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('documents', () => {
  test('each has the line of its first content, and empty ones are left out', () => {
    expect(parseYaml('\ufeff# c\r\n---\r\n# d\r\n\r\na: 1\r\n---\r\n---\r\nnull\r\n---\r\n- 1\r\n...\r\n---\r\n  x: 1')).toEqual([
      { value: { a: 1 }, line: 5 },
      { value: [1], line: 10 },
      { value: { x: 1 }, line: 13 },
    ])
    expect(parseYaml('')).toEqual([])
    expect(parseYaml('# nothing\n')).toEqual([])
  })

  test('JSON is read, with tabs and escapes', () => {
    expect(read('{\n\t"a": [1,\n\t2.5e1],\n\t"\\ud83d\\ude00": "\\/\\u0041"\n}')).toEqual({ a: [1, 25], '😀': '/A' })
  })

  test('any JSON text means what JSON.parse says', () => {
    const safe = fc.jsonValue().filter((value) => !/__proto__|object Object/.test(JSON.stringify(value)))
    fc.assert(
      fc.property(safe, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify({ value }, null, indent)
        if (/\d{16,}/.test(text)) return // an integer that doubles cannot hold
        expect(read(text)).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('limits', () => {
  const bomb = Array.from({ length: 9 }, (_, level) => {
    const items = Array(9).fill(level === 0 ? 'x' : `*a${level - 1}`)
    return `a${level}: &a${level} [${items.join(', ')}]\n`
  }).join('')

  test.each<[string, string, string]>([
    ['aliases that multiply', bomb, 'nodes'],
    ['an alias of a long text, many times', `a: &a ${'x'.repeat(100_000)}\nb: [${Array(101).fill('*a').join(', ')}]`, 'characters'],
    ['an alias to itself', 'a: &a [*a]', 'levels'],
    ['an alias in its own mapping', 'a: &a\n  b: *a', 'levels'],
    ['deep nesting', `${'['.repeat(300)}${']'.repeat(300)}`, 'depth'],
    ['many nodes', `[${'1,'.repeat(1_000_000)}]`, 'nodes'],
    ['a long text', 'x'.repeat(10_000_001), 'characters'],
  ])('%s', (_, text, what) => {
    const error = failure(text)
    expect(error.code).toBe('source/limit')
    expect(error.message.toLowerCase()).toContain(what)
  })

  test('are the caller’s to set', () => {
    expect(failure('[1, 2, 3]', { limits: { nodes: 3 } }).code).toBe('source/limit')
    expect(parseYaml('[1, 2]', { limits: { nodes: 3 } })).toHaveLength(1)
  })

  test('aliases become copies', () => {
    const value = read('a: &x {b: [1]}\nc: *x') as { a: { b: number[] }; c: { b: number[] } }
    expect(value.c).toEqual(value.a)
    value.c.b.push(2)
    expect(value.a.b).toEqual([1])
  })
})

describe('formatYaml', () => {
  test('quotes what some reader would take for something else, and keeps the order of the keys', () => {
    const words = ['on', 'y', '0644', '1_000', '22:30', '2026-01-01', '1e3', '', 'null', '~', '.5', '0x1', '<<', '089', '-1', '.inf', '=']
    for (const word of words) {
      const text = formatYaml({ [word]: word })
      expect(text).toMatch(/^(['"]).*\1: (['"]).*\2\n$/)
      expect(read(text)).toEqual({ [word]: word })
    }
    expect(formatYaml({ b: 'plain', a: [true, null, 1e21, 5e-7] })).toBe('b: plain\na:\n  - true\n  - null\n  - 1e+21\n  - 5e-7\n')
  })

  test('refuses what is not JSON', () => {
    expect(() => formatYaml(Number.POSITIVE_INFINITY)).toThrow(expect.objectContaining({ code: 'model/invalid' }))
  })

  test('parseYaml reads back any value', () => {
    const tricky = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom('0', '1', '_', ':', '-', '.', 'e', 'x', 'o', ' ', '\n', '\t', '#', '\r', "'", '"', '~', '\u0085'),
      }),
    )
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        tricky,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          tricky.filter((key) => key !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).value
    fc.assert(
      fc.property(value, (input) => {
        const [document] = parseYaml(formatYaml({ input }))
        expect(document?.value).toEqual({ input })
      }),
      { numRuns: runs(1000) },
    )
  })
})
