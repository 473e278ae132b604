import type { Random } from './random.ts'

type Node = Record<string | number, unknown>

/** What programs, and JSON, put in the place of anything. */
const garbage: readonly unknown[] = [
  null,
  undefined,
  Number.NaN,
  -1,
  0,
  1e300,
  '',
  'x',
  '5',
  true,
  [],
  {},
  [null],
  { stages: null },
  Infinity,
]

/** Changes one place of a value, at any depth. */
export function corrupt(value: unknown, random: Random): void {
  const nodes: Node[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    nodes.push(node as Node)
    for (const child of Object.values(node)) visit(child)
  }
  visit(value)
  const node = random.pick(nodes)
  const keys = Object.keys(node)
  const key = keys.length === 0 ? 'x' : random.pick(keys)
  if (random.chance(0.2)) delete node[key]
  else node[key] = structuredClone(random.pick(garbage))
}
