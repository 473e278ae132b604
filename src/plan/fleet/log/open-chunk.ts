import { rolloutLogNameOf } from '../../../model/kinds/rollout-log/name.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { parseTime } from '../../../model/time.ts'
import type { HistoryEvent } from '../history/event.ts'
import { sealedBytes, timeText, withDigest } from './chunk.ts'
import { ColumnWriter } from './column-writer.ts'
import { Dictionaries, jsonBytes } from './dictionaries.ts'
import type { LogChange, LogEnd } from './log-end.ts'

/** What a chunk has beside names and columns: digests, times, the names of fields. */
const frameBytes = 1024

/** The chunk at the end of a log, to which events are added. */
export class OpenChunk {
  readonly #verb: 'create' | 'update'
  readonly #head: Pick<RolloutLogSpec, 'module' | 'seq' | 'from' | 'previous'>
  readonly #dictionaries: Dictionaries
  readonly #writer: ColumnWriter
  #count: number
  #bytes: number

  /** @param first - the next event: a chunk that is not there yet starts with it */
  constructor({ open, module, seq, at = 0, digest: previous }: LogEnd, first: HistoryEvent) {
    const [from, to] = open === undefined ? [Math.max(at, first.at), undefined] : [parseTime(open.from) as number, parseTime(open.to)]
    this.#verb = open === undefined ? 'create' : 'update'
    this.#head = open ?? { module, seq: seq + 1, from: timeText(from), previous }
    this.#count = open?.count ?? 0
    this.#bytes = frameBytes + (open === undefined ? 0 : jsonBytes([open.names, open.events]))
    this.#dictionaries = new Dictionaries(open?.names)
    this.#writer = new ColumnWriter(this.#dictionaries, to ?? from, open?.events)
  }

  /** Whether an event can be added before it is sealed. The first always can. */
  hasRoom(event: HistoryEvent): boolean {
    return this.#bytes + this.#writer.bytesOf(event) <= sealedBytes
  }

  add(event: HistoryEvent): void {
    this.#bytes += this.#writer.bytesOf(event)
    this.#writer.add(event)
    this.#count++
  }

  /** How it is written, and where the log ends then. */
  write(sealed: boolean): { readonly change: LogChange; readonly end: LogEnd } {
    const { module, seq, from, previous } = this.#head
    const at = this.#writer.last
    const chunk = { module, seq, sealed, from, to: timeText(at), count: this.#count, previous }
    const spec = withDigest({ ...chunk, names: this.#dictionaries.names, events: this.#writer.events })
    const end = { module, seq, at, digest: spec.digest, open: sealed ? undefined : spec }
    return { change: { verb: this.#verb, name: rolloutLogNameOf(spec), spec }, end }
  }
}
