import { inTurns } from '../../../async/in-turns.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import type { JsonObject } from '../../../model/object.ts'
import type { HistoryEvent } from '../../../plan/fleet/history/event.ts'
import { appendToLog, type LogAppend } from '../../../plan/fleet/log/append.ts'
import type { LogChange, LogEnd } from '../../../plan/fleet/log/log-end.ts'
import { readLogsSteps } from '../../../plan/fleet/log/read-logs.ts'
import { listAll } from '../../attempt/list-all.ts'
import type { RunContext } from '../../runtime/context.ts'
import { rolloutLogType } from '../types.ts'

/** Appends to the logs of a fleet: that of each Module, and its own. */
export class LogWriter {
  readonly #namespace: string
  readonly #context: Pick<RunContext, 'store' | 'signal' | 'logger'>
  /** What is still to be appended, by Module. */
  readonly #events: Map<string | undefined, HistoryEvent[]> = new Map()
  /** Where a log ends if what could not be appended was, and how many events that were. */
  readonly #lost: Map<string | undefined, { readonly digest: string | undefined; readonly count: number }> = new Map()
  /** Where each log ends; `undefined` until they have been read. */
  #ends: Map<string | undefined, LogEnd> | undefined

  constructor(namespace: string, context: Pick<RunContext, 'store' | 'signal' | 'logger'>) {
    this.#namespace = namespace
    this.#context = context
  }

  add(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      const own = this.#events.get(event.module) ?? []
      this.#events.set(event.module, own)
      own.push(event)
    }
  }

  /** Appends what was added. What it rejects for is appended the next time. */
  async write(): Promise<void> {
    if (this.#events.size === 0) return
    this.#ends ??= await this.#readEnds()
    for (const [module, events] of [...this.#events]) {
      const end = this.#ends.get(module) ?? { ...(module !== undefined && { module }), seq: 0 }
      const lost = this.#lost.get(module)
      this.#lost.delete(module)
      // The answer to a write that was carried out can be lost.
      if (lost !== undefined && lost.digest === end.digest) events.splice(0, lost.count)
      const next = this.#appended(end, events)
      try {
        await this.#append(next.changes, end)
      } catch (error) {
        this.#lost.set(module, { digest: next.end.digest, count: events.length })
        // Another writer may have appended.
        this.#ends = undefined
        throw error
      }
      this.#ends.set(module, next.end)
      this.#events.delete(module)
    }
  }

  /** What cannot be written down is left out: it would keep everything after it from the log. */
  #appended(end: LogEnd, events: readonly HistoryEvent[]): LogAppend {
    try {
      return appendToLog(end, events)
    } catch (error) {
      this.#context.logger.error('events cannot be written to the log', { module: end.module, count: events.length, error })
      return { changes: [], end }
    }
  }

  async #append(changes: readonly LogChange[], { digest }: LogEnd): Promise<void> {
    const { store, signal } = this.#context
    for (const { verb, name, spec } of changes) {
      const metadata = { namespace: this.#namespace, name }
      const ref = { ...rolloutLogType, ...metadata }
      const written = spec as unknown as JsonObject
      if (verb === 'create') {
        await store.create({ ...rolloutLogType, metadata, spec: written }, { signal })
        continue
      }
      const object = await store.get(ref, { signal })
      if (object === undefined || (object.spec as Partial<RolloutLogSpec> | undefined)?.digest !== digest)
        throw new FleetkitError('store/conflict', 'another writer has changed the log', { ref })
      await store.update({ ...object, spec: written }, { signal })
    }
  }

  async #readEnds(): Promise<Map<string | undefined, LogEnd>> {
    const { store, signal } = this.#context
    const objects = await listAll(store, rolloutLogType, { namespace: this.#namespace, signal })
    const { logs } = await inTurns(readLogsSteps(objects))
    return new Map(logs.map(({ module, end }) => [module, end]))
  }
}
