import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { onAbort } from '../../../async/on-abort.ts'
import { Semaphore } from '../../../async/semaphore.ts'
import type { ParsedDocument } from '../../../manifest/parse-file.ts'
import { abortError } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { parseJson } from '../../../model/json/parse-json.ts'
import type { ReadAnswer, ReadRequest } from './reading-thread-main.ts'

/** What one thread may hold; the limits of manifests keep far below it. */
const heapMegabytes = 2048
const slots = new Semaphore(availableParallelism())

/** A thread that reads manifests and hands over what it read piece by piece, when it is asked. */
export class ReadingThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #slot: Disposable
  readonly #link: Disposable
  #waiting: PromiseWithResolvers<ReadAnswer> | undefined
  #failure: unknown

  private constructor(main: URL, slot: Disposable, signal: AbortSignal | undefined) {
    this.#slot = slot
    this.#worker = new Worker(main, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } })
    this.#worker.on('message', (answer: ReadAnswer) => this.#waiting?.resolve(answer))
    this.#worker.on('error', (error) => this.#fail(failureOf(error)))
    this.#worker.on('exit', (code) => this.#fail(new FleetkitError('internal', `the thread that reads manifests ended with ${code}`)))
    this.#link = onAbort(signal, () => this.#fail(abortError(signal as AbortSignal)))
  }

  /**
   * At most as many run at once as there are processors: others wait. `undefined` where the program of the thread is not beside
   * this module, as in an application that is bundled into one file.
   */
  static async start(signal: AbortSignal | undefined): Promise<ReadingThread | undefined> {
    // With the ending of this file, before and after it is compiled.
    const main = new URL(import.meta.url.replace(/(?=\.[jt]s$)/, '-main'))
    return existsSync(main) ? new ReadingThread(main, await slots.acquire(signal), signal) : undefined
  }

  /** The documents of one manifest. */
  async *read(request: ReadRequest): AsyncGenerator<ParsedDocument, void, undefined> {
    let answer = await this.#ask(request)
    for (;;) {
      if (answer.failure !== undefined) throw new FleetkitError(answer.failure.code, answer.failure.message)
      if (answer.document !== undefined) yield parseJson(answer.document) as unknown as ParsedDocument
      if (answer.last) return
      answer = await this.#ask(undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link[Symbol.dispose]()
    await this.#worker.terminate()
    this.#slot[Symbol.dispose]()
  }

  async #ask(request: ReadRequest | undefined): Promise<ReadAnswer> {
    if (this.#failure !== undefined) throw this.#failure
    this.#waiting = Promise.withResolvers()
    this.#worker.postMessage(request)
    return await this.#waiting.promise
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#waiting?.reject(error)
  }
}

function failureOf(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return new FleetkitError('source/limit', `manifests take more than ${heapMegabytes} MiB to read`)
}
