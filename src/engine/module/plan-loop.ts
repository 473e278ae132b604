import { AbortScope } from '../../async/abort-scope.ts'
import { Wakeup } from '../../async/wakeup.ts'
import { abortError } from '../../model/errors/abort.ts'
import type { RunContext } from '../runtime/context.ts'

/** For how long changes are collected before they are planned: what comes together is one plan, and one write for each cluster. */
const collectMs = 50
/** After how long something that failed is tried again. */
export const retryMs = 2000
/** How often is asked whether something is due. */
const longestWaitMs = 10_000

/** What a loop does. */
export interface PlanWork {
  /** When it is due although nothing has changed; `null`: never. */
  readonly wakeAt: () => number | null
  /** Whether it is due for another reason. */
  readonly isDue: () => boolean
  readonly work: () => Promise<void>
}

/** Works whenever something has changed, or is due, or has failed before. */
export class PlanLoop {
  readonly #work: PlanWork
  readonly #context: Pick<RunContext, 'signal' | 'logger' | 'clock'>
  readonly #wakeup: Wakeup = new Wakeup()
  #isChanged = false
  #hasFailed = false

  constructor(work: PlanWork, context: Pick<RunContext, 'signal' | 'logger' | 'clock'>) {
    this.#work = work
    this.#context = context
  }

  /** Something has changed. */
  wake(): void {
    this.#isChanged = true
    this.#wakeup.notify()
  }

  /** Something is to be tried again. */
  retry(): void {
    this.#hasFailed = true
  }

  /** Until the signal of the context aborts. */
  async run(fields: object): Promise<void> {
    const { signal, logger, clock } = this.#context
    while (!signal.aborted) {
      try {
        await this.#wait(this.#hasFailed ? retryMs : this.#untilWake())
        if (signal.aborted) return
        if (!this.#isChanged && !this.#hasFailed && this.#untilWake() > 0 && !this.#work.isDue()) continue
        this.#hasFailed = false
        await clock.sleep(collectMs, { signal })
        this.#isChanged = false
        await this.#work.work()
      } catch (error) {
        if (signal.aborted) return
        this.#hasFailed = true
        logger.error('a fleet could not be planned', { ...fields, error })
      }
    }
  }

  #untilWake(): number {
    const at = this.#work.wakeAt()
    return at === null ? longestWaitMs : Math.min(longestWaitMs, Math.max(0, at - Math.floor(this.#context.clock.now())))
  }

  /** Until something has changed, for at most `ms`. */
  async #wait(ms: number): Promise<void> {
    if (this.#isChanged || ms === 0) return
    const { clock, signal } = this.#context
    using scope = new AbortScope(signal)
    await Promise.race([this.#wakeup.wait(scope.signal), clock.sleep(ms, { signal: scope.signal }).catch(() => {})])
    scope.abort(abortError(signal))
  }
}
