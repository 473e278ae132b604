/** The words of a line: split at blanks, but not inside of brackets or quotes. Quotes around a word's part are taken off. */
export function wordsOf(line: string): readonly string[] {
  return splitAt(line.trim(), /\s/)
    .filter((word) => word !== '')
    .map((word) => (masked(word).includes('"') ? word.replace(/"([^"]*)"$/, '$1') : word))
}

/** The parts of a text between `separator`, a single character, where it stands outside of brackets and quotes. */
export function splitAt(text: string, separator: RegExp): readonly string[] {
  const parts: string[] = []
  let [part, depth, quoted] = ['', 0, false]
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '[') depth += 1
    else if (!quoted && character === ']') depth -= 1
    if (depth === 0 && !quoted && separator.test(character)) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part]
}

/** The text with what is inside of brackets blotted out: of the same length, so that places found in it hold in the text too. */
export function masked(text: string): string {
  let depth = 0
  return Array.from(text, (character) => {
    if (character === ']') depth -= 1
    const shown = depth === 0 ? character : '_'
    if (character === '[') depth += 1
    return shown
  }).join('')
}
