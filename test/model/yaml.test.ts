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

  // What kubectl 1.36 makes of each, as the key of a ConfigMap's data: a float as one of 32 bits, in the digits of Go.
  test.each([
    ['1e6', '1e+06'],
    ['123456.7', '123456.7'],
    ['1234567.5', '1.2345675e+06'],
    ['16777217.0', '1.6777216e+07'],
    ['1.1234567890123', '1.1234568'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1e39', '.inf'],
    ['.inf', '.inf'],
    ['.nan', '.nan'],
    ['-0.0', '-0'],
    ['1.0', '1'],
    ['1e-46', '0'],
    ['!!float 3', '3'],
    ['!!binary YQ==', 'a'],
  ])('the key %s is the key %s', (key, text) => {
    expect(read(`${key}: x`)).toEqual({ [text]: 'x' })
    expect(read(`[${key}: x]`)).toEqual([{ [text]: 'x' }])
  })

  test.each<[string, unknown]>([
    ['{a: 1, <<: {a: 2}}', { a: 2 }],
    ['{<<: {a: 1}, a: 3}', { a: 3 }],
    ['{<<: {a: 1}, <<: {a: 2, b: 1}}', { a: 2, b: 1 }],
    ['{<<: [{a: 1}, {a: 2, b: 2}]}', { a: 1, b: 2 }],
    ['{b: {<<: &x {1: c}, 2: d}, c: *x}', { b: { 1: 'c', 2: 'd' }, c: { 1: 'c' } }],
    ['{"<<": {a: 1}}', { '<<': { a: 1 } }],
    ['[<<, "\\0<<", {"\\0<<0": 1}]', ['<<', '\0<<', { '\0<<0': 1 }]],
  ])('of a merge key and its neighbours what comes later wins: %s', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  test.each<[string, unknown]>([
    ['[1.2.3.4, fd00::]', ['1.2.3.4', 'fd00::']],
    ['[echo, done:]', ['echo', 'done:']],
    ['{a:, b: 1}', { 'a:': null, b: 1 }],
    ['[a :, b\n :]', ['a :', 'b :']],
    ['[1:, null:, <<:]', ['1:', 'null:', '<<:']],
    ['[5":, it\':]', ['5":', "it':"]],
    ['[\ufeff:, \u00a0:]', ['\ufeff:', '\u00a0:']],
    ['[&x a:, *x]', ['a:', 'a:']],
    ['[!!str a:]', ['a:']],
    ['["a":, {"b":[1]}]', [{ a: null }, { b: [1] }]],
    ['[a: , b]', [{ a: null }, 'b']],
  ])('a text in a flow collection may end in a colon: %s', (text, value) => {
    expect(read(`v: ${text}`)).toEqual({ v: value })
  })

  test('a block scalar that ends the text has a line feed at its end when the text has one', () => {
    expect(read('a: |\n  b')).toEqual({ a: 'b' })
    expect(read('a: |\n  b\n')).toEqual({ a: 'b\n' })
    expect(read('a: >\n  b\n  c')).toEqual({ a: 'b c' })
    expect(read('a: "b\\n"')).toEqual({ a: 'b\n' })
    expect(read('a: &x |\n  b\nc: *x')).toEqual({ a: 'b\n', c: 'b\n' })
  })

  test('a scalar means the same in blocks and in flow collections', () => {
    expect(read('- <<\n- "\\0"\n- &x "\\0a"\n- *x\n')).toEqual(['<<', '\0', '\0a', '\0a'])
    expect(read('a:\n  b: 1\n  <<: {b: 2}\n')).toEqual({ a: { b: 2 } })
  })

  test('binary is decoded', () => {
    expect(read('v: !!binary aGVsbG8=')).toEqual({ v: 'hello' })
  })
})

