import { getOrMake } from '../../get-or-make.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import { labelOf, type TargetView } from '../../target-view.ts'
import { type Block, byBlock } from '../snapshot/block.ts'
import { isStartable, type TargetState } from '../target-state.ts'
import type { Pages } from '../targets/pages.ts'
import type { StagedTargets } from '../targets/staged-targets.ts'
import type { Labels } from './scope.ts'

/** Targets in classes by the values of some labels: what goes by those labels is alike for all targets of a class. */
export class LabelClasses {
  /** By class, the labels of one of its targets. */
  readonly labels: Labels[] = []
  /** The classes of those in a block that could be started. */
  readonly startableIn: (block: Block) => ReadonlySet<number>
  /** By index. */
  readonly #classes: Uint32Array
  readonly #names: readonly string[]
  #given: Pages<TargetView>

  constructor({ views }: StagedTargets, names: readonly string[]) {
    this.#names = names
    this.#given = views.given
    const labels = views.slice().map((view) => view.labels ?? {})
    let classes = new Uint32Array(labels.length)
    // One label after the other splits the classes that those before have made.
    for (const name of names) {
      const known = new Map<string | undefined, Map<number, number>>()
      let count = 0
      classes = classes.map((split, index) => {
        const parts = getOrMake(known, labelOf(labels[index], name), () => new Map<number, number>())
        return getOrMake(parts, split, () => count++)
      })
    }
    for (const [index, its] of labels.entries()) this.labels[classes[index] as number] = its
    this.#classes = classes
    this.startableIn = byBlock(({ from, states }) => {
      const found = new Set<number>()
      for (const [at, state] of states.entries()) if (isStartable(state as TargetState)) found.add(this.of(from + at))
      return found
    })
  }

  /** Whether targets that are in the same stages as before are in the same classes too. */
  isFor({ views: { given } }: StagedTargets): boolean {
    for (const at of given.changesFrom(this.#given)) {
      const [now, before] = [given.at(at).labels, this.#given.at(at).labels]
      if (now !== before && this.#names.some((name) => labelOf(now, name) !== labelOf(before, name))) return false
    }
    this.#given = given
    return true
  }

  of(index: number): number {
    return this.#classes[index] as number
  }
}

/** By the stages that targets were assigned to, and by the names of the labels. */
const remembered: WeakMap<readonly ResolvedStage[], Map<string, LabelClasses>> = new WeakMap()

/** The classes of targets by some labels. */
export function labelClasses(staged: StagedTargets, names: readonly string[]): LabelClasses {
  const known = getOrMake(remembered, staged.stages, () => new Map<string, LabelClasses>())
  const key = JSON.stringify(names)
  const classes = known.get(key)
  if (classes?.isFor(staged) === true) return classes
  const made = new LabelClasses(staged, names)
  known.set(key, made)
  return made
}
