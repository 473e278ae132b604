import { isLabelValue, isQualifiedName } from '../names.ts'
import type { LabelExpression, LabelSelector } from '../selector.ts'

/** What is accepted, in words. */
export const selectorAccepted = 'a selector such as app=web,tier in (a,b),!legacy'

const token: RegExp = /[ \t\r\n]*(==|!=|[=!,()]|[^ \t\r\n=!,()<>]+|$)/y

/**
 * Reads a selector in the query form of the Kubernetes API, as `kubectl -l` takes it; `undefined` when it is none. An empty one selects everything.
 * Comparisons of numbers (`>`, `<`) are not accepted: `LabelSelector` has none.
 */
export function parseSelector(text: string): LabelSelector | undefined {
  const tokens = tokensOf(text)
  if (tokens === undefined) return undefined
  if (tokens.length === 0) return {}
  const matchExpressions: LabelExpression[] = []
  let at = 0
  do {
    const found = parseRequirement(tokens, at)
    if (found === undefined) return undefined
    matchExpressions.push(found.expression)
    at = found.end
  } while (tokens[at++] === ',')
  return at > tokens.length ? { matchExpressions } : undefined
}

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const found = token.exec(text)?.[1]
    if (found === undefined) return undefined
    if (found !== '') tokens.push(found)
  }
  return tokens
}

interface Requirement {
  readonly expression: LabelExpression
  /** Where the next token is. */
  readonly end: number
}

function parseRequirement(tokens: readonly string[], begin: number): Requirement | undefined {
  const absent = tokens[begin] === '!'
  const at = absent ? begin + 1 : begin
  const key = tokens[at]
  if (key === undefined || !isQualifiedName(key)) return undefined
  if (absent) return { expression: { key, operator: 'DoesNotExist' }, end: at + 1 }
  const operator = tokens[at + 1]
  switch (operator) {
    case '=':
    case '==':
    case '!=': {
      const given = tokens[at + 2]
      const empty = given === undefined || given === ','
      const values = [empty ? '' : given]
      const end = empty ? at + 2 : at + 3
      return values.every(isLabelValue) ? { expression: { key, operator: operator === '!=' ? 'NotIn' : 'In', values }, end } : undefined
    }
    case 'in':
    case 'notin':
      return parseList(tokens, at + 2, key, operator === 'in' ? 'In' : 'NotIn')
    default:
      return { expression: { key, operator: 'Exists' }, end: at + 1 }
  }
}

function parseList(tokens: readonly string[], begin: number, key: string, operator: 'In' | 'NotIn'): Requirement | undefined {
  if (tokens[begin] !== '(') return undefined
  const close = tokens.indexOf(')', begin)
  if (close < 0) return undefined
  const values: string[] = []
  let expected = true
  for (const each of tokens.slice(begin + 1, close)) {
    if (each === ',') {
      // Nothing between two commas is the empty value.
      if (expected) values.push('')
      expected = true
    } else if (!expected) return undefined
    else {
      values.push(each)
      expected = false
    }
  }
  if (expected) values.push('')
  return values.every(isLabelValue) ? { expression: { key, operator, values }, end: close + 1 } : undefined
}