describe('what would lose data is refused, with its place', () => {
  test.each([
    ['a: 1\nb: 2\na: 3', 'a.yaml:3:1: duplicated mapping key'],
    ['on: 1\n"true": 2', 'a.yaml:2:1: duplicated mapping key'],
    ['a: .inf', 'a.yaml:1:4: infinity'],
    ['a: !foo 1', 'a.yaml:1:10: unknown tag'],
    ['a: !!binary /w==', 'cannot resolve'],
    ['a: !!binary aGVsbG8', 'cannot resolve'],
    ['a: 1\n...\nb: 2', 'a.yaml:3:1: kubectl drops what follows ...'],
    ['a: 1\n...\n}', 'a.yaml:3:1: '],
    ['{a: 1}\n{b: 2}', 'end of the stream'],
    ['a: 1\n--- {b: 2}', 'a.yaml:2:4: only a comment may follow ---'],
    ['a: 1\n---\nb: 2\nb: 3', 'a.yaml:4:1: duplicated mapping key'],
    ['- -\n- a', 'js-yaml misreads'],
    ['- -\n- b? c', 'js-yaml misreads'],
    ['-\n  -\n-\n', 'js-yaml misreads'],
    ['[?a]', 'a.yaml:1:2: a text with ? or :'],
    ['[what? yes]', 'a.yaml:1:2: a text with ? or :'],
    ['[::1]', 'a.yaml:1:2: a text with ? or :'],
    ['{<<: 1}', '<< needs a mapping'],
    ['{1: a, <<: {1: b}}', 'a key that is a number'],
    ['a: !!timestamp 2026-01-01', 'unknown tag'],
    ['a: {{ .Values.x }}', 'a mapping, a sequence or null cannot be a key'],
    ['[a, b]: c', 'cannot be a key'],
    ['{18446744073709551615: a}', 'a.yaml:1:2: an integer beyond 64 bits cannot be a key'],
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

  test.each(['a: *hunter2', 'a: !hunter2', 'a: !hunter2! b', 'a: !<hunter2> b', 'a: !hun^ter2 b'])(
    'nor does it of what looks like an alias or a tag: %s',
    (text) => {
      expect(failure(text).message).not.toContain('hunter2')
    },
  )

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

  test.each([
    ['a: 1\n---\n\ufeffb: 2', [1, 3]],
    ['a: 1\n---#c\nb: 2', [1, 3]],
    ['a: 1\n--- # c\nb: 2\n---', [1, 3]],
    ['\ufeff---\na: 1\n---\nb: 2\n---\n', [2, 4]],
    ['a: 1\n...\n# c\n---\nb: 2', [1, 5]],
    ['{"a":1}\n{"b":2}', [1, 2]],
    ['{"a":1}{"b":2}', [1, 1]],
    ['{"a":1}\n---\n{"b":2}', [1, 3]],
    ['{"a":1}\nb: 2', [1, 2]],
  ])('end where they end for kubectl: %j', (text, lines) => {
    expect(parseYaml(text)).toEqual([
      { value: { a: 1 }, line: lines[0] },
      { value: { b: 2 }, line: lines[1] },
    ])
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

  test.each<[string, (size: number) => string]>([
    ['a long word before what is refused', (size) => `a: [${'Z'.repeat(size)}, .inf]`],
    ['many spaces before a colon', (size) => `a: [b${' '.repeat(size)}:]`],
    ['many questions', (size) => `a:\n#${'c'.repeat(size)}\n  b?: [${'c, '.repeat(size)}]`],
    ['many texts with question marks below a comment', (size) => `a:\n#${'c'.repeat(size)}\n${'  - b? c\n'.repeat(size / 10)}`],
    ['JSON objects', (size) => '{}'.repeat(size / 10)],
    ['quotes that do not end', (size) => `{${'"\\"'.repeat(size)}`],
    ['documents', (size) => '---\n'.repeat(size / 10)],
  ])('time does not grow faster than the text: %s', (_, text) => {
    const start = performance.now()
    try {
      parseYaml(text(200_000))
    } catch (error) {
      expect(error).toBeInstanceOf(FleetkitError)
    }
    expect(performance.now() - start).toBeLessThan(10_000) // what is quadratic takes minutes
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
