import { compareText } from '../model/compare-text.ts'
import { OPTIONAL, RANGED, STILL_NEEDED } from './adjacency.ts'
import type { Ids } from './ids.ts'
import { BLOCKED, FAILED, SKIPPED } from './readiness.ts'
import { CYCLIC, DUPLICATE, PRESENT, STUCK, type Structure } from './structure.ts'

/** Why a node cannot go. Causes with the same blocker are named in this order. */
export const blockingCauses: readonly BlockingCause[] = [
  'failed',
  'skipped',
  'cycle',
  'duplicate',
  'missing',
  'still-needed-by',
  'out-of-range',
]

/** Why a node cannot go on; the first of them is named where several apply. */
export type BlockingCause = 'failed' | 'skipped' | 'cycle' | 'duplicate' | 'missing' | 'still-needed-by' | 'out-of-range'

/** A node that cannot go, and the nearest reason; the path to the blocker is in the explanation of the node. */
export interface Blocked {
  readonly id: string
  readonly cause: BlockingCause
  /** The id that is missing, failed, in a cycle, …; of several equally near ones the smallest. */
  readonly blocker: string
}

/** A blocker that a node meets in its own edges, one step away, or that it is itself. */
export interface OwnCause {
  readonly cause: BlockingCause
  readonly blocker: number
  /** Steps from the node: 0 when it is the blocker itself. */
  readonly distance: 0 | 1
  /** The range that the blocker is out of. */
  readonly range?: string
}

/** What stops a node at itself or at the other end of one of its edges. */
export function ownCauses(node: number, { dependencies, marks, fits }: Structure, state: Uint8Array): OwnCause[] {
  const causes: OwnCause[] = []
  const mark = marks[node] as number
  if ((mark & CYCLIC) !== 0) causes.push({ cause: 'cycle', blocker: node, distance: 0 })
  if ((mark & DUPLICATE) !== 0) causes.push({ cause: 'duplicate', blocker: node, distance: 0 })
  for (let slot = dependencies.first[node] as number; slot < (dependencies.last[node] as number); slot += 1) {
    const blocker = dependencies.target[slot] as number
    const edge = dependencies.mark[slot] as number
    const required = (edge & OPTIONAL) === 0
    if (((marks[blocker] as number) & PRESENT) === 0) {
      if (required) causes.push({ cause: (edge & STILL_NEEDED) !== 0 ? 'still-needed-by' : 'missing', blocker, distance: 1 })
    } else if ((edge & RANGED) !== 0 && !fits(blocker, dependencies.range(slot))) {
      causes.push({ cause: 'out-of-range', blocker, distance: 1, range: dependencies.range(slot) })
    }
    if (required && state[blocker] === FAILED) causes.push({ cause: 'failed', blocker, distance: 1 })
    if (required && state[blocker] === SKIPPED) causes.push({ cause: 'skipped', blocker, distance: 1 })
  }
  return causes
}

/** Whether what blocks a node blocks its dependants too. */
export function passesOn(node: number, { marks }: Structure, state: Uint8Array): boolean {
  return state[node] === BLOCKED || ((marks[node] as number) & STUCK) !== 0
}

/** Orders causes with the same distance. */
export function compareCauses(a: OwnCause, b: OwnCause, ids: Ids): number {
  return compareText(ids.name(a.blocker), ids.name(b.blocker)) || blockingCauses.indexOf(a.cause) - blockingCauses.indexOf(b.cause)
}

/** Every blocked node with the nearest blocker, in one sweep from the blockers to their dependants. Not sorted. */
export function listBlocked(structure: Structure, state: Uint8Array, ids: Ids): Blocked[] {
  const { dependants, marks } = structure
  const best: (OwnCause | undefined)[] = []
  const blockers: number[] = []
  const neighbours: number[] = []
  for (let node = 0; node < marks.length; node += 1) {
    if (((marks[node] as number) & PRESENT) === 0 || !passesOn(node, structure, state)) continue
    const [nearest] = ownCauses(node, structure, state).sort((a, b) => a.distance - b.distance || compareCauses(a, b, ids))
    if (nearest === undefined) continue
    best[node] = nearest
    if (nearest.distance === 0) blockers.push(node)
    else neighbours.push(node)
  }

  const visited = new Uint8Array(marks.length)
  for (let level = blockers, next = neighbours; level.length > 0 || next.length > 0; level = next, next = []) {
    for (const node of level) visited[node] = 1
    for (const node of level) {
      const cause = best[node] as OwnCause
      for (let slot = dependants.first[node] as number; slot < (dependants.last[node] as number); slot += 1) {
        const dependant = dependants.target[slot] as number
        const required = ((dependants.mark[slot] as number) & OPTIONAL) === 0
        if (!required || visited[dependant] === 1 || !passesOn(dependant, structure, state)) continue
        // What is known of a node that is not visited yet has the same distance as this.
        const known = best[dependant]
        if (known === undefined) next.push(dependant)
        else if (compareCauses(cause, known, ids) >= 0) continue
        best[dependant] = cause
      }
    }
  }

  const blocked: Blocked[] = []
  for (let node = 0; node < marks.length; node += 1) {
    if (state[node] !== BLOCKED) continue
    const { cause, blocker } = best[node] as OwnCause
    blocked.push({ id: ids.name(node), cause, blocker: ids.name(blocker) })
  }
  return blocked
}
