import { OPTIONAL } from './adjacency.ts'
import type { NodeOutcome } from './input.ts'
import { isRelaxed, PRESENT, STUCK, type Structure } from './structure.ts'

/**
 * The state of a node: its outcome, and for a pending one whether it is `ready` to go, `waiting` for dependencies that are
 * still to be done, or `blocked` by something that does not change by itself.
 */
export type NodeState = 'ready' | 'waiting' | 'blocked' | 'running' | 'succeeded' | 'failed' | 'skipped'

/** The numbers of outcomes and states; 0 is a pending outcome, and the state of what is not there. */
export const READY = 1
export const WAITING = 2
export const BLOCKED = 3
export const RUNNING = 4
export const SUCCEEDED = 5
export const FAILED = 6
export const SKIPPED = 7

const stateNames: readonly (NodeState | undefined)[] = [
  undefined,
  'ready',
  'waiting',
  'blocked',
  'running',
  'succeeded',
  'failed',
  'skipped',
]
const outcomeNumbers: ReadonlyMap<string, number> = new Map<NodeOutcome, number>([
  ['running', RUNNING],
  ['succeeded', SUCCEEDED],
  ['failed', FAILED],
  ['skipped', SKIPPED],
])

export function stateName(state: number): NodeState | undefined {
  return stateNames[state]
}

export function outcomeName(outcome: number): NodeOutcome {
  return outcome === 0 ? 'pending' : (stateNames[outcome] as NodeOutcome)
}

export function outcomeNumber(outcome: NodeOutcome): number {
  return outcomeNumbers.get(outcome) ?? 0
}

/** The state of a node, from the states of its dependencies. */
export function stateOf(node: number, structure: Structure, outcome: Uint8Array, state: Uint8Array): number {
  const { dependencies, marks } = structure
  if (((marks[node] as number) & PRESENT) === 0) return 0
  if (outcome[node] !== 0) return outcome[node] as number
  if (((marks[node] as number) & STUCK) !== 0) return BLOCKED
  let waiting = false
  for (let slot = dependencies.first[node] as number; slot < (dependencies.last[node] as number); slot += 1) {
    const other = state[dependencies.target[slot] as number] as number
    if (other === 0 || other === SUCCEEDED) continue
    if (((dependencies.mark[slot] as number) & OPTIONAL) !== 0) {
      waiting ||= other !== BLOCKED && other < FAILED && !isRelaxed(structure, node, slot)
    } else if (other === BLOCKED || other >= FAILED) {
      return BLOCKED
    } else {
      waiting = true
    }
  }
  return waiting ? WAITING : READY
}

/**
 * Brings `state` up to date for `nodes` and for whatever that changes, in the order of layers, so that each node is looked at
 * once. Returns the nodes that were looked at.
 */
export function updateStates(nodes: Iterable<number>, structure: Structure, outcome: Uint8Array, state: Uint8Array): Set<number> {
  const { dependants, layer } = structure
  const queue = new LayerQueue(layer)
  const seen = new Set<number>()
  const add = (node: number): void => {
    if (seen.has(node)) return
    seen.add(node)
    queue.push(node)
  }
  for (const node of nodes) add(node)
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const now = stateOf(node, structure, outcome, state)
    if (now === state[node]) continue
    state[node] = now
    for (let slot = dependants.first[node] as number; slot < (dependants.last[node] as number); slot += 1) {
      const dependant = dependants.target[slot] as number
      // A relaxed edge may lead to a lower layer: to a node that was looked at and does not depend on it.
      if ((layer[dependant] as number) > (layer[node] as number)) add(dependant)
    }
  }
  return seen
}

/** A binary heap of nodes, the lowest layer first. */
class LayerQueue {
  readonly #layer: Int32Array
  readonly #heap: number[] = []

  constructor(layer: Int32Array) {
    this.#layer = layer
  }

  push(node: number): void {
    const heap = this.#heap
    const layer = this.#layer
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((layer[heap[parent] as number] as number) <= (layer[node] as number)) break
      heap[at] = heap[parent] as number
      at = parent
    }
    heap[at] = node
  }

  pop(): number | undefined {
    const heap = this.#heap
    const layer = this.#layer
    const top = heap[0]
    const moved = heap.pop()
    if (moved === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (layer[heap[child + 1] as number] as number) < (layer[heap[child] as number] as number)) child += 1
      if ((layer[heap[child] as number] as number) >= (layer[moved] as number)) break
      heap[at] = heap[child] as number
      at = child
    }
    heap[at] = moved
    return top
  }
}
