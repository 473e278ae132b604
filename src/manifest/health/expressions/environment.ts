import {
  type CelFunc,
  type CelList,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  isCelList,
  isCelMap,
  listType,
} from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import type { Budget } from './budget.ts'
import { present, range, turn } from './syntax.ts'

/** What one turn of a loop costs, beside what it calls. */
const turnSteps = 8

/** Functions whose work, or whose result, can grow with the product of the sizes of what they are given. */
const products: ReadonlySet<string> = new Set([...strings.map(({ name }) => name), 'matches'])

const list = listType(CelScalar.DYN)

/** The functions that an expression can call: CEL's own and those of strings. Each call pays from `budget`. */
export function meteredEnv(budget: Budget): CelEnv {
  const turns = celFunc(turn, [], CelScalar.BOOL, () => true)
  const [ranges, presents] = [range, present].map((name) => celFunc(name, [CelScalar.DYN], CelScalar.DYN, (value) => value))
  const env = celEnv({ funcs: [...strings, listSum(), turns, ranges as CelFunc, presents as CelFunc] })
  const find: CelEnv['funcs']['find'] = (name) => {
    const group = env.funcs.find(name)
    return group && budget.metered(group, priceOf(name, budget))
  }
  return Object.create(env, { funcs: { value: Object.create(env.funcs, { find: { value: find } }) } }) as CelEnv
}

type CelEnv = ReturnType<typeof celEnv>

/** How many steps a call of a function costs, beside the one that every call does. */
function priceOf(name: string, budget: Budget): (target: CelValue | undefined, args: readonly CelValue[]) => number {
  if (name === turn) return () => turnSteps
  if (name === present) return () => 0
  if (name === range) return (_, [value]) => lengthOf(value)
  if (products.has(name)) {
    // A regular expression is matched in linear time, eight characters in about a step.
    const each = name === 'matches' ? 1 / 8 : 1
    return (target, args) => [target, ...args].reduce((steps: number, value) => steps * budget.sizeOf(value), each)
  }
  // Joining lists copies them, which is quick; a loop that makes a list does so at each turn.
  if (name === '_+_')
    return (_, args) => (args.every(isCelList) ? args.reduce((sum, { size }) => sum + size, 0) / 16 : budget.sizeOf(...args))
  return (target, args) => budget.sizeOf(target, ...args)
}

/** The sum of two lists as one array. The library's own keeps both, and a list that a loop makes becomes a chain as long as the loop. */
function listSum(): CelFunc {
  const arrays = new WeakMap<CelList, readonly CelValue[]>()
  const arrayOf = (list: CelList): readonly CelValue[] => arrays.get(list) ?? [...list]
  return celFunc('_+_', [list, list], list, (left: CelList, right: CelList) => {
    const joined = arrayOf(left).concat(arrayOf(right))
    const sum = celList(joined)
    arrays.set(sum, joined)
    return sum
  })
}

function lengthOf(value: CelValue | undefined): number {
  return isCelList(value) || isCelMap(value) ? 1 + value.size : 1
}
