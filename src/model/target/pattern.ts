/**
 * A regular expression of RE2, which Go programs take, without what has no use in names: it is matched in time that grows with the length of
 * the text, whatever the expression.
 */

/** Whether a character may stand there. */
type CharTest = (char: string) => boolean

/** What an expression says. */
export type Expression =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly part: Expression; readonly min: number; readonly max: number | undefined }

/** What patterns are accepted, in words. */
export const patternAccepted =
  'a regular expression of at most 256 characters, of letters and digits, . * + ? {2,5} | ( ) [a-z] [^a-z] \\d \\w \\s ^ $, and \\ before a sign'

const maxRepeat = 1000
const classes: Readonly<Record<string, CharTest>> = {
  d: (char) => /[0-9]/.test(char),
  w: (char) => /[0-9A-Za-z_]/.test(char),
  s: (char) => /[\t\n\f\r ]/.test(char),
}
const signs: ReadonlySet<string> = new Set('\\.+*?()|[]{}^$-/!"#%&\',:;<=>@_`~')

/** Reads an expression; `undefined` when it is none, or one that is not accepted. */
export function parseExpression(pattern: string): Expression | undefined {
  const parser = new Parser(pattern)
  try {
    return parser.whole()
  } catch (error) {
    if (error === malformed) return undefined
    throw error
  }
}

/** Thrown inside of this file only. */
const malformed: unique symbol = Symbol('malformed pattern')

class Parser {
  readonly #chars: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#chars = [...pattern]
  }

  whole(): Expression {
    const expression = this.#choice()
    if (this.#at < this.#chars.length) throw malformed
    return expression
  }

  #choice(): Expression {
    const parts = [this.#sequence()]
    while (this.#accept('|')) parts.push(this.#sequence())
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'choice', parts }
  }

  #sequence(): Expression {
    const parts: Expression[] = []
    while (this.#at < this.#chars.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): Expression {
    const part = this.#atom()
    const bounds = this.#bounds()
    if (bounds === undefined) return part
    // A lazy one accepts the same texts.
    this.#accept('?')
    // Two of them in a row are an error in Go too.
    if ('*+?'.includes(this.#peek() || ' ') || this.#bounds() !== undefined) throw malformed
    return { kind: 'repeat', part, ...bounds }
  }

  #bounds(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#accept('*')) return { min: 0, max: undefined }
    if (this.#accept('+')) return { min: 1, max: undefined }
    if (this.#accept('?')) return { min: 0, max: 1 }
    if (this.#peek() !== '{') return undefined
    const end = this.#chars.indexOf('}', this.#at)
    const found = /^(\d{1,4})(,(\d{0,4}))?$/.exec(this.#chars.slice(this.#at + 1, end).join(''))
    if (end < 0 || found === null) throw malformed
    this.#at = end + 1
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? undefined : Number(found[3])
    if (min > maxRepeat || (max !== undefined && (max > maxRepeat || max < min))) throw malformed
    return { min, max }
  }

  #atom(): Expression {
    const char = this.#next()
    switch (char) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'char', test: this.#class() }
      case '.':
        return { kind: 'char', test: (found) => found !== '\n' }
      case '^':
        return { kind: 'begin' }
      case '$':
        return { kind: 'end' }
      case '\\':
        return { kind: 'char', test: this.#escape() }
      default:
        if ('*+?{)'.includes(char)) throw malformed
        return { kind: 'char', test: equals(char) }
    }
  }

  #group(): Expression {
    if (this.#accept('?') && !this.#accept(':')) throw malformed
    const inner = this.#choice()
    if (!this.#accept(')')) throw malformed
    return inner
  }

  #escape(): CharTest {
    const char = this.#next()
    if (Object.hasOwn(classes, char)) return classes[char] as CharTest
    const lower = char.toLowerCase()
    if (Object.hasOwn(classes, lower)) return not(classes[lower] as CharTest)
    if (!signs.has(char)) throw malformed
    return equals(char)
  }

  #class(): CharTest {
    const negated = this.#accept('^')
    const tests: CharTest[] = []
    while (tests.length === 0 || this.#peek() !== ']') {
      if (this.#peek() === '[' && this.#chars[this.#at + 1] === ':') throw malformed
      const from = this.#classChar()
      const range = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']'
      if (!range) {
        tests.push(typeof from === 'string' ? equals(from) : from)
        continue
      }
      this.#at++
      const to = this.#classChar()
      if (typeof from !== 'string' || typeof to !== 'string' || codeOf(from) > codeOf(to)) throw malformed
      tests.push((char) => codeOf(from) <= codeOf(char) && codeOf(char) <= codeOf(to))
    }
    this.#at++
    const any: CharTest = (char) => tests.some((test) => test(char))
    return negated ? not(any) : any
  }

  #classChar(): string | CharTest {
    const char = this.#next()
    if (char !== '\\') return char
    const sign = this.#peek()
    const test = this.#escape()
    return signs.has(sign) ? sign : test
  }

  #peek(): string {
    return this.#chars[this.#at] ?? ''
  }

  #accept(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }

  #next(): string {
    const char = this.#chars[this.#at++]
    if (char === undefined) throw malformed
    return char
  }
}

function equals(char: string): CharTest {
  return (found) => found === char
}

function not(test: CharTest): CharTest {
  return (char) => !test(char)
}

function codeOf(char: string): number {
  return char.codePointAt(0) as number
}
