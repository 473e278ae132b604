/**
 * A text as goyaml.v2 writes it in a block, so that what is put in for an expression reads as it does in Flux: a text without
 * anything special is plain, and becomes a number, a boolean, null or a list with what is put in.
 *
 * @param key - it is the key of a mapping, which has one line
 */
export function formatScalar(text: string, key: boolean): string {
  if (isSpecial(text)) return doubleQuoted(text)
  if (text.includes('\n')) return key || / $/.test(text) || / \n/.test(text) ? doubleQuoted(text) : literal(text)
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`
}

/** Whether a text holds what is only written as an escape. */
function isSpecial(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what needs an escape
  return /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/.test(text)
}

/** Whether a text of one line means itself without quotes. */
function isPlain(text: string): boolean {
  return !/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`\x20]|[?:-](?: |$))/.test(text) && !/: |:$| #| $/.test(text)
}

/** What YAML reads for a plain text, when that is plain to see: most values need no parser. `undefined` when it is not. */
export function readPlain(text: string): string | number | undefined {
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text)
  const isText = /^[A-Za-z/](?:[\w ./@+=,;~^()<>$%-]|:(?=[\w/]))*$/.test(text) && !text.endsWith(' ')
  return isText && !/^(?:y|yes|n|no|on|off|true|false|null)$/i.test(text) ? text : undefined
}

function literal(text: string): string {
  const indentation = /^[\n ]/.test(text) ? '2' : ''
  const end = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
  return `|${indentation}${end}\n${text.replace(/^(?=.)/gm, '  ')}`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\x85', 'N'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

function doubleQuoted(text: string): string {
  const escaped = Array.from(text, (char) => {
    const short = escapes.get(char)
    if (short !== undefined) return `\\${short}`
    if (!isSpecial(char)) return char
    const point = (char.codePointAt(0) as number).toString(16).toUpperCase()
    return point.length <= 2
      ? `\\x${point.padStart(2, '0')}`
      : point.length <= 4
        ? `\\u${point.padStart(4, '0')}`
        : `\\U${point.padStart(8, '0')}`
  })
  return `"${escaped.join('')}"`
}
