import { compareText } from '../model/compare-text.ts'
import { OPTIONAL } from './adjacency.ts'
import { type BlockingCause, blockingCauses, ownCauses, passesOn } from './causes.ts'
import type { Cycle } from './cycles.ts'
import type { Ids } from './ids.ts'
import { BLOCKED, FAILED, type NodeState, READY, RUNNING, stateName, WAITING } from './readiness.ts'
import { CYCLIC, DUPLICATE, isRelaxed, PRESENT, type Structure } from './structure.ts'

/** One reason why a node does not go. */
export interface Cause {
  /** `pending` is a dependency that is ready or running, so the node waits; every other cause blocks. */
  readonly cause: BlockingCause | 'pending'
  readonly blocker: string
  /** The shortest path from the node to the blocker, both included; of several the one that is smallest id by id. */
  readonly path: readonly string[]
  /** For `cycle`: its path. */
  readonly cycle?: readonly string[]
  /** For `out-of-range`: the range, and the version found. */
  readonly range?: string
  readonly version?: string
  /** For `pending`: the state of the blocker. */
  readonly state?: NodeState
}

/** Why a node has its state. Plain JSON. */
export interface Explanation {
  readonly id: string
  readonly state: NodeState
  /** How many nodes must go one after the other before it; absent when it can never go as the graph is. */
  readonly layer?: number
  /** Nearest first. What is only reached through another cause is not listed: it may not matter once that is resolved. */
  readonly causes: readonly Cause[]
  /** The same in a sentence, for people. */
  readonly sentence: string
}

/** What an explanation is made from. */
export interface ExplainInput {
  readonly structure: Structure
  readonly state: Uint8Array
  readonly ids: Ids
  readonly cycleOf: ReadonlyMap<number, Cycle>
  readonly versionOf: (node: number) => string | undefined
}

/** Explains a node that is present. */
export function explainNode(node: number, input: ExplainInput): Explanation {
  const { structure, state, ids } = input
  const id = ids.name(node)
  const causes = state[node] === BLOCKED ? findBlocking(node, input) : state[node] === WAITING ? findPending(node, input) : []
  const layer = structure.layer[node] as number
  const name = stateName(state[node] as number) as NodeState
  return { id, state: name, ...(layer >= 0 && { layer }), causes, sentence: describe(id, name, causes) }
}

/** Walks breadth first from `start`, neighbours in the order of ids, so that the first path found to a node is the one to name. */
function* walk(
  start: number,
  { ids }: ExplainInput,
  next: (node: number) => number[],
): Generator<{ readonly node: number; path: () => string[] }> {
  const cameFrom = new Map<number, number>([[start, -1]])
  for (const node of cameFrom.keys()) {
    yield {
      node,
      path: () => {
        const reversed: string[] = []
        for (let at = node; at !== -1; at = cameFrom.get(at) as number) reversed.push(ids.name(at))
        return reversed.reverse()
      },
    }
    const neighbours = next(node).sort((a, b) => compareText(ids.name(a), ids.name(b)))
    for (const neighbour of neighbours) if (!cameFrom.has(neighbour)) cameFrom.set(neighbour, node)
  }
}

