/** A signal that aborts with any of others, until it is disposed of. `AbortSignal.any` never lets go of a lasting source (Node 24). */
export class AnySignal implements Disposable {
  readonly #controller = new AbortController()
  readonly #sources: readonly AbortSignal[]

  constructor(...sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined)
    for (const source of this.#sources) source.addEventListener('abort', this.#abort)
    if (this.#sources.some(({ aborted }) => aborted)) this.#abort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => this.#controller.abort(this.#sources.find(({ aborted }) => aborted)?.reason)
}
