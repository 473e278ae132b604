import fc from 'fast-check'
import { exactInteger, formatYaml, isExactInteger, type Json, parseYaml, Sync } from 'fleetkit'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { expect, test } from 'vitest'
import { canonicalJson, canonicalQuantity, parseJson } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }))

test('every integer of 64 bits keeps its digits, from YAML and JSON to JSON and YAML', () => {
  fc.assert(
    fc.property(long, (value) => {
      const text = `{"a":[${value}]}`
      for (const read of [parseJson(text), parseYaml(text)[0]?.value as Json]) {
        expect(JSON.stringify(read)).toBe(text)
        expect(canonicalJson(read)).toBe(text)
        expect(JSON.stringify(parseYaml(formatYaml(read))[0]?.value)).toBe(text)
      }
    }),
    { numRuns: runs(300), seed },
  )
})

/** JSON as anyone writes it: numbers in every form, texts that look like numbers, white space anywhere. */
const anyText = fc.letrec<{ value: string }>((tie) => {
  const blank = fc.constantFrom('', ' ', '\n', '\t  ', '\r\n')
  const sign = fc.constantFrom('', '+', '-')
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.tuple(fc.integer(), fc.nat(), fc.constantFrom('e', 'E'), sign, fc.nat(300)).map(([a, b, e, s, x]) => `${a}.${b}${e}${s}${x}`),
    fc.tuple(fc.integer(), fc.constantFrom('e', 'E'), sign, fc.nat(25)).map((parts) => parts.join('')),
  )
  const text = fc.oneof(fc.string(), fc.uuid()).map((value) => JSON.stringify(value))
  const value = tie('value')
  const list = fc.tuple(fc.array(value, { maxLength: 4 }), blank).map(([items, b]) => `[${b}${items.join(`${b},${b}`)}${b}]`)
  const field = fc.tuple(text, blank, value).map(([key, b, item]) => `${key}${b}:${b}${item}`)
  const map = fc.tuple(fc.array(field, { maxLength: 4 }), blank).map(([fields, b]) => `{${b}${fields.join(`${b},${b}`)}${b}}`)
  return { value: fc.oneof({ maxDepth: 4 }, number, text, list, map) }
}).value

test('a text is read alike whether there is reason to look at each of its numbers or not', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const looked = parseJson(`[12345678901234567890, ${text}]`) as readonly Json[]
      expect(parseJson(text)).toEqual(looked[1])
    }),
    { numRuns: runs(2000), seed },
  )
})

test('is a number where a number is exact', () => {
  expect(exactInteger(5n)).toBe(5)
  expect(exactInteger(-(2n ** 53n) + 1n)).toBe(-Number.MAX_SAFE_INTEGER)
  expect(isExactInteger(exactInteger(2n ** 53n))).toBe(true)
  expect(isExactInteger({ rawJSON: '9007199254740993' })).toBe(false)
})

test('is a float beyond 64 bits, as in an API server', () => {
  expect(exactInteger(2n ** 63n)).toBe(2 ** 63)
  expect(parseJson('123456789012345678901234567890')).toBe(1.2345678901234568e29)
  expect(parseJson('-9223372036854775809')).toBe(-(2 ** 63))
})

test('an integer is the same however it was written', () => {
  const texts = ['1e16', '10000000000000000', '1.0e+16', '10000000000000000.0']
  expect(texts.map((text) => JSON.stringify(parseJson(text)))).toEqual(texts.map(() => '10000000000000000'))
  const yaml = ['0x20000000000001', '9_007_199_254_740_993', '0400000000000000001', '+9007199254740993', '!!int "9007199254740993"']
  expect(yaml.map((text) => JSON.stringify(parseYaml(`a: ${text}\n`)[0]?.value))).toEqual(yaml.map(() => '{"a":9007199254740993}'))
})

test('a float without a fraction has the digits that JSON writes of it', async () => {
  const value = 6280236521234567000
  const cluster = memoryCluster()
  const object = {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'a', namespace: 'default' },
    template: { spec: { ...pod, terminationGracePeriodSeconds: value } },
  }
  expect(JSON.stringify(await cluster.apply([object], { fieldManager: 'test' }))).toContain(
    `"terminationGracePeriodSeconds":${JSON.stringify(value)}`,
  )
})

test('a kind of the library refuses it in its fields, and keeps it in a status that others wrote', () => {
  const input = {
    metadata: { name: 'a', namespace: 'b' },
    spec: { prune: true, source: { git: { url: 'https://example.com/a', tag: 'v1' } } },
  }
  const value = exactInteger(9007199254740993n) as number
  expect(() => new Sync({ ...input, spec: { ...input.spec, maxPrune: value } })).toThrow('found number 9007199254740993')
  expect(JSON.stringify(new Sync({ ...input, status: { observedGeneration: value } }).status)).toBe(
    '{"observedGeneration":9007199254740993}',
  )
})

test('digits in a text stay a text', () => {
  expect(parseJson('{"9007199254740993":"9007199254740993"}')).toEqual({ '9007199254740993': '9007199254740993' })
})

test('is a quantity', () => {
  expect(canonicalQuantity(exactInteger(9007199254740993n))).toBe('9007199254740993')
})

test('is stored and applied as it is', async () => {
  const spec = { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }], ...names }
  const cluster = memoryCluster()
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'seeds.example.com' },
    spec,
  }
  await cluster.apply([definition], { fieldManager: 'test' })
  const object = {
    apiVersion: 'example.com/v1',
    kind: 'Seed',
    metadata: { name: 'a', namespace: 'default' },
    spec: { seed: exactInteger(9007199254740993n) },
  }
  const [first] = await cluster.apply([object], { fieldManager: 'test' })
  expect(first).toMatchObject({ object: { metadata: { generation: 1 } } })
  const [second] = await cluster.apply([object], { fieldManager: 'test' })
  expect(second).toEqual({ ...first, created: false })
  const [third] = await cluster.apply([{ ...object, spec: { seed: exactInteger(9007199254740995n) } }], { fieldManager: 'test' })
  expect(JSON.stringify(third)).toContain('"seed":9007199254740995')

  const beyond = { ...object, metadata: { ...object.metadata, name: 'b' }, spec: { seed: exactInteger(2n ** 62n) } }
  expect(await cluster.apply([beyond], { fieldManager: 'test' })).toMatchObject([
    { error: { message: expect.stringContaining('found 4611686018427387904, accepted at most 2305843009213693953') } },
  ])

  const store = memoryStore()
  expect(JSON.stringify(await store.create(object))).toContain('"seed":9007199254740993')
})

const pod = { containers: [{ name: 'a', image: 'a' }] }
const names = { group: 'example.com', scope: 'Namespaced', names: { kind: 'Seed', plural: 'seeds' } }
const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { seed: { type: 'integer', format: 'int64', minimum: 1, maximum: exactInteger(2n ** 61n + 1n) } } },
  },
}
