import '../../ports/error-codes.ts'
import { AbortScope } from '../../async/abort-scope.ts'
import { nextTurn } from '../../async/turn.ts'
import { Wakeup } from '../../async/wakeup.ts'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { isDnsSubdomain, subdomainAccepted } from '../../model/names.ts'
import type { KubeObject } from '../../model/object.ts'
import { groupOf, type ObjectRef, refOf, type TypeRef } from '../../model/reference.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type {
  CallOptions,
  DeleteOptions,
  Lease,
  LeaseOptions,
  ListOptions,
  ObjectList,
  Store,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../../ports/store.ts'
import type { EmbeddedStore } from './embedded-store.ts'
import { checkTerm, leaseOver, leaseRef } from './lease.ts'
import { listTable } from './list-table.ts'
import {
  type Admit,
  customResource,
  decideCreate,
  decideDelete,
  decideUpdate,
  type Outcome,
  type TypeTraits,
  type WriteContext,
  withResourceVersion,
} from './rules.ts'
import { eventOf, inApiVersion } from './select.ts'
import { type JournalEntry, type Table, typeName } from './table.ts'
import { validateNewObject, validateObject } from './validate.ts'

/** How many writes are read from the journal at once. */
const batchSize = 256
/** How many calls there are in one turn of the event loop at most. */
const callsPerTurn = 100
/** How long a table of another process is waited for: a write takes milliseconds. */
const busyAtMostMs = 5000
/** After how many writes without an event a watch yields a bookmark. */
const bookmarkEvery = 100

/** What becomes of an object: see `rules.ts`. */
type Decide = (current: KubeObject | undefined, context: WriteContext) => Outcome

/** How a write is stored. */
export interface CommitOptions extends Pick<CallOptions, 'lease'> {
  readonly dryRun?: boolean | undefined
}

export interface ObjectStoreOptions {
  readonly table: Table
  readonly clock?: Clock | undefined
  /** How a type is served; throws for one that is not. Every type is a {@link customResource} when absent, with the names that RBAC has. */
  readonly traits?: ((type: TypeRef) => TypeTraits) | undefined
  readonly admit?: Admit | undefined
  /** Makes the uid of a new object. Random when absent. */
  readonly uid?: (() => string) | undefined
  /** How often to look for writes of other processes, in milliseconds. 100 when absent. */
  readonly pollMs?: number | undefined
}

/**
 * A {@link Store} over a {@link Table}: the rules of `rules.ts` in front of it, and lists, watches and leases out of its
 * objects and its journal. A watch reads the journal as fast as its consumer takes events, so a slow consumer costs
 * nothing, and one that falls behind the journal has to list again.
 */
export class ObjectStore implements EmbeddedStore {
  readonly clock: Clock
  readonly #table: Table
  readonly #traits: (type: TypeRef) => TypeTraits
  readonly #admit: Admit | undefined
  readonly #uid: () => string
  readonly #pollMs: number
  readonly #changed = new Wakeup()
  readonly #closing = new AbortController()
  #polling = false
  #calls = 0

  constructor({
    table,
    clock = systemClock,
    traits = ({ apiVersion }) => ({ ...customResource, anyName: groupOf(apiVersion) === 'rbac.authorization.k8s.io' }),
    admit,
    uid = () => crypto.randomUUID(),
    pollMs = 100,
  }: ObjectStoreOptions) {
    this.clock = clock
    this.#table = table
    this.#traits = traits
    this.#admit = admit
    this.#uid = uid
    this.#pollMs = pollMs
  }

