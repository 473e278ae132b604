import type { parse } from '@bufbuild/cel'

/** A node of a parsed expression. */
export type Expr = ReturnType<typeof parse>['expr']

type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value']
type Comprehension = Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value']

/**
 * Functions that {@link adapt} adds: a turn of a loop, what a loop runs over, and a value that must be there. No expression can be
 * written with these names.
 */
export const turn = '@turn'
export const range = '@range'
export const present = '@present'

/** Every node of an expression, itself first. */
export function* nodesOf(expr: Expr): Generator<Expr> {
  const pending = [expr]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node
    pending.push(...childrenOf(node))
  }
}

function childrenOf({ exprKind }: Expr): readonly Expr[] {
  switch (exprKind.case) {
    case 'callExpr':
      return [exprKind.value.target, ...exprKind.value.args].filter((each) => each !== undefined)
    case 'listExpr':
      return exprKind.value.elements
    case 'selectExpr':
      return exprKind.value.operand === undefined ? [] : [exprKind.value.operand]
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        [keyKind.case === 'mapKey' ? keyKind.value : undefined, value].filter((each) => each !== undefined),
      )
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      return [iterRange, accuInit, loopCondition, loopStep, result].filter((each) => each !== undefined)
    }
    default:
      return []
  }
}

/**
 * Changes an expression so that it can be metered, and means what it means in Flux: every loop calls {@link turn} before each turn, which may
 * end it, and {@link range} for what it runs over; and `has(a.b)` fails when there is no `a`.
 */
export function adapt(expr: Expr): void {
  for (const { exprKind } of [...nodesOf(expr)]) {
    if (exprKind.case === 'comprehensionExpr') meterLoop(exprKind.value)
    if (exprKind.case === 'selectExpr' && exprKind.value.testOnly && exprKind.value.operand !== undefined) {
      exprKind.value.operand = call(exprKind.value.operand, present, [exprKind.value.operand])
    }
  }
}

function meterLoop(loop: Comprehension): void {
  const { iterRange, loopCondition } = loop
  if (iterRange === undefined || loopCondition === undefined) return
  loop.iterRange = call(iterRange, range, [iterRange])
  // An error in a condition of `_?_:_` always comes through; `&&` may swallow it.
  loop.loopCondition = call(loopCondition, '_?_:_', [call(loopCondition, turn, []), loopCondition, constant(loopCondition, false)])
}

function call({ $typeName, id }: Expr, name: string, args: Expr[]): Expr {
  const value = { $typeName: 'cel.expr.Expr.Call', function: name, args } satisfies Call
  return { $typeName, id, exprKind: { case: 'callExpr', value } }
}

function constant({ $typeName, id }: Expr, value: boolean): Expr {
  const constant = { $typeName: 'cel.expr.Constant', constantKind: { case: 'boolValue', value } } as const
  return { $typeName, id, exprKind: { case: 'constExpr', value: constant } }
}

/** The names of the functions that an expression calls. */
export function functionsOf(expr: Expr): ReadonlySet<string> {
  return new Set([...nodesOf(expr)].flatMap(({ exprKind }) => (exprKind.case === 'callExpr' ? [exprKind.value.function] : [])))
}

/** The fields of the object that an expression reads, as `status.phase`: of each chain of fields the longest part that is known beforehand. */
export function fieldsOf(expr: Expr): readonly string[] {
  const found = new Set<string>()
  const visit = (node: Expr, bound: ReadonlySet<string>): void => {
    const path = pathOf(node)
    if (path !== undefined) {
      if (!bound.has(path.split('.', 1)[0] as string)) found.add(path)
      return
    }
    const { exprKind } = node
    const own = exprKind.case === 'comprehensionExpr' ? bound.union(new Set([exprKind.value.iterVar, exprKind.value.accuVar])) : bound
    for (const child of childrenOf(node)) visit(child, own)
  }
  visit(expr, new Set())
  return [...found].sort()
}

function pathOf({ exprKind }: Expr): string | undefined {
  if (exprKind.case === 'identExpr') return exprKind.value.name
  if (exprKind.case !== 'selectExpr' || exprKind.value.operand === undefined) return undefined
  const operand = pathOf(exprKind.value.operand)
  return operand === undefined ? undefined : `${operand}.${exprKind.value.field}`
}
