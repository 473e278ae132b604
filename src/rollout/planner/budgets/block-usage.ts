import { weightOf } from '../../strategy/capacity.ts'
import type { TargetView } from '../../target-view.ts'
import { type Block, byBlock, mark, rankOf } from '../snapshot/block.ts'
import { Few } from '../snapshot/few.ts'
import { isStartable } from '../target-state.ts'

/** What the members of a block use of the budgets of their stage when a tick begins. */
export interface BlockUsage {
  readonly updating: number
  /** How many there are on which it is still open whether the wanted version fails. */
  readonly inFlight: number
  readonly updatingIds: Few
  /** When the first update ends by itself. */
  readonly until: number
  /** What all of them weigh, where budgets are by weight. */
  readonly weight: number
  /** By group; where budgets are not by weight, of those groups alone that use something. */
  readonly groups: ReadonlyMap<number, GroupPart>
}

/** What of a group is in a block. */
interface GroupPart {
  weight: number
  unavailable: number
  readonly ids: Few
}

/** What the members of a block use. */
export function blockUsage(block: Block, weighted: boolean): BlockUsage {
  return weighted ? byWeight(block) : byCount(block)
}

/** Of those in a block that could be started, and neither update nor are unavailable, the index of one, by group. */
export const availableIn: (block: Block) => ReadonlyMap<number, number> = byBlock(({ from, states, marks, groups }) => {
  const found = new Map<number, number>()
  for (const [at, state] of states.entries()) {
    if (isStartable(state) && rankOf(marks[at] as number) === 2) found.set(groups[at] as number, from + at)
  }
  return found
})

const byWeight: (block: Block) => BlockUsage = byBlock((block) => usageOf(block, weightOf))
const byCount: (block: Block) => BlockUsage = byBlock((block) => usageOf(block, undefined))

function usageOf({ views, states, marks, timer, groups }: Block, weigh: ((view: TargetView) => number) | undefined): BlockUsage {
  const parts = new Map<number, GroupPart>()
  const updatingIds = new Few()
  let [updating, inFlight, until, weight] = [0, 0, Number.POSITIVE_INFINITY, 0]
  for (const [at, view] of views.entries()) {
    const [state, marked, cost] = [states[at], marks[at] as number, weigh?.(view) ?? 1]
    if (state === 'updating' || state === 'soaking') inFlight += 1
    if ((marked & mark.updating) !== 0) {
      updating += cost
      updatingIds.add(view.id)
      until = Math.min(until, timer[at] as number)
    }
    const isDown = (marked & mark.unavailable) !== 0
    if (weigh === undefined && !isDown) continue
    const group = groups[at] as number
    const part = parts.get(group) ?? { weight: 0, unavailable: 0, ids: new Few() }
    parts.set(group, part)
    if (weigh !== undefined) {
      weight += cost
      part.weight += cost
    }
    if (!isDown) continue
    part.unavailable += cost
    part.ids.add(view.id)
  }
  return { updating, inFlight, updatingIds, until, weight, groups: parts }
}
