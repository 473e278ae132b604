import { abortError } from '../model/errors/abort.ts'
import { onAbort } from './on-abort.ts'

/**
 * The signal of one piece of work: it aborts with the first of `sources` that does, with that one's {@link abortError}, or by
 * {@link AbortScope.abort}. Dispose of it when the work ends, and nothing is left on the sources.
 */
export class AbortScope implements Disposable {
  readonly #controller = new AbortController()
  readonly #links: readonly Disposable[]

  constructor(...sources: readonly (AbortSignal | undefined)[]) {
    this.#links = sources.map((source) => onAbort(source, () => this.abort(abortError(source as AbortSignal))))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Aborts the work. Only the first reason counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link[Symbol.dispose]()
  }
}
