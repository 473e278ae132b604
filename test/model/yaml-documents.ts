import fc from 'fast-check'

const words = [
  ...['a', 'b', 'a b', 'n', 'on', '~', 'null', '<<', '=', '.inf', '2026-01-01', '1:30'],
  ...['1', '-0', '+1', '0644', '0o7', '0x1f', '1_0', '1e6', '.5', '1.50', '16777217.0'],
  ...['"q"', "'s'", "'it''s'", '"a\\nb"', '"\\0"', '5":', '!!str 1', '!!binary YQ==', '&x a', '*x'],
  ...['fd00::', 'a:', 'a :', ':a', '1:', '::1', 'a?', '? a', '?', 'a?b', 'http://x:80/?a', 'a#b', 'a #b'],
  ...['-', '- a', '%a', '@a', '`a`', 'a,b', '[a', '{', '}', ']', '|', '>', '\ufeff', 'a\tb'],
]
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  fc.string({ unit: fc.constantFrom('a', '1', ':', ' ', '-', '#', '?', ',', '"', "'", '.', '_', 'e', '0'), maxLength: 6 }),
)

const { flow } = fc.letrec<{ flow: string }>((tie) => ({
  flow: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.array(tie('flow'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc.array(fc.tuple(word, tie('flow')), { maxLength: 3 }).map((pairs) => `{${pairs.map((pair) => pair.join(': ')).join(', ')}}`),
    fc
      .array(fc.tuple(word, fc.constantFrom(':', ': ', '', ' ')), { maxLength: 3 })
      .map((keys) => `{${keys.map((key) => key.join('')).join(',')}}`),
  ),
}))

const text = fc
  .tuple(
    fc.constantFrom('|', '>', '|-', '>-', '|+', '>+', '|2'),
    fc.array(fc.constantFrom('a', '  b', '', 'c # d', ' x', '- y'), { maxLength: 5 }),
  )
  .map(([style, lines]) => [style, ...lines.map((line) => line && `  ${line}`)])

const indented = (before: string, [first = '', ...rest]: readonly string[]): string[] => [
  `${before} ${first}`,
  ...rest.map((line) => `  ${line}`),
]

/** The lines of a value; the first stands behind its key or dash. */
function block(depth: number): fc.Arbitrary<string[]> {
  const line = flow.map((value) => [value])
  if (depth === 0) return fc.oneof(line, text)
  const inner = block(depth - 1)
  const mapping = fc.array(fc.tuple(word, inner), { minLength: 1, maxLength: 4 })
  const list = fc.array(inner, { minLength: 1, maxLength: 4 })
  return fc.oneof(
    line,
    text,
    mapping.map((pairs) => ['', ...pairs.flatMap(([key, value]) => indented(`${key}:`, value))]),
    list.map((items) => ['', ...items.flatMap((item) => indented('-', item))]),
  )
}

/** Something like YAML: a field `v` with what readers disagree about. About half of it is refused. */
export const randomField: fc.Arbitrary<string> = fc
  .tuple(block(3), fc.constantFrom('', '', '', '...', '# c', '---', '--- # c'))
  .map(([lines, end]) => `v: ${lines.join('\n')}\n${end}\n`)
