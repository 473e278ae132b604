import { getOrMake } from '../../get-or-make.ts'
import type { OpenedStage } from '../../state/state.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import { labelOf, type TargetView } from '../../target-view.ts'
import { blockSize } from '../snapshot/block.ts'
import type { Pages } from './pages.ts'

/**
 * The targets by stage. Each has an index: those of the first stage come first, in their order, then those of the next, and so on, and
 * last those that are no longer selected. Everything else about targets is kept by that index.
 */
export interface StagedTargets {
  readonly stages: readonly ResolvedStage[]
  /** By index. */
  readonly views: StagedViews
  /** By stage, the index of its first member; one more at the end, which is that of the first deselected target. */
  readonly first: readonly number[]
  /** By stage, how many blocks come before its own; two more at the end, for the deselected targets and for all. */
  readonly firstBlock: readonly number[]
  /** By index, the stage; the number of stages for a deselected target. */
  readonly stageOf: Uint16Array
  /** By index, the group of `within`; groups are numbered over all stages. */
  readonly groupOf: Uint32Array
  /** By group, how many members it has. */
  readonly groupSize: readonly number[]
  /** Targets that no stage of the strategy takes. */
  readonly unmatched: readonly string[]
  /** Ids that more than one target has: either could be meant, so that neither is started. */
  readonly duplicates: readonly string[]
  /** By index, 1 for those with such an id. */
  readonly repeated: Uint8Array
  /** By stage, whom it took when it began; `undefined` for one without a limit, or that has not begun. */
  readonly took: readonly OpenedStage['took'][]
  /** By position in the list that was given, the index. */
  readonly indexAt: Uint32Array
}

/** The targets that were given, by index. */
export class StagedViews {
  readonly given: Pages<TargetView>
  readonly #source: Uint32Array

  /** @param source - by index, the position in `given` */
  constructor(given: Pages<TargetView>, source: Uint32Array) {
    this.given = given
    this.#source = source
  }

  get length(): number {
    return this.#source.length
  }

  at(index: number): TargetView {
    return this.given.at(this.#source[index] as number)
  }

  slice(from?: number, to?: number): readonly TargetView[] {
    const views: TargetView[] = []
    for (const position of this.#source.subarray(from, to)) views.push(this.given.at(position))
    return views
  }

  /** The same places, with what was given later. */
  with(given: Pages<TargetView>): StagedViews {
    return new StagedViews(given, this.#source)
  }
}

/** In which block of all a target is. */
export function blockOf({ first, firstBlock, stageOf }: StagedTargets, index: number): number {
  const stage = stageOf[index] as number
  return (firstBlock[stage] as number) + Math.floor((index - (first[stage] as number)) / blockSize)
}

/**
 * Numbers the members of the stages, and their groups.
 *
 * @param members - by stage, the positions in `given`; last those of the deselected
 */
export function numberMembers(
  stages: readonly ResolvedStage[],
  members: readonly (readonly number[])[],
  given: readonly TargetView[],
): Omit<StagedTargets, 'views' | 'unmatched' | 'duplicates' | 'repeated' | 'took'> & { readonly source: Uint32Array } {
  const source = Uint32Array.from(members.flat())
  const [stageOf, groupOf, indexAt] = [new Uint16Array(source.length), new Uint32Array(source.length), new Uint32Array(source.length)]
  const groupSize: number[] = []
  const first: number[] = []
  const firstBlock: number[] = [0]
  let next = 0
  for (const [stage, positions] of members.entries()) {
    first.push(next)
    firstBlock.push((firstBlock[stage] as number) + Math.ceil(positions.length / blockSize))
    const within = stages[stage]?.within
    const groups = new Map<string | undefined, number>()
    for (const position of positions) {
      const value = labelOf((given[position] as TargetView).labels, within)
      const group = groups.get(value) ?? groupSize.push(0) - 1
      groups.set(value, group)
      groupSize[group] = (groupSize[group] as number) + 1
      stageOf[next] = stage
      groupOf[next] = group
      indexAt[position] = next
      next += 1
    }
  }
  return { stages, source, first, firstBlock, stageOf, groupOf, groupSize, indexAt }
}

const indices: WeakMap<Uint32Array, ReadonlyMap<string, number>> = new WeakMap()

/** The index of each target by its id. */
export function indicesById({ indexAt, views }: StagedTargets): ReadonlyMap<string, number> {
  return getOrMake(indices, indexAt, () => new Map(views.slice().map(({ id }, index) => [id, index])))
}
