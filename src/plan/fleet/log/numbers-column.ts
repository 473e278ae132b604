const [zero, nine, space] = [48, 57, 32]

/** The whole numbers of a column, which have one space in between; `undefined` when it is none. */
export function numbersOf(column: string): readonly number[] | undefined {
  if (column === '') return []
  const numbers: number[] = []
  let value = -1
  for (let at = 0; at < column.length; at++) {
    const code = column.charCodeAt(at)
    if (code >= zero && code <= nine) value = (value < 0 ? 0 : value * 10) + (code - zero)
    else if (code !== space || value < 0) return undefined
    else {
      numbers.push(value)
      value = -1
    }
    if (value > Number.MAX_SAFE_INTEGER) return undefined
  }
  numbers.push(value)
  return value < 0 ? undefined : numbers
}
