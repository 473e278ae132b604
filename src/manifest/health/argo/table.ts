import type { KubeObject } from '../../../model/object.ts'
import type { ObservedCondition } from '../conditions.ts'
import type { Health, HealthStatus } from '../health.ts'
import { verdict } from '../rule.ts'
import { conditionsIn } from './scope.ts'
import { compileTest, type Found, type Test } from './tests.ts'
import { wordsOf } from './text.ts'

/** How an object of a kind is judged. */
export interface TableRule {
  /** What the verdicts are called, after the kind. */
  readonly names: readonly string[]
  readonly judge: (object: KubeObject) => Health
}

interface Clause {
  /** The name of its verdict. */
  readonly name: string
  readonly status: HealthStatus
  /** Whether it is asked of each condition in turn, together with its neighbours of the same sort. */
  readonly each: boolean
  readonly tests: readonly Test[]
}

const statuses: ReadonlySet<string> = new Set([
  'Current',
  'InProgress',
  'Failed',
  'Suspended',
  'NotFound',
  'Unknown',
] satisfies HealthStatus[])

/**
 * Reads a table of rules. A block is lines with kinds, `group/Kind`, and a line for each clause: a status, and the tests (see
 * {@link compileTest}) that must all hold. The first clause that holds decides; a clause without tests always holds.
 *
 * Clauses that begin with `*` stand together: they are asked of each condition of the status in its turn, so that the first condition in
 * the list which any of them takes decides.
 *
 * @returns rules by kind, each compiled when it is first asked for
 */
export function readTable(text: string): ReadonlyMap<string, () => TableRule> {
  const rules = new Map<string, () => TableRule>()
  for (const block of text.trim().split(/\n\s*\n/)) {
    const lines = block.split('\n').map((line) => line.trim())
    // A kind has a slash where a clause has its status.
    const kinds = lines.filter((line) => /^[^\s]*\//.test(line)).flatMap((line) => line.split(/\s+/))
    const clauses = lines.filter((line) => !/^[^\s]*\//.test(line))
    let compiled: TableRule | undefined
    const compile = (): TableRule => {
      compiled ??= ruleOf(clauses.map(parseClause))
      return compiled
    }
    for (const kind of kinds) rules.set(kind, compile)
  }
  return rules
}

function parseClause(line: string): Clause {
  const [first = '', ...rest] = wordsOf(line)
  const each = first === '*'
  const [status = '', ...tests] = each ? rest : [first, ...rest]
  if (!statuses.has(status)) throw new Error(`no clause: ${line}`)
  const compiled = tests.map((test) => compileTest(test))
  const name = compiled.length === 0 ? 'otherwise' : compiled.map((test) => test.name).join('-')
  return { name, status: status as HealthStatus, each, tests: compiled }
}

function ruleOf(clauses: readonly Clause[]): TableRule {
  // Neighbours that go through the conditions form one step.
  const steps: Clause[][] = []
  for (const clause of clauses) {
    const last = steps.at(-1)
    if (clause.each && last?.[0]?.each === true) last.push(clause)
    else steps.push([clause])
  }
  const judge = (object: KubeObject): Health => {
    for (const step of steps) {
      const health = step[0]?.each === true ? askEach(step, object) : ask(step[0] as Clause, object)
      if (health !== undefined) return health
    }
    throw new Error(`no clause holds for every ${object.kind}`)
  }
  return { names: clauses.map(({ name }) => name), judge }
}

function askEach(step: readonly Clause[], object: KubeObject): Health | undefined {
  for (const condition of conditionsIn({ root: object, item: object }, 'status')) {
    for (const clause of step) {
      const health = ask(clause, object, condition)
      if (health !== undefined) return health
    }
  }
  return undefined
}

function ask({ name, status, tests }: Clause, object: KubeObject, only?: ObservedCondition): Health | undefined {
  const found: Found[] = []
  for (const test of tests) {
    const each = test.find({ root: object, item: object, only })
    if (each === undefined) return undefined
    found.push(each)
  }
  return healthOf(object, status, name, found)
}

const otherwise: Readonly<Partial<Record<HealthStatus, string>>> = {
  Current: 'Nothing is amiss.',
  InProgress: 'It does not say that it is ready yet.',
  Failed: 'It does not say that it is well.',
  Suspended: 'It is held back.',
  Unknown: 'Its status cannot be judged.',
}

function healthOf(object: KubeObject, status: HealthStatus, name: string, found: readonly Found[]): Health {
  const message = found[0]?.message ?? (otherwise[status] as string)
  const paths = found.length === 0 ? ['status'] : [...new Set(found.map(({ path }) => path))]
  return verdict(object, status, `${String(object.kind).toLowerCase()}/${name}`, message, paths)
}