function findBlocking(start: number, input: ExplainInput): Cause[] {
  const { structure, state, ids, cycleOf, versionOf } = input
  const { dependencies, marks } = structure
  const found = new Map<unknown, Cause>()
  const next = (node: number): number[] => {
    // What a cycle or a duplicate needs besides cannot matter before it is resolved.
    if (((marks[node] as number) & (CYCLIC | DUPLICATE)) !== 0) return []
    return dependencies
      .list(node)
      .filter(({ mark }) => (mark & OPTIONAL) === 0)
      .map(({ target }) => target)
      .filter(
        (target) => ((marks[target] as number) & PRESENT) !== 0 && (state[target] as number) < FAILED && passesOn(target, structure, state),
      )
  }
  for (const { node, path } of walk(start, input, next)) {
    for (const { cause, blocker, distance, range } of ownCauses(node, structure, state)) {
      const cycle = cause === 'cycle' ? cycleOf.get(blocker) : undefined
      const one: Cause = {
        cause,
        blocker: ids.name(blocker),
        path: distance === 0 ? path() : [...path(), ids.name(blocker)],
        ...(cycle && { cycle: cycle.path }),
        ...(range !== undefined && { range, ...versionField(versionOf(blocker)) }),
      }
      // One cycle is one cause, whichever member is met; so is one blocker, whichever edge leads to it.
      const key = cycle ?? `${cause} ${range ?? ''} ${one.blocker}`
      const known = found.get(key)
      if (known === undefined || comparePaths(one, known) < 0) found.set(key, one)
    }
  }
  return [...found.values()].sort(comparePaths)
}

function versionField(version: string | undefined): { readonly version?: string } {
  return version === undefined ? {} : { version }
}

/** Nearest first, then by blocker, kind and range. Of two paths to one blocker the smaller is found first. */
function comparePaths(a: Cause, b: Cause): number {
  const kinds: readonly string[] = blockingCauses
  return (
    a.path.length - b.path.length ||
    compareText(a.blocker, b.blocker) ||
    kinds.indexOf(a.cause) - kinds.indexOf(b.cause) ||
    compareText(a.range ?? '', b.range ?? '')
  )
}

function findPending(start: number, input: ExplainInput): Cause[] {
  const { structure, state, ids } = input
  const { dependencies } = structure
  const next = (node: number): number[] => {
    if (state[node] !== WAITING) return []
    const targets: number[] = []
    for (let slot = dependencies.first[node] as number; slot < (dependencies.last[node] as number); slot += 1) {
      const target = dependencies.target[slot] as number
      const undone = state[target] === READY || state[target] === WAITING || state[target] === RUNNING
      if (undone && !isRelaxed(structure, node, slot)) targets.push(target)
    }
    return targets
  }
  const causes: Cause[] = []
  for (const { node, path } of walk(start, input, next)) {
    if (state[node] === WAITING) continue
    causes.push({ cause: 'pending', blocker: ids.name(node), path: path(), state: stateName(state[node] as number) as NodeState })
  }
  return causes.sort(comparePaths)
}

function describe(id: string, state: NodeState, causes: readonly Cause[]): string {
  const [first] = causes
  if (first === undefined) return state === 'ready' ? `${id} is ready: nothing blocks it.` : `${id} is ${state}.`
  const rest = causes.length === 1 ? '' : ` ${causes.length - 1} more ${causes.length === 2 ? 'cause' : 'causes'}.`
  const path = first.path.length > 2 ? ` (${arrows(first.path)})` : ''
  return `${id} is ${state}: ${describeCause(first)}${path}.${rest}`
}

function describeCause({ cause, blocker, path, cycle = [], range, version, state }: Cause): string {
  switch (cause) {
    case 'cycle':
      return `${path.length === 1 ? 'it' : blocker} is in a cycle, ${arrows([...cycle, cycle[0] as string])}`
    case 'duplicate':
      return `${path.length === 1 ? 'it' : blocker} is given more than once`
    case 'missing':
      return `${blocker} does not exist`
    case 'still-needed-by':
      return `${blocker} still needs it`
    case 'out-of-range':
      return `${path.length === 2 ? 'it' : path.at(-2)} needs ${blocker} ${range}, which ${version === undefined ? 'has no version' : `is ${version}`}`
    case 'failed':
      return `${blocker} failed`
    case 'skipped':
      return `${blocker} was skipped`
    case 'pending':
      return `${blocker} is ${state === 'ready' ? 'still to be done' : state}`
  }
}

/** A path for people: a long one without its middle. */
function arrows(path: readonly string[]): string {
  const shown = path.length <= 8 ? path : [...path.slice(0, 4), `${path.length - 7} more`, ...path.slice(-3)]
  return shown.join(' → ')
}
