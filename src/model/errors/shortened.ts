/** A text of at most `length` UTF-16 units: of a longer one the beginning, and an ellipsis. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`
}
