/** What moves a cursor, begins a line, turns the direction of writing or is not seen: `Other` and the separators of lines. */
const unprintable: RegExp = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * A text from outside in which every character is seen: `a\nb`, `\u{1b}[2J`. It cannot pass for other lines; with `lines` it may
 * have lines of its own.
 */
export function printable(text: string, lines = false): string {
  return text.replace(unprintable, (character) =>
    character === '\n' ? (lines ? character : '\\n') : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
