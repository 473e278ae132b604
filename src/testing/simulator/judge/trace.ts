import { formatDuration } from '../../../model/duration.ts'
import { printable } from '../../../model/printable.ts'
import type { FleetState } from './fleet-state.ts'
import type { Happening } from './happening.ts'

/** What happened, a line each, for people. It keeps the newest ones. */
export class Trace {
  readonly #now: () => number
  readonly #most: number
  #lines: string[] = []
  #left = 0
  /** Whether nothing more is said. */
  isOver = false

  /** @param now - milliseconds from the beginning */
  constructor(now: () => number, most: number) {
    this.#now = now
    this.#most = most
  }

  say(text: string): void {
    if (this.isOver) return
    this.#lines.push(`${formatDuration(Math.max(0, this.#now())).padEnd(12)} ${printable(text)}`)
    // Cut in large pieces: a piece costs as much as the whole.
    if (this.#lines.length < 2 * this.#most) return
    this.#left += this.#lines.length - this.#most
    this.#lines = this.#lines.slice(-this.#most)
  }

  get text(): string {
    const left = this.#left + Math.max(0, this.#lines.length - this.#most)
    const lines = this.#lines.slice(-this.#most)
    return [...(left > 0 ? [`${left} earlier lines are left out`] : []), ...lines].join('\n')
  }
}

/** Something that has happened, in words. */
export function wordsOf(happening: Happening, state: FleetState, why: (cluster: string, module: string) => string): string {
  switch (happening.what) {
    case 'joined':
      return `${happening.cluster} joins`
    case 'left':
      return `${happening.cluster} leaves`
    case 'lost':
      return `${happening.cluster} cannot be reached`
    case 'found':
      return `${happening.cluster} can be reached`
    case 'relabelled':
      return `${happening.cluster} has other labels`
    case 'edited':
      return `what ${happening.cluster} is assigned is edited`
    case 'taken':
      return `${happening.cluster} is to be rid of ${happening.module}, by ${happening.by}`
    case 'phase':
      return `${happening.module} is ${happening.phase}${happening.message === '' ? '' : `: ${happening.message}`}`
    case 'gone':
      return `${happening.pair.cluster} is rid of ${happening.pair.module}`
    case 'assigned': {
      const { cluster, module, revision } = happening.pair
      return `${cluster} is assigned ${module} ${state.versionOf(revision)}${why(cluster, module)}, by ${happening.by}`
    }
    case 'ready':
      return `${happening.pair.cluster} is ready with ${happening.pair.module} ${state.versionOf(happening.pair.has)}`
    case 'failed':
      return `${happening.pair.cluster} fails with ${happening.pair.module} ${state.versionOf(happening.pair.has)}`
  }
}
