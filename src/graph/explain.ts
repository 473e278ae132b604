import { compareText } from '../model/compare-text.ts'
import { OPTIONAL } from './adjacency.ts'
import { type BlockingCause, blockingCauses, ownCauses, passesOn } from './causes.ts'
import type { Cycle } from './cycles.ts'
import type { Ids } from './ids.ts'
import { BLOCKED, FAILED, type NodeState, READY, RUNNING, stateName, WAITING } from './readiness.ts'
import { CIRCLE, DUPLICATE, isRelaxed, PRESENT, type Structure } from './structure.ts'

/** One reason why a node does not go. */
export interface Cause {
  /** `pending` is a dependency that is ready or running, so the node waits; every other cause blocks. */
  readonly cause: BlockingCause | 'pending'
  readonly culprit: string
  /** The shortest way from the node to the culprit, both included; of several the one that is smallest id by id. */
  readonly via: readonly string[]
  /** For `cycle`: a shortest way around. */
  readonly cycle?: readonly string[]
  /** For `out-of-range`: the range, and the version found. */
  readonly range?: string
  readonly version?: string
  /** For `pending`: where the culprit stands. */
  readonly state?: NodeState
}

/** Why a node stands where it stands. Plain JSON. */
export interface Explanation {
  readonly id: string
  readonly state: NodeState
  /** How many nodes must go one after the other before it; absent when it can never go as the graph is. */
  readonly layer?: number
  /** Nearest first. What lies behind another cause is not listed: it may be gone once that is dealt with. */
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

/** Walks breadth first from `start`, neighbours in the order of ids, so that the first way found to a node is the one to name. */
function* walk(
  start: number,
  { ids }: ExplainInput,
  next: (node: number) => number[],
): Generator<{ readonly node: number; via: () => string[] }> {
  const cameFrom = new Map<number, number>([[start, -1]])
  for (const node of cameFrom.keys()) {
    yield {
      node,
      via: () => {
        const path: string[] = []
        for (let at = node; at !== -1; at = cameFrom.get(at) as number) path.push(ids.name(at))
        return path.reverse()
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
    if (((marks[node] as number) & (CIRCLE | DUPLICATE)) !== 0) return []
    return dependencies
      .list(node)
      .filter(({ mark }) => (mark & OPTIONAL) === 0)
      .map(({ target }) => target)
      .filter(
        (target) => ((marks[target] as number) & PRESENT) !== 0 && (state[target] as number) < FAILED && passesOn(target, structure, state),
      )
  }
  for (const { node, via } of walk(start, input, next)) {
    for (const { cause, culprit, distance, range } of ownCauses(node, structure, state)) {
      const cycle = cause === 'cycle' ? cycleOf.get(culprit) : undefined
      const one: Cause = {
        cause,
        culprit: ids.name(culprit),
        via: distance === 0 ? via() : [...via(), ids.name(culprit)],
        ...(cycle && { cycle: cycle.path }),
        ...(range !== undefined && { range, ...versionField(versionOf(culprit)) }),
      }
      // One cycle is one cause, whichever member is met; so is one culprit, whichever edge leads to it.
      const key = cycle ?? `${cause} ${range ?? ''} ${one.culprit}`
      const known = found.get(key)
      if (known === undefined || compareWays(one, known) < 0) found.set(key, one)
    }
  }
  return [...found.values()].sort(compareWays)
}

function versionField(version: string | undefined): { readonly version?: string } {
  return version === undefined ? {} : { version }
}

/** Nearest first, then by culprit, kind and range. Of two ways to one culprit the smaller is found first. */
function compareWays(a: Cause, b: Cause): number {
  const kinds: readonly string[] = blockingCauses
  return (
    a.via.length - b.via.length ||
    compareText(a.culprit, b.culprit) ||
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
  for (const { node, via } of walk(start, input, next)) {
    if (state[node] === WAITING) continue
    causes.push({ cause: 'pending', culprit: ids.name(node), via: via(), state: stateName(state[node] as number) as NodeState })
  }
  return causes.sort(compareWays)
}

function describe(id: string, state: NodeState, causes: readonly Cause[]): string {
  const [first] = causes
  if (first === undefined) return state === 'ready' ? `${id} is ready: nothing is in its way.` : `${id} is ${state}.`
  const rest = causes.length === 1 ? '' : ` ${causes.length - 1} more ${causes.length === 2 ? 'cause' : 'causes'}.`
  const way = first.via.length > 2 ? ` (${arrows(first.via)})` : ''
  return `${id} is ${state}: ${describeCause(first)}${way}.${rest}`
}

function describeCause({ cause, culprit, via, cycle = [], range, version, state }: Cause): string {
  switch (cause) {
    case 'cycle':
      return `${via.length === 1 ? 'it' : culprit} is in a cycle, ${arrows([...cycle, cycle[0] as string])}`
    case 'duplicate':
      return `${via.length === 1 ? 'it' : culprit} is given more than once`
    case 'missing':
      return `${culprit} does not exist`
    case 'still-needed-by':
      return `${culprit} still needs it`
    case 'out-of-range':
      return `${via.length === 2 ? 'it' : via.at(-2)} needs ${culprit} ${range}, which is ${version ?? 'of no known version'}`
    case 'failed':
      return `${culprit} failed`
    case 'skipped':
      return `${culprit} was skipped`
    case 'pending':
      return `${culprit} is ${state === 'ready' ? 'still to be done' : state}`
  }
}

/** A way for people: a long one without its middle. */
function arrows(path: readonly string[]): string {
  const shown = path.length <= 8 ? path : [...path.slice(0, 4), `${path.length - 7} more`, ...path.slice(-3)]
  return shown.join(' → ')
}
