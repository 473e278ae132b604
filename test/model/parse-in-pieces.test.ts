import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInPieces, parseJson } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

function parsed(text: string, pieceBytes = 1): { readonly value: unknown; readonly pieces: number } {
  const reading = parseInPieces(new TextEncoder().encode(text))
  let [pieces, bytes] = [1, 0]
  for (;;) {
    const { done, value } = reading.next()
    if (done) return { value, pieces }
    bytes += value
    if (bytes <= pieceBytes) continue
    pieces += 1
    bytes = 0
  }
}

const item = fc.oneof(
  fc.json(),
  fc.json().map((text) => `{"a": ${text}, "items": [1, {"items": "]"}]}`),
)
const blank = fc.constantFrom('', ' ', '\n\t')

test('reads a list as JSON.parse does, wherever its items stand', () => {
  const list = fc
    .tuple(fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.json()), { maxLength: 3 }), fc.array(item, { maxLength: 5 }), blank, fc.nat(3))
    .map(([fields, items, gap, place]) => {
      const texts = fields.filter(([name]) => name !== 'items').map(([name, value]) => `${JSON.stringify(name)}:${gap}${value}`)
      return `${gap}{${texts.toSpliced(place, 0, `"items"${gap}:${gap}[${gap}${items.join(`${gap},${gap}`)}${gap}]`).join(',')}}${gap}`
    })
  fc.assert(
    fc.property(list, (text) => {
      expect(parsed(text).value).toEqual(parseJson(text))
    }),
    { numRuns: runs(500), seed },
  )
})

test('reads anything else as a whole', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parsed(text).value).toEqual(parseJson(text))
    }),
    { numRuns: runs(300), seed },
  )
  expect(parsed('{"items":{"a":[1,2,3]}}').pieces).toBe(1)
})

test('lets others have a turn after so many bytes', () => {
  const text = JSON.stringify({ kind: 'List', items: Array.from({ length: 100 }, (_, index) => `item-${index}`) })
  expect(parsed(text, 100).pieces).toBeGreaterThan(5)
  expect(parsed(text, 100).pieces).toBeLessThan(15)
})

test.each([
  '{"items":[1,2',
  '{"items":[1,]}',
  '{"items":[,1]}',
  '{"items":[1 2]}',
  '{"items":[1}]}',
  '{"items":["a]}',
  '{"items":[1],}',
  '{"items":[',
])('refuses %s as JSON.parse does', (text) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError)
  expect(() => parsed(text)).toThrow(SyntaxError)
})
