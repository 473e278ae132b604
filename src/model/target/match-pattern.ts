import { type Expression, parseExpression } from './pattern.ts'

/** How many steps a pattern may have; `(a{1000}){1000}` has too many. */
const maxSteps = 512
/** A text without any sign is equal to what it matches. */
const literal: RegExp = /^[A-Za-z0-9_-]*$/

/** One step of a compiled pattern: a character is read, a condition holds, or it goes on at both of two steps. */
type Step =
  | { readonly kind: 'char'; readonly test: (char: string) => boolean }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'either'; first: number; second: number }

/**
 * Compiles a pattern to what tells whether it matches a *whole* text, as Flux takes the patterns of its targets; `undefined` for
 * one that is not accepted. The time is at most the length of the text times the number of steps (Thompson's simulation).
 */
export function compilePattern(pattern: string): ((text: string) => boolean) | undefined {
  if (literal.test(pattern)) return (text) => text === pattern
  const expression = parseExpression(pattern)
  const steps: Step[] = []
  if (expression === undefined || !emit(expression, steps)) return undefined
  return (text) => matchesWhole(steps, [...text])
}

/** Writes the steps of an expression. False when there are too many. */
function emit(expression: Expression, steps: Step[]): boolean {
  if (steps.length > maxSteps) return false
  switch (expression.kind) {
    case 'sequence':
      return expression.parts.every((part) => emit(part, steps))
    case 'choice':
      return emitChoice(expression.parts, steps)
    case 'repeat':
      return emitRepeat(expression, steps)
    default:
      steps.push(expression)
      return true
  }
}

function emitChoice(parts: readonly Expression[], steps: Step[]): boolean {
  const ends: Extract<Step, { kind: 'either' }>[] = []
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1
    const fork = last ? undefined : push(steps)
    if (!emit(part, steps)) return false
    if (fork === undefined) continue
    ends.push(push(steps))
    fork.second = steps.length
  }
  for (const end of ends) {
    end.first = steps.length
    end.second = steps.length
  }
  return steps.length <= maxSteps
}

function emitRepeat({ part, min, max }: Extract<Expression, { kind: 'repeat' }>, steps: Step[]): boolean {
  const before = steps.length
  for (let count = 0; count < min; count++) {
    if (!emit(part, steps)) return false
    // What reads and demands nothing is the same however often it is there.
    if (steps.length === before) return true
  }
  if (max === undefined) {
    const begin = steps.length
    const fork = push(steps)
    if (!emit(part, steps)) return false
    const loop = push(steps)
    loop.first = begin
    loop.second = begin
    fork.second = steps.length
    return true
  }
  const forks: Extract<Step, { kind: 'either' }>[] = []
  for (let count = min; count < max; count++) {
    forks.push(push(steps))
    if (!emit(part, steps)) return false
  }
  for (const fork of forks) fork.second = steps.length
  return true
}

/** A step that goes on at the next one; where else is set later. */
function push(steps: Step[]): Extract<Step, { kind: 'either' }> {
  const step = { kind: 'either' as const, first: steps.length + 1, second: steps.length + 1 }
  steps.push(step)
  return step
}

function matchesWhole(steps: readonly Step[], text: readonly string[]): boolean {
  let current = reach([0], steps, 0, text.length)
  for (let at = 0; at < text.length && current.size > 0; at++) {
    const next: number[] = []
    for (const index of current) {
      const step = steps[index]
      if (step?.kind === 'char' && step.test(text[at] as string)) next.push(index + 1)
    }
    current = reach(next, steps, at + 1, text.length)
  }
  return current.has(steps.length)
}

/** The steps that are reached from some without reading a character. */
function reach(from: readonly number[], steps: readonly Step[], at: number, length: number): ReadonlySet<number> {
  const reached = new Set<number>()
  const open = [...from]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    const step = steps[index]
    if (step?.kind === 'either') open.push(step.first, step.second)
    else if ((step?.kind === 'begin' && at === 0) || (step?.kind === 'end' && at === length)) open.push(index + 1)
  }
  return reached
}
