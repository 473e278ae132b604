/** Whether a value is one of these texts; `*` stands for any text, `?` for one character. */
export function anyOf(texts: readonly string[]): (value: unknown) => boolean {
  const exact = new Set(texts.filter((text) => !/[*?]/.test(text)))
  const patterns = texts.filter((text) => /[*?]/.test(text))
  return (value) => {
    const text = String(value)
    return exact.has(text) || patterns.some((pattern) => fits(text, pattern))
  }
}

/** Takes at most as many steps as both are long, multiplied. */
function fits(text: string, pattern: string): boolean {
  let [at, next, star, resume] = [0, 0, -1, 0]
  while (at < text.length) {
    if (next < pattern.length && pattern[next] !== '*' && (pattern[next] === '?' || pattern[next] === text[at])) {
      at += 1
      next += 1
    } else if (pattern[next] === '*') {
      star = next
      resume = at
      next += 1
    } else if (star >= 0) {
      resume += 1
      at = resume
      next = star + 1
    } else return false
  }
  while (pattern[next] === '*') next += 1
  return next === pattern.length
}
