/** A text in lines of at most `width` characters, the later ones indented. A word that is too long for a line is broken. */
export function wrap(text: string, width: number, indent: number): readonly string[] {
  const lines: string[] = []
  let rest = text
  for (;;) {
    const lead = lines.length === 0 ? '' : ' '.repeat(indent)
    const room = Math.max(1, width - lead.length)
    if (rest.length <= room) return [...lines, lead + rest]
    const at = breakAt(rest, room)
    lines.push(lead + rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
}

/** Where a line of at most `room` characters ends: at a blank, when the line has words before it. */
function breakAt(text: string, room: number): number {
  const blank = text.lastIndexOf(' ', room)
  if (blank > 0 && text.slice(0, blank).trim() !== '') return blank
  // No half of a surrogate pair.
  const code = text.charCodeAt(room)
  return room > 1 && code >= 0xdc00 && code <= 0xdfff ? room - 1 : room
}
