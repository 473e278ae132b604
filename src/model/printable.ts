/** What moves a cursor, begins a line, turns the direction of writing or is not seen: control, format and separating characters. */
const unprintable: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
/** The same, but for the line feeds and tabs of a text of several lines. */
const unprintableInText: RegExp = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A text from outside in one line, in which every character is seen: `a\nb`, `\u{1b}[2J`. It cannot pass for other lines. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

/** {@link printable} for a text that may have several lines. */
export function printableText(text: string): string {
  return text.replace(unprintableInText, escaped)
}

function escaped(character: string): string {
  return short[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`
}
