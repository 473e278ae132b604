import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'

const names = ['a', 'B_1', 'long_name', 'missing', 'é', '1']
const valueUnit = fc.constantFrom('a', 'b', 'A', '/', '.', '-', 'é', 'ß', '€', '😀', '1', ' ', '*', 'x\\', '$', '{', '}')
const value = fc.oneof(
  fc.string({ unit: valueUnit, maxLength: 8 }),
  fc.constantFrom('path/to/file.tar.gz', 'true', '0644', '1.10', '[a, b]', '{c: d}', 'x: y', 'a # b', '"q"', "it's", '~', '2026-01-01'),
)
/** Values of variables. */
export const values: fc.Arbitrary<Record<string, string>> = fc.record({ a: value, B_1: value, long_name: value }, { requiredKeys: [] })

// Patterns without what matches bytes in Flux and characters here: `?` and classes beside characters of many bytes.
const patternUnit = fc.constantFrom('a', 'b', '*', '.', '-', '[a-b]', '[^.]', '\\', '[', ']', 'A', '1')
const wordUnit = fc.constantFrom('a', 'b', '-', '.', 'é', ' ', '1', ':', '#', '\\/', '$$', '"')
const argument = fc.oneof(
  fc.string({ unit: wordUnit, minLength: 1, maxLength: 4 }),
  fc.constantFrom('0', '1', '-1', '2', '-3', '99', '+1', 'x', '9223372036854775807'),
  fc.constantFrom(...names).map((name) => `\${${name}}`),
)
const pattern = fc.string({ unit: patternUnit, maxLength: 4 })
const operation = fc.oneof(
  fc.constantFrom('', ',', ',,', '^', '^^', ',^', ':', ':=', '=', '-', '?', '}', '#', '%%'),
  fc.tuple(fc.constantFrom(':=', '=', ':-', ':+', ':?', ':', '-', '+'), argument).map(([operator, word]) => operator + word),
  fc.tuple(argument, argument).map(([offset, length]) => `:${offset}:${length}`),
  fc.tuple(argument, argument, argument).map((words) => `:=${words.join('')}`),
  fc.tuple(fc.constantFrom('#', '##', '%', '%%'), pattern).map(([operator, glob]) => operator + glob),
  fc
    .tuple(fc.constantFrom('/', '//', '/#', '/%'), fc.oneof(argument, pattern), fc.oneof(argument, fc.constant('')))
    .map(([operator, glob, word]) => `${operator}${glob}/${word}`),
)
const expression = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...names), operation).map(([name, rest]) => `\${${name}${rest}}`) },
  fc.constantFrom(...names).map((name) => `\${#${name}}`),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), operation).map(([a, b, rest]) => `\${${a}:=\${${b}${rest}}}`),
)
const noise = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: wordUnit, maxLength: 4 }) },
  fc.constantFrom('$', '$$', '$${a}', '${', '}', '$(a)', '${}', '${a', '${#', '${a b}', '$$$', '\\', '${a/b}'),
)
/** A text with expressions, some of them malformed. */
export const template: fc.Arbitrary<string> = fc
  .array(fc.oneof(expression, noise), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))

const marks = ['', '', 'a', ' ', '- ', ': ', ' #', '"', "'", '[', '{', '&', '*', '|', '>', '%', '@', '`', '?', 'é', '😀', '\t', '---']
const plainExpression = fc.constantFrom(
  '${a}',
  '${B_1}',
  '${missing}',
  '${long_name:=3}',
  '${missing:=true}',
  '${missing:-[1, "2"]}',
  '$$',
  '$',
)

const yamlText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...marks, '!'), plainExpression, fc.constantFrom(...marks)).map((parts) => parts.join('')),
  },
  plainExpression,
  fc
    .tuple(fc.constantFrom('a\n', '\n', ' a\n\n', 'a: b\n'), plainExpression, fc.constantFrom('', '\n', '\n\n', ' \n', '\nb'))
    .map((parts) => parts.join('')),
)
const field = fc.oneof(
  yamlText,
  fc.array(yamlText, { maxLength: 2 }),
  fc.dictionary(fc.oneof(fc.constant('k'), plainExpression), yamlText, { maxKeys: 1 }),
)
/** An object whose spec has variables where they mean something to YAML. */
export const object: fc.Arbitrary<KubeObject> = field.map((spec) => ({ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, spec }))
