import type { ExploreEvent } from './event.ts'
import { type MergedWorld, Merger } from './merge.ts'
import { isFinal, type Policy, type Violation } from './policy.ts'
import { endless } from './replay.ts'
import type { World } from './world.ts'

/** What a search found. */
export interface Found {
  readonly violation: Violation
  readonly steps: readonly ExploreEvent[]
}

/** The worlds that can come about, nearest first: by number, in the order in which they were found. */
export class Search {
  readonly #policy: Policy
  readonly #merger: Merger
  readonly #numbers: Map<string, number> = new Map()
  /** Those whose events have not happened yet; `undefined` once they have. */
  readonly #worlds: (MergedWorld | undefined)[] = []
  readonly #parents: number[] = []
  readonly #events: (ExploreEvent | undefined)[] = []
  readonly #depths: number[] = []
  /** The world that comes next if nothing goes wrong any more; itself at the end; -1 when nothing comes. */
  readonly #calm: number[] = []
  transitions = 0
  found: Found | undefined

  constructor(policy: Policy) {
    this.#policy = policy
    this.#merger = new Merger(policy.setting, policy.start)
  }

  get states(): number {
    return this.#worlds.length
  }

  get depth(): number {
    return this.#depths.at(-1) ?? 0
  }

  /** Goes through all worlds, up to `bound` of them; whether that was all. Stops at the first violation, which is a nearest one. */
  run(bound: number): boolean {
    this.#visit(this.#policy.start, -1, undefined)
    for (let number = 0; number < this.#worlds.length && this.found === undefined; number += 1) {
      if (this.#worlds.length >= bound) return false
      this.#expand(number)
    }
    if (this.found === undefined && this.#policy.checksEnd) this.found = this.#findEndless()
    return this.found === undefined
  }

  #expand(number: number): void {
    const merged = this.#worlds[number] as MergedWorld
    const { world } = merged
    this.#worlds[number] = undefined
    const events = this.#policy.events(world)
    const calm = this.#calm[number] === number ? undefined : this.#policy.calm(world, events)
    for (const event of events) {
      const key = this.#merger.keyAfter(merged, event)
      const known = key === undefined ? undefined : this.#numbers.get(key)
      const next = known ?? this.#visit(this.#policy.next(world, event), number, event, world.now)
      this.transitions += 1
      if (event === calm) this.#calm[number] = next
      if (this.found !== undefined) return
    }
  }

  /** The number of the world that `given` is merged with. */
  #visit(given: World, parent: number, event: ExploreEvent | undefined, before?: number): number {
    const { world, key } = this.#merger.merge(given, given.now === before)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#worlds.length
    const { world: after, plan, violation } = this.#policy.look(world)
    this.#numbers.set(key, number)
    const isSame = after.state === world.state && after.targets === world.targets
    // Its parts are those of many others, and are looked at once for all that comes of it.
    this.#worlds.push(isSame ? { world: after, key } : this.#merger.merge(after))
    this.#parents.push(parent)
    this.#events.push(event)
    this.#depths.push(parent === -1 ? 0 : (this.#depths[parent] as number) + 1)
    this.#calm.push(isFinal(plan) ? number : -1)
    if (violation !== undefined) this.found = { violation, steps: this.#stepsTo(number) }
    return number
  }

  #stepsTo(number: number): readonly ExploreEvent[] {
    const steps: ExploreEvent[] = []
    for (let at = number; this.#events[at] !== undefined; at = this.#parents[at] as number) steps.push(this.#events[at] as ExploreEvent)
    return steps.reverse()
  }

  /** The nearest world from which no end is ever reached, though nothing goes wrong any more. */
  #findEndless(): Found | undefined {
    const calm = this.#calm
    // 1: it ends; 2: it does not; 3: on the path that is being followed.
    const marks = new Uint8Array(calm.length)
    for (let start = 0; start < calm.length; start += 1) {
      const path: number[] = []
      let at = start
      while (at !== -1 && marks[at] === 0 && calm[at] !== at) {
        marks[at] = 3
        path.push(at)
        at = calm[at] as number
      }
      const ends = at !== -1 && (calm[at] === at || marks[at] === 1)
      for (const each of path) marks[each] = ends ? 1 : 2
      if (ends) continue
      return { violation: endless, steps: this.#stepsTo(start) }
    }
    return undefined
  }
}
