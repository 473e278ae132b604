import { Ids } from '../../../graph/ids.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { type After, after, type Detail, Details } from './details.ts'
import type { HistoryEvent, HistoryState, PairState } from './event.ts'
import { eventProblems, stateProblems } from './event-problems.ts'
import { Numbers } from './numbers.ts'
import { Pairs } from './pairs.ts'
import { Times } from './times.ts'

/** How many events lie between two snapshots of the newest event of each pair. */
const snapshotEvery: number = 2 ** 20
/** How many events an answer has when it is not said. */
const fewEvents = 50

/**
 * Which events are asked for.
 *
 * @category History
 */
export interface HistoryOptions {
  /** Only of this module. */
  readonly module?: string | undefined
  /** Only of this cluster. */
  readonly cluster?: string | undefined
  /** Only what was at this time or before, in milliseconds since the epoch. */
  readonly until?: number | undefined
  /** How many at most. 50 by default. */
  readonly limit?: number | undefined
}

/**
 * What has happened in a fleet, with an index: why a cluster runs what it runs, what ran where at a time, and the newest events of a module or a
 * cluster, each answered in milliseconds of ten million events. It takes about 20 bytes for each, and what differs in `why` once.
 *
 * Events are added in the order in which they happened; one whose time is earlier than that of the one before counts as at the same time.
 *
 * @example
 * ```ts
 * import { FleetHistory } from 'fleetkit/fleet'
 *
 * const history = new FleetHistory()
 * const [module, cluster] = ['shop', 'eu-37']
 * history.add({ at: 1000, type: 'assigned', module, cluster, revision: 'v5', why: 'stage canary, approved by jane' })
 * history.add({ at: 2000, type: 'ready', module, cluster, revision: 'v5' })
 * for (const { at, type, why } of history.newest({ module, cluster })) console.log(new Date(at), type, why)
 * console.log(history.stateAt({ module, cluster }, 1500)?.running) // undefined: it was assigned, and not ready yet
 * ```
 *
 * @category History
 */
export class FleetHistory {
  readonly #modules = new Ids(256)
  readonly #clusters = new Ids(1024)
  readonly #pairs = new Pairs()
  readonly #details = new Details()
  readonly #times = new Times()
  /** By event: its pair, what it says, and the event of the pair before it, as its number and one, or 0. */
  readonly #pairOf = new Numbers()
  readonly #detailOf = new Numbers()
  readonly #previous = new Numbers()
  /** By pair: its newest event, as its number and one. */
  readonly #newest = new Numbers()
  /** The newest events of the pairs after each {@link snapshotEvery} events. */
  readonly #snapshots: Uint32Array[] = []

  /** How many events there are. */
  get size(): number {
    return this.#times.length
  }

  /**
   * Adds what has happened.
   *
   * @throws FleetkitError `model/invalid` for an event that says nothing that can be known.
   */
  add(event: HistoryEvent): void {
    this.#put(checked(event), undefined)
  }

  /**
   * Adds how something was after the last that had happened to it, where the events before that are not kept. It changes nothing that is known as it
   * is.
   *
   * @throws FleetkitError `model/invalid` for a state that says nothing that can be known.
   */
  restore(state: HistoryState): void {
    const problems = stateProblems(state)
    if (problems.length > 0) throw invalid(undefined, problems)
    this.#put(checked(state.last), state)
  }

