/** Orders by Unicode code points, everywhere the same. (`<` compares UTF-16 units, `localeCompare` asks the locale.) */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue
    // The first units that differ may be second halves of pairs: their order is that of the code points then too.
    return (a.codePointAt(at) as number) - (b.codePointAt(at) as number)
  }
  return a.length - b.length
}

/** A sorted copy of `texts`, in the order of {@link compareText}. */
export function sortTexts(texts: readonly string[]): string[] {
  // The engine's own string sort is several times faster, and right unless there are surrogates.
  return texts.some((text) => /[\ud800-\udfff]/.test(text)) ? texts.toSorted(compareText) : texts.toSorted()
}
