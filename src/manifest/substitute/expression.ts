/** A variable, and what is done with its value: `${name}`, `${name:=default}`, `${#name}`. */
export interface Expression {
  readonly name: string
  /** What stands between the name and the arguments: `:=`, `//`, `^^`. `''` for the value as it is. */
  readonly operator: string
  readonly args: readonly Part[]
}

/** A part of a text: characters as they are, or an expression. */
export type Part = string | Expression

/** How deep expressions can stand in each other. */
const maxDepth = 50
const nameForm: RegExp = /[\p{L}\p{Nd}_]+/uy

/** A text that begins an expression and does not end it as one. */
export class MalformedExpression extends Error {
  /** The beginning of the expression, which holds no value. */
  readonly beginning: string

  constructor(beginning: string) {
    super(`malformed expression ${beginning}`)
    this.beginning = beginning
  }
}

/**
 * The parts of a text, as Flux's envsubst reads it. `$$` is a `$`, also before a brace; a `$` without a brace is itself.
 *
 * @throws MalformedExpression
 */
export function parseExpressions(text: string): readonly Part[] {
  return new ExpressionParser(text).parse()
}

class ExpressionParser {
  readonly #text: string
  #at = 0
  #beginning = ''

  constructor(text: string) {
    this.#text = text
  }

  parse(): readonly Part[] {
    const parts: Part[] = []
    let literal = ''
    for (;;) {
      const dollar = this.#text.indexOf('$', this.#at)
      if (dollar < 0) return [...parts, literal + this.#text.slice(this.#at)]
      literal += this.#text.slice(this.#at, dollar)
      this.#at = dollar + 1
      if (this.#next() === '{') {
        this.#at++
        parts.push(literal, this.#expression(1))
        literal = ''
      } else {
        literal += '$'
        if (this.#next() === '$') this.#at++
      }
    }
  }

  /** What follows `${`, to the brace that closes it. */
  #expression(depth: number): Expression {
    this.#beginning = '${'
    if (depth > maxDepth) throw this.#malformed()
    if (this.#next() === '#') return this.#length()
    const name = this.#name()
    switch (this.#next()) {
      case ':':
        return /^[=?+-]/.test(this.#text.slice(this.#at + 1, this.#at + 2)) ? this.#default(name, 2, depth) : this.#substring(name, depth)
      case '=':
        return this.#default(name, 1, depth)
      case ',':
      case '^':
        return this.#close({ name, operator: this.#operator(/[,^]{1,2}/y), args: [] })
      case '/':
        return this.#replacement(name, depth)
      case '#':
      case '%': {
        const operator = this.#operator(/##?|%%?/y)
        return this.#close({ name, operator, args: [this.#argument('}', false, depth)] })
      }
      default:
        return this.#close({ name, operator: '', args: [] })
    }
  }

  #length(): Expression {
    this.#at++
    return this.#close({ name: this.#name(), operator: '#', args: [] })
  }

  #default(name: string, width: number, depth: number): Expression {
    const operator = this.#text.slice(this.#at, this.#at + width)
    this.#at += width
    const args: Part[] = []
    while (this.#next() !== '}') args.push(this.#argument('}', false, depth))
    return this.#close({ name, operator, args })
  }

  #substring(name: string, depth: number): Expression {
    this.#at++
    // Flux's scanner loses its place before a character of more than one byte.
    if (this.#next() > '\x7f') throw this.#malformed()
    const offset = this.#argument(':}', false, depth)
    if (this.#next() !== ':') return this.#close({ name, operator: ':', args: [offset] })
    this.#operator(/:+/y)
    return this.#close({ name, operator: ':', args: [offset, this.#argument('}', false, depth)] })
  }

  #replacement(name: string, depth: number): Expression {
    const operator = this.#operator(/\/[/#%]?/y)
    const pattern = this.#argument('/', true, depth)
    this.#operator(/\/+/y)
    if (this.#next() === '}') return this.#close({ name, operator, args: [pattern] })
    return this.#close({ name, operator, args: [pattern, this.#argument('}', true, depth)] })
  }

  /**
   * An expression, or the characters up to one of `end` or to an expression: at least one.
   *
   * @param escapes - `$$`, `\/` and `\\` stand for their second character
   */
  #argument(end: string, escapes: boolean, depth: number): Part {
    const text = this.#text
    if (text.startsWith('${', this.#at)) {
      this.#at += 2
      const outer = this.#beginning
      const inner = this.#expression(depth + 1)
      this.#beginning = outer
      return inner
    }
    const begin = this.#at
    let literal = ''
    while (this.#at < text.length) {
      const char = text[this.#at] as string
      const next = text[this.#at + 1]
      if (char === '$' && next === '{') break
      if (escapes && ((char === '$' && next === '$') || (char === '\\' && (next === '/' || next === '\\')))) {
        literal += next
        this.#at += 2
        continue
      }
      if (end.includes(char)) break
      literal += char
      this.#at++
    }
    if (this.#at === begin) throw this.#malformed()
    return literal
  }

  #name(): string {
    const name = this.#operator(nameForm)
    this.#beginning += name
    return name
  }

  /** What a sticky pattern finds here. */
  #operator(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) throw this.#malformed()
    this.#at += found.length
    return found
  }

  #close(expression: Expression): Expression {
    if (this.#next() !== '}') throw this.#malformed()
    this.#at++
    return expression
  }

  /** The next character; `''` at the end. */
  #next(): string {
    return this.#text[this.#at] ?? ''
  }

  #malformed(): MalformedExpression {
    return new MalformedExpression(this.#beginning)
  }
}
