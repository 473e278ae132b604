/** Colours a text, or leaves it as it is. */
export type Paint = (color: Color, text: string) => string

/** A colour by its ANSI code. */
export type Color = (typeof colors)[keyof typeof colors]

export const colors = { red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36, gray: 90 } as const

/** Colours with ANSI codes, if they are wanted. */
export function painter(wanted: boolean): Paint {
  return wanted ? (color, text) => (text === '' ? '' : `\u001b[${color}m${text}\u001b[0m`) : (_, text) => text
}
