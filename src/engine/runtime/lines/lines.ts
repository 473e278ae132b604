import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { Connect, ConnectOptions } from '../../../ports/connect.ts'
import { Line } from './line.ts'
import { LineApi } from './line-api.ts'

/** What lines are opened by. */
export interface LinesOptions extends Omit<ConnectOptions, 'current' | 'signal'> {
  readonly connect: Connect
  /** The Cluster of a name, as it is known. */
  readonly find: (ref: ObjectRef, signal: AbortSignal) => Promise<KubeObject | undefined>
}

/** The lines to the clusters of a fleet, each opened when it is used first, and shared by all who use it. */
export class Lines implements AsyncDisposable {
  readonly #options: LinesOptions
  readonly #lines = new Map<string, Line>()
  #closed = false

  constructor(options: LinesOptions) {
    this.#options = options
  }

  /** The line to a cluster. Asks nothing yet; closing it does nothing. */
  to(ref: ObjectRef): ClusterApi {
    return new LineApi(this.#lineOf(ref))
  }

  /** Which cluster the line leads to. */
  identityOf(ref: ObjectRef, signal: AbortSignal): Promise<string | undefined> {
    return this.#lineOf(ref).identity(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#lines.values()].map((line) => line[Symbol.asyncDispose]()))
  }

  #lineOf(ref: ObjectRef): Line {
    if (this.#closed) throw new FleetkitError('closed', `the lines are closed, so there is none to ${formatRef(ref)}`)
    const key = refKey(ref)
    const line = this.#lines.get(key) ?? new Line(ref, (current, signal) => this.#open(ref, current, signal), this.#options.clock)
    this.#lines.set(key, line)
    return line
  }

  async #open(ref: ObjectRef, current: ClusterApi | undefined, signal: AbortSignal): Promise<ClusterApi> {
    const { connect, find, store, clock, logger } = this.#options
    return connect({ ref, object: await find(ref, signal) }, { store, clock, logger, current, signal })
  }
}
