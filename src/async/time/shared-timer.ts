import type { Clock } from '../../ports/clock.ts'
import { callAfter } from './call-after.ts'
import { monotonic } from './monotonic.ts'

/** What is called at a time, unless disposed of before. */
class Waiting implements Disposable {
  readonly at: number
  readonly act: () => void
  readonly #timer: SharedTimer

  constructor(at: number, act: () => void, timer: SharedTimer) {
    this.at = at
    this.act = act
    this.#timer = timer
  }

  [Symbol.dispose](): void {
    this.#timer.forget(this)
  }
}

/** Calls each of many functions after one and the same time, by one timer: those that are disposed of in time cost next to nothing. */
export class SharedTimer {
  readonly #ms: number
  readonly #clock: Clock
  /** In the order in which they are due. */
  readonly #waiting = new Set<Waiting>()
  #timer: Disposable | undefined

  /** `ms`: after how many milliseconds each function is called. */
  constructor(ms: number, clock: Clock) {
    this.#ms = ms
    this.#clock = clock
  }

  /** Calls `act` when the time is up, unless disposed of before. */
  add(act: () => void): Disposable {
    const waiting = new Waiting(monotonic(this.#clock) + this.#ms, act, this)
    this.#waiting.add(waiting)
    this.#timer ??= this.#sleep(this.#ms)
    return waiting
  }

  forget(waiting: Disposable): void {
    this.#waiting.delete(waiting as Waiting)
    if (this.#waiting.size === 0) this.#stop()
  }

  #sleep(ms: number): Disposable {
    return callAfter(ms, this.#clock, () => {
      this.#timer = undefined
      this.#callDue()
    })
  }

  #callDue(): void {
    const now = monotonic(this.#clock)
    for (const waiting of this.#waiting) {
      if (waiting.at > now) {
        this.#timer ??= this.#sleep(waiting.at - now)
        return
      }
      this.#waiting.delete(waiting)
      waiting.act()
    }
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }
}
