import { settlesWithin } from '../../async/time/settles-within.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'
import type { Logger } from '../../ports/logger.ts'
import { abandonAfterMs } from './abandon.ts'
import type { ManagerContext } from './context.ts'
import { type Fence, fencedContext } from './fence.ts'
import type { ManagedRun } from './managed-run.ts'
import type { Runnable } from './runnable.ts'

/** A runnable at work. */
export class RunnableRun implements ManagedRun {
  readonly #runnable: Runnable
  readonly #context: ManagerContext
  readonly #fence: Fence
  readonly #logger: Logger
  readonly #stop: AbortController = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(runnable: Runnable, context: ManagerContext, fence: Fence) {
    this.#runnable = runnable
    this.#context = context
    this.#fence = fence
    this.#logger = context.logger.child({ runnable: runnable.name })
  }

  /** Runs it to its end. Rejects with what it throws before it is stopped. */
  start(): Promise<void> {
    this.#running = this.#run(this.#stop.signal)
    return this.#running
  }

  async drain(graceMs: number): Promise<void> {
    this.abort(new FleetkitError('aborted', 'the manager was stopped'))
    const ended = await settlesWithin(this.#running, Math.max(graceMs, abandonAfterMs), this.#context.clock)
    if (!ended) this.#logger.warn('the runnable ignores its signal and was given up')
  }

  abort(reason: unknown): void {
    this.#stop.abort(reason)
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { events } = this.#context
    const { name } = this.#runnable
    try {
      await this.#runnable.run(fencedContext({ ...this.#context, logger: this.#logger }, this.#fence, signal))
    } catch (error) {
      if (signal.aborted) {
        this.#logger.debug('the runnable ended with an error after it was stopped', { error })
        return
      }
      this.#logger.error('the runnable failed', { error })
      events.emit('runnable.failed', { runnable: name, error: toError(error) })
      throw error
    }
  }
}