  #put({ at, type, module, cluster, revision, why }: HistoryEvent, known: After | undefined): void {
    const pair = this.#pairs.add(numberOf(this.#modules, module), numberOf(this.#clusters, cluster))
    if (pair === this.#newest.length) this.#newest.push(0)
    const before = this.#newest.get(pair)
    const state = known ?? after(type, revision, before === 0 ? undefined : this.#detailAt(before - 1))
    const detail = this.#details.add(type, revision, why, state)
    if (known !== undefined && before > 0 && this.#detailOf.get(before - 1) === detail && this.#times.get(before - 1) === at) return
    this.#times.push(at)
    this.#pairOf.push(pair)
    this.#detailOf.push(detail)
    this.#previous.push(before)
    this.#newest.set(pair, this.size)
    if (this.size % snapshotEvery === 0) this.#snapshots.push(this.#newest.copy())
  }

  /**
   * The newest events that are asked for, the newest first. With a module and a cluster those of the pair; with one of them all that name it; with
   * neither those that name none.
   */
  newest({ module, cluster, until = Infinity, limit = fewEvents }: HistoryOptions = {}): readonly HistoryEvent[] {
    const then = this.#then(until)
    const heads = Uint32Array.from(this.#asked(module, cluster), (pair) => this.#headOf(pair, then)).sort()
    // What is among the newest is of a pair whose newest is.
    const chains = heads.subarray(Math.max(0, heads.length - limit))
    const events: HistoryEvent[] = []
    while (events.length < limit) {
      const at = indexOfLargest(chains)
      const head = chains[at] ?? 0
      if (head === 0) return events
      events.push(this.#eventAt(head - 1))
      chains[at] = this.#previous.get(head - 1)
    }
    return events
  }

  /** How a module was on a cluster at a time; `undefined` when nothing had happened to it there. */
  stateAt({ module, cluster }: { readonly module: string; readonly cluster: string }, at: number): PairState | undefined {
    return this.#statesOf(this.#asked(module, cluster), at)[0]
  }

  /** How each module was on a cluster at a time, where something had happened to it. */
  clusterAt(cluster: string, at: number): readonly PairState[] {
    return this.#statesOf(this.#asked(undefined, cluster), at)
  }

  /** How a module was on each cluster at a time, where something had happened to it. */
  moduleAt(module: string, at: number): readonly PairState[] {
    return this.#statesOf(this.#asked(module, undefined), at)
  }

  #statesOf(pairs: readonly number[], at: number): readonly PairState[] {
    const then = this.#then(at)
    const states: PairState[] = []
    for (const pair of pairs) {
      const head = this.#headOf(pair, then)
      if (head === 0) continue
      const last = this.#eventAt(head - 1)
      const { module, cluster } = last
      if (module === undefined || cluster === undefined) continue
      const { assigned, running } = this.#detailAt(head - 1)
      states.push({ module, cluster, assigned, running, reachable: this.#reached(pair, then), last })
    }
    return states
  }

  #reached(pair: number, then: Then): boolean {
    const ofCluster = this.#pairs.find(0, this.#pairs.clusterOf(pair))
    const head = ofCluster === undefined ? 0 : this.#headOf(ofCluster, then)
    return head === 0 || this.#detailAt(head - 1).reachable
  }

  #asked(module: string | undefined, cluster: string | undefined): readonly number[] {
    const [inModules, inClusters] = [findIn(this.#modules, module), findIn(this.#clusters, cluster)]
    if (inModules === undefined || inClusters === undefined) return []
    if (module !== undefined && cluster === undefined) return this.#pairs.ofModule(inModules)
    if (module === undefined && cluster !== undefined) return this.#pairs.ofCluster(inClusters)
    const pair = this.#pairs.find(inModules, inClusters)
    return pair === undefined ? [] : [pair]
  }

  #then(at: number): Then {
    const count = this.#times.countUntil(at)
    // From the first snapshot that has them all: from the newest event on, long histories take too long.
    return { count, heads: this.#snapshots[Math.max(0, Math.ceil(count / snapshotEvery) - 1)] }
  }

  /** The newest event of a pair at a time, as its number and one; 0 when there is none. */
  #headOf(pair: number, { count, heads }: Then): number {
    let head = heads === undefined ? this.#newest.get(pair) : (heads[pair] ?? 0)
    while (head > count) head = this.#previous.get(head - 1)
    return head
  }

  #detailAt(event: number): Detail {
    return this.#details.at(this.#detailOf.get(event))
  }

  #eventAt(event: number): HistoryEvent {
    const { type, revision, why } = this.#detailAt(event)
    const pair = this.#pairOf.get(event)
    const [module, cluster] = [this.#pairs.moduleOf(pair), this.#pairs.clusterOf(pair)]
    const found: { -readonly [Key in keyof HistoryEvent]: HistoryEvent[Key] } = { at: this.#times.get(event), type }
    if (module > 0) found.module = this.#modules.name(module - 1)
    if (cluster > 0) found.cluster = this.#clusters.name(cluster - 1)
    if (revision !== undefined) found.revision = revision
    if (why !== undefined) found.why = why
    return found
  }
}

/** A time: how many events there were by then, and the newest of each pair in the first snapshot that has them; without one, those of now. */
interface Then {
  readonly count: number
  readonly heads: Uint32Array | undefined
}

/** The number of a name and one; 0 of none. */
function numberOf(names: Ids, name: string | undefined): number {
  return name === undefined ? 0 : names.number(name) + 1
}

/** The same of a name that may never have come. */
function findIn(names: Ids, name: string | undefined): number | undefined {
  if (name === undefined) return 0
  const number = names.find(name)
  return number === undefined ? undefined : number + 1
}

function indexOfLargest(numbers: Uint32Array): number {
  let at = 0
  for (let index = 1; index < numbers.length; index++) if ((numbers[index] as number) > (numbers[at] as number)) at = index
  return at
}

/** What comes from outside, such as a log that was read. */
function checked(event: HistoryEvent): HistoryEvent {
  const problems = eventProblems(event)
  if (problems.length > 0) throw invalid(undefined, problems)
  return event
}