  async get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined> {
    this.#check(options)
    this.#traits(ref)
    return this.#whenFree(() => {
      const object = this.#table.get(typeName(ref), ref.namespace ?? '', ref.name)
      return object === undefined ? undefined : inApiVersion(object, ref.apiVersion)
    }, options)
  }

  async list(type: TypeRef, options: ListOptions = {}): Promise<ObjectList> {
    this.#check(options)
    this.#traits(type)
    return this.#whenFree(() => {
      const page = this.#table.read(() => listTable(this.#table, typeName(type), options))
      return { ...page, items: page.items.map((object) => inApiVersion(object, type.apiVersion)) }
    }, options)
  }

  async *watch(
    type: TypeRef,
    { resourceVersion, namespace, labelSelector, signal }: WatchOptions,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    if (signal?.aborted) return
    this.#check()
    this.#traits(type)
    const name = typeName(type)
    let cursor = parseResourceVersion(resourceVersion)
    let reported = cursor
    while (!signal?.aborted) {
      this.#check()
      const reading = this.#whenFree(() => this.#table.read(() => this.#journalAfter(name, cursor)))
      // Read and, below, waited in one go: no write can fall between the two. What was read later is read again.
      const atOnce = !(reading instanceof Promise)
      const { entries, through } = atOnce ? reading : await reading
      cursor = through
      for (const entry of entries) {
        const event = eventOf(entry, { namespace, labelSelector })
        if (event === undefined) continue
        reported = entry.resourceVersion
        yield { ...event, object: inApiVersion(event.object, type.apiVersion) }
        if (signal?.aborted) return
      }
      if (cursor - reported >= bookmarkEvery) {
        reported = cursor
        yield { type: 'BOOKMARK', resourceVersion: String(cursor) }
      } else if (entries.length === 0 && atOnce) {
        this.#poll()
        await this.#changed.wait(signal)
      }
    }
  }

  async create(object: KubeObject, options?: CallOptions): Promise<KubeObject> {
    this.#check(options)
    const input = validateNewObject(object)
    const decide: Decide = (current, context) => decideCreate(input, current, this.#uid(), context)
    return this.#whenFree(() => this.write(input, decide, { lease: options?.lease }).object, options)
  }

  async update(object: KubeObject, { subresource, ...options }: UpdateOptions = {}): Promise<KubeObject> {
    this.#check(options)
    const input = validateObject(object)
    const decide: Decide = (current, context) => decideUpdate(input, current, subresource, context)
    return this.#whenFree(() => this.write(input, decide, { lease: options.lease }).object, options)
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    this.#check(options)
    const decide: Decide = (current, context) => decideDelete(ref, current, options, context)
    return this.#whenFree(() => {
      const { kind, object } = this.#commit(ref, decide, { lease: options.lease })
      return kind === 'removed' ? undefined : inApiVersion(object, ref.apiVersion)
    }, options)
  }

  async lease(options: LeaseOptions): Promise<Lease> {
    this.#check(options)
    return leaseOver(this, options, this.clock)
  }

  /**
   * Runs one write: `decide` says what becomes of the current object, and that is stored and journalled at once. With
   * `dryRun` nothing is. The way for kinds of writes that the port does not have, e.g. server-side apply; `decide` builds
   * on the functions of `rules.ts`.
   */
  write(object: KubeObject, decide: Decide, options: CommitOptions = {}): Outcome {
    const outcome = this.#commit(refOf(object), decide, options)
    return { ...outcome, object: inApiVersion(outcome.object, object.apiVersion) }
  }

  /** Forgets the history: a watch or a list that goes on from before ends with `store/relist`. */
  compact(): void {
    this.#check()
    this.#table.write(() => this.#table.compact(this.#table.resourceVersion()))
  }

  /** Ends what is under way; later calls are `closed`. */
  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    this.#changed.notify()
    this.#table[Symbol.dispose]()
  }

  /** Wakes the watches: what they watch is not what it was. */
  protected wake(): void {
    this.#changed.notify()
  }

  /** What each call waits for before it does anything; mostly nothing, so that a call takes effect when it is made. */
  protected turn(): Promise<void> | undefined {
    return ++this.#calls % callsPerTurn === 0 ? nextTurn() : undefined
  }

  /** Runs `body`, at once if a turn is not due, and again as long as another process holds the table. */
  #whenFree<T>(body: () => T, options?: CallOptions): T | Promise<T> {
    const turn = this.turn()
    if (turn !== undefined) return turn.then(() => this.#retryWhileBusy(body, options))
    try {
      return body()
    } catch (error) {
      if (!this.#table.isBusy?.(error)) throw error
      return this.#retryWhileBusy(body, options)
    }
  }

  async #retryWhileBusy<T>(body: () => T, options: CallOptions | undefined): Promise<T> {
    for (let waitedMs = 0, ms = 1; ; waitedMs += ms, ms = Math.min(2 * ms, 50)) {
      this.#check(options)
      try {
        return body()
      } catch (error) {
        if (waitedMs >= busyAtMostMs || !this.#table.isBusy?.(error)) throw error
      }
      using scope = new AbortScope(options?.signal, this.#closing.signal)
      await this.clock.sleep(ms, { signal: scope.signal }).catch(() => {})
    }
  }

  #check({ signal, lease }: CallOptions = {}): void {
    throwIfAborted(signal)
    throwIfAborted(lease?.signal)
    if (this.#closing.signal.aborted) throw new FleetkitError('closed', 'the store is closed')
  }

  #commit(ref: ObjectRef, decide: Decide, { dryRun = false, lease }: CommitOptions): Outcome {
    this.#check()
    const type = typeName(ref)
    const traits = this.#traits(ref)
    checkScope(ref, traits)
    if (!traits.anyName && !isDnsSubdomain(ref.name))
      throw invalid(ref, [{ path: 'metadata.name', found: describeValue(ref.name), accepted: subdomainAccepted }])
    const outcome = this.#table.write(() => {
      if (lease !== undefined) {
        const { namespace = '', name, ...kind } = leaseRef(lease)
        checkTerm(lease, this.#table.get(typeName(kind), namespace, name))
      }
      const before = this.#table.get(type, ref.namespace ?? '', ref.name)
      const { kind, object } = decide(before, { now: this.clock.now(), traits, admit: this.#admit })
      if (kind === 'unchanged' || dryRun) return { kind, object }
      const resourceVersion = this.#table.resourceVersion() + 1
      const stored = withResourceVersion(object, resourceVersion)
      this.#table.put({ resourceVersion, type, before, after: kind === 'stored' ? stored : undefined })
      return { kind, object: stored }
    })
    if (outcome.kind !== 'unchanged' && !dryRun) this.#changed.notify()
    return outcome
  }

  #journalAfter(type: string, cursor: number): { readonly entries: readonly JournalEntry[]; readonly through: number } {
    const [oldest, current] = [this.#table.compacted(), this.#table.resourceVersion()]
    if (cursor < oldest || cursor > current)
      throw new FleetkitError('store/relist', `resourceVersion ${cursor} cannot be watched from: the history is ${oldest} to ${current}`)
    const entries = this.#table.journal(type, cursor, batchSize)
    return { entries, through: entries.length < batchSize ? current : (entries.at(-1) as JournalEntry).resourceVersion }
  }

  /** While watches wait, looks for writes of other processes. */
  #poll(): void {
    if (this.#polling || this.#table.changedElsewhere === undefined) return
    this.#polling = true
    const run = async (): Promise<void> => {
      do await this.clock.sleep(this.#pollMs, { signal: this.#closing.signal })
      while (!this.#table.changedElsewhere?.() && this.#changed.size > 0)
    }
    // A table that cannot be polled cannot be read either: the watches end with the error of that.
    void run()
      .catch(() => {})
      .then(() => {
        this.#polling = false
        this.#changed.notify()
      })
  }
}

function parseResourceVersion(resourceVersion: string): number {
  if (!/^\d{1,15}$/.test(resourceVersion))
    throw invalid(undefined, [
      {
        path: 'resourceVersion',
        found: `'${String(resourceVersion).slice(0, 40)}'`,
        accepted: 'that of a list, an event or a bookmark',
      },
    ])
  return Number(resourceVersion)
}

function checkScope(ref: ObjectRef, { namespaced }: TypeTraits): void {
  if (namespaced === undefined || namespaced === (ref.namespace !== undefined && ref.namespace !== '')) return
  throw invalid(ref, [
    {
      path: 'metadata.namespace',
      found: ref.namespace === undefined ? 'nothing' : `'${ref.namespace}'`,
      accepted: namespaced ? 'the name of a namespace' : 'nothing: objects of this kind are not in a namespace',
    },
  ])
}
