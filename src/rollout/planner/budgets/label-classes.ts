import type { ResolvedStage } from '../../strategy/resolve.ts'
import { labelOf } from '../../target-view.ts'
import { type Block, byBlock } from '../snapshot/block.ts'
import { isStartable, type TargetState } from '../target-state.ts'
import type { StagedTargets } from '../targets/staged-targets.ts'
import type { Labels } from './scope.ts'

/** Targets in classes by the values of some labels: what goes by those labels is alike for all targets of a class. */
export class LabelClasses {
  readonly names: readonly string[]
  /** By class, the labels of one of its targets. */
  readonly labels: Labels[] = []
  /** The classes of those in a block that could be started. */
  readonly startableIn: (block: Block) => ReadonlySet<number>
  /** By index. */
  readonly #classes: Uint32Array

  constructor({ views }: StagedTargets, names: readonly string[]) {
    this.names = names
    const classes = new Uint32Array(views.length)
    // One label after the other splits the classes that those before have made.
    let count = 1
    for (const name of names) {
      const known = new Map<string | undefined, Map<number, number>>()
      const splits = new Uint32Array(views.length)
      count = 0
      for (let index = 0; index < views.length; index += 1) {
        const value = labelOf(views.at(index).labels, name)
        const parts = known.get(value) ?? new Map<number, number>()
        known.set(value, parts)
        const part = parts.get(classes[index] as number) ?? count++
        parts.set(classes[index] as number, part)
        splits[index] = part
      }
      classes.set(splits)
    }
    for (let index = views.length - 1; index >= 0; index -= 1) this.labels[classes[index] as number] = views.at(index).labels ?? {}
    this.#classes = classes
    this.startableIn = byBlock(({ from, states }) => {
      const found = new Set<number>()
      for (const [at, state] of states.entries()) if (isStartable(state as TargetState)) found.add(this.of(from + at))
      return found
    })
  }

  of(index: number): number {
    return this.#classes[index] as number
  }
}

/** By the stages that targets were assigned to: as long as these are the same, so are the labels. */
const remembered: WeakMap<readonly ResolvedStage[], LabelClasses> = new WeakMap()

/** The classes of targets by some labels. */
export function labelClasses(staged: StagedTargets, names: readonly string[]): LabelClasses {
  const known = remembered.get(staged.stages)
  if (known?.names.length === names.length && names.every((name, at) => name === known.names[at])) return known
  const classes = new LabelClasses(staged, names)
  remembered.set(staged.stages, classes)
  return classes
}
