import { rolloutLogNameOf } from '../../../model/kinds/rollout-log/name.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { parseTime } from '../../../model/time.ts'
import { linkOf, nextSeq } from './chunk.ts'
import type { FleetLog, LogChunk, LogFinding } from './fleet-log.ts'

/** An object that can be used as a chunk, as far as can be said of it alone. */
export interface UsableChunk {
  readonly name: string
  readonly spec: RolloutLogSpec
}

/** An object that cannot. */
export interface UnusableChunk {
  readonly name: string
  readonly seq: number
  /** The number of the chunk after it, as far as it is known. */
  readonly next: number
  readonly finding: LogFinding
}

/** The chunks of one log in order, with what is not as it was written between them. */
export function assembleLog(module: string | undefined, usable: readonly UsableChunk[], unusable: readonly UnusableChunk[]): FleetLog {
  const assembly = new Assembly(module, unusable)
  const followed = new Set(usable.map(({ spec }) => spec.previous))
  // Of several with one number, the merged one, or the one that the next one follows.
  const isFollowed = ({ spec }: UsableChunk): number => (followed.has(linkOf(spec)) ? 1 : 0)
  const ordered = usable.toSorted(
    (a, b) => a.spec.seq - b.spec.seq || nextSeq(b.spec) - nextSeq(a.spec) || isFollowed(b) - isFollowed(a) || b.spec.count - a.spec.count,
  )
  for (const chunk of ordered) assembly.add(chunk)
  return assembly.finish()
}

class Assembly {
  readonly #module: string | undefined
  readonly #unusable: UnusableChunk[]
  readonly #findings: LogFinding[]
  readonly #chunks: LogChunk[] = []
  readonly #leftovers: string[] = []
  /** The number that the next chunk is to have. */
  #next = 1

  constructor(module: string | undefined, unusable: readonly UnusableChunk[]) {
    this.#module = module
    this.#unusable = unusable.toSorted((a, b) => a.seq - b.seq)
    this.#findings = unusable.map(({ finding }) => finding)
  }

  add({ name, spec }: UsableChunk): void {
    const last = this.#chunks.at(-1)
    if (spec.seq < this.#next && last !== undefined) this.#addCovered(name, spec, last)
    else this.#append(name, spec, last)
  }

  #append(name: string, spec: RolloutLogSpec, last: LogChunk | undefined): void {
    // What was before the first snapshot may have been deleted for its age.
    if (last !== undefined || spec.snapshot === undefined) this.#findMissing(spec.seq)
    const isNext = spec.seq === this.#next
    const isLinked = isNext && spec.previous === (last === undefined ? undefined : linkOf(last.spec))
    if (isNext && !isLinked) {
      const before = last === undefined ? 'nothing' : `${last.name}, as that is`
      this.#findings.push({ found: 'unlinked', name, message: `${name}: found that it follows another chunk, accepted ${before}` })
    }
    this.#chunks.push({ name, spec, afterGap: !isLinked })
    this.#next = nextSeq(spec)
  }

  /** A chunk whose number another one has. */
  #addCovered(name: string, spec: RolloutLogSpec, by: LogChunk): void {
    if (spec.seq > by.spec.seq && by.spec.replaces?.includes(spec.digest)) {
      this.#leftovers.push(name)
      return
    }
    const message = `${name}: found a second chunk ${spec.seq}, accepted the one in ${by.name}`
    this.#findings.push({ found: 'duplicate', name, message })
    if (name !== by.name) this.#unusable.push({ name, seq: spec.seq, next: spec.seq, finding: this.#findings.at(-1) as LogFinding })
  }

  /** Of the numbers up to one, those that no object has, whether it can be used or not. */
  #findMissing(end: number): void {
    let from = this.#next
    const nameOf = (seq: number): string => rolloutLogNameOf({ module: this.#module, seq })
    for (const { seq, next } of [...this.#unusable, { seq: end, next: end }]) {
      const to = Math.min(seq, end)
      if (from < to) {
        const [name, through] = [nameOf(from), to - from > 1 ? nameOf(to - 1) : undefined]
        const names = through === undefined ? name : `${name} to ${through}`
        this.#findings.push({ found: 'missing', name, through, message: `${names}: found nothing, accepted the events of then` })
      }
      from = Math.max(from, Math.min(next, end))
    }
  }

  finish(): FleetLog {
    const last = this.#chunks.at(-1)?.spec
    const end = this.#unusable.reduce((most, { next }) => Math.max(most, next), this.#next)
    const isKnown = last !== undefined && end === this.#next
    this.#findMissing(end)
    return {
      module: this.#module,
      chunks: this.#chunks,
      leftovers: this.#leftovers,
      unusable: this.#unusable.map(({ name, seq }) => ({ name, seq })),
      findings: this.#findings,
      end: {
        module: this.#module,
        seq: end - 1,
        at: last === undefined ? undefined : parseTime(last.to),
        digest: isKnown ? linkOf(last) : undefined,
        open: isKnown && !last.sealed ? last : undefined,
      },
    }
  }
}
