import {
  type ClusterApi,
  type Driver,
  type DriverChange,
  FleetkitError,
  type KubeObject,
  type ObjectRef,
  type Observation,
  type SyncVerdict,
} from 'fleetkit'
import { DriverLoop } from './driver-loop.ts'

/** What a {@link WatchedLoop} does with each event. */
export interface WatchedLoopOptions {
  readonly cluster: ClusterApi
  readonly driver: Driver
  readonly assemblage: ObjectRef
  /** Called with the object of each event. */
  readonly onEvent?: (object: KubeObject, isGone: boolean) => void
  /** Called with the verdicts of each moment, before anything is written. */
  readonly onVerdicts?: (verdicts: readonly SyncVerdict[], found: Observation) => Promise<void> | void
  readonly onChange?: (change: DriverChange, answer: KubeObject | undefined) => void
}

/** What others have written meanwhile is seen with the next event. */
const isStale = (error: unknown): boolean =>
  error instanceof FleetkitError && ['store/conflict', 'store/exists', 'store/not-found'].includes(error.code)

/** A driver on real objects: it judges with each event of a watch, and writes if it is to. */
export class WatchedLoop extends DriverLoop implements AsyncDisposable {
  /** Whether it writes what is to be written, or only looks. */
  isWriting = true
  /** The verdicts of the last event. */
  verdicts: readonly SyncVerdict[] = []

  readonly #watched: WatchedLoopOptions
  readonly #objects = new Map<string, KubeObject>()
  readonly #stop = new AbortController()
  readonly #watches: Promise<void>[] = []
  #turn: Promise<void> = Promise.resolve()

  private constructor(options: WatchedLoopOptions) {
    super(options.driver, options.assemblage, { store: options.cluster })
    this.#watched = options
  }

  static async start(options: WatchedLoopOptions): Promise<WatchedLoop> {
    const loop = new WatchedLoop(options)
    const { namespace } = options.assemblage
    for (const type of options.driver.types) {
      const { resourceVersion } = await options.cluster.list(type, { namespace })
      loop.#watches.push(loop.#watch(options.cluster.watch(type, { namespace, resourceVersion, signal: loop.#stop.signal })))
    }
    return loop
  }

  /** What there is, as the watches have shown it. */
  get objects(): readonly KubeObject[] {
    return [...this.#objects.values()]
  }

  /** Judges now, and writes if it is to: after all turns that were asked for before. */
  turn(): Promise<void> {
    const next = this.#turn.then(() => this.#look())
    this.#turn = next.catch(() => {})
    return next
  }

  /** Resolves once the last verdicts satisfy `isDone`. */
  async until(isDone: (verdicts: readonly SyncVerdict[]) => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs
    for (;;) {
      await this.turn()
      if (isDone(this.verdicts)) return
      if (Date.now() > end) throw new Error(`not ${what} after ${timeoutMs} ms: ${JSON.stringify(this.verdicts)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#watches, this.#turn])
  }

  async #watch(events: AsyncIterable<{ readonly type: string; readonly object?: KubeObject }>): Promise<void> {
    for await (const { type, object } of events) {
      if (object === undefined) continue
      const key = `${object.kind} ${object.metadata.name}`
      const isGone = type === 'DELETED'
      const next = this.#turn.then(async () => {
        if (isGone) this.#objects.delete(key)
        else this.#objects.set(key, object)
        this.#watched.onEvent?.(object, isGone)
        await this.#look()
      })
      this.#turn = next.catch((error: unknown) => {
        if (!this.#stop.signal.aborted) console.error(error)
      })
    }
  }

  async #look(): Promise<void> {
    this.now = Date.now()
    const { found } = await this.observe(this.objects)
    this.verdicts = this.judge(found)
    await this.#watched.onVerdicts?.(this.verdicts, found)
    if (!this.isWriting) return
    for (const change of this.driver.diff(this.input(found))) {
      try {
        const answer = await this.apply(change)
        this.#watched.onChange?.(change, answer)
      } catch (error) {
        if (!isStale(error)) throw error
        return
      }
    }
  }
}
