import { toError } from '../../../model/errors/to-error.ts'
import type { Store } from '../../../ports/store.ts'
import type { FleetInvariant } from '../options.ts'
import { LeaseWatch } from '../processes/lease-watch.ts'
import { type Effect, Writes } from '../processes/writes.ts'
import type { FleetState } from './fleet-state.ts'
import type { FleetView } from './fleet-view.ts'
import { type Happening, isUpdating } from './happening.ts'
import { PeakCounter } from './peak-counter.ts'
import { type FleetRule, type FleetViolation, Referee } from './referee.ts'
import { type Trace, wordsOf } from './trace.ts'

export interface ObserverOptions {
  readonly store: Store
  readonly state: FleetState
  readonly view: FleetView
  readonly trace: Trace
  readonly rules: readonly FleetRule[] | undefined
  readonly invariants: Readonly<Record<string, FleetInvariant>>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What a cluster is assigned has changed. */
  readonly assigned: (cluster: string) => void
}

/** Who writes, where that is no manager. */
export const people = 'people'
export const clusters = 'the clusters'
const others: ReadonlySet<string> = new Set([people, clusters])

/** Sees each write arrive at the store, judges it, and says what has happened. */
export class Observer {
  readonly violations: FleetViolation[] = []
  readonly updating: PeakCounter
  readonly referee: Referee
  /** How many times something was assigned to a cluster. */
  assignments = 0
  /** Whether what is written is judged: not before it begins. */
  isJudging = false
  readonly #options: ObserverOptions
  readonly #writes: Writes
  readonly #lease: LeaseWatch
  /** By cluster and module, why it was assigned what it has. */
  readonly #why: Map<string, string> = new Map()

  constructor(options: ObserverOptions) {
    const { store, state, now, view } = options
    this.#options = options
    this.#writes = new Writes({ look: (effect) => this.#look(effect) })
    this.#lease = new LeaseWatch(store)
    this.updating = new PeakCounter(() => view.now)
    this.referee = new Referee({ state, now, says: (rule, message) => this.#says(rule, message) })
  }

  /** The store as `who` sees it. */
  storeOf(who: string): Store {
    return this.#writes.over(this.#options.store, who)
  }

  /** A manager has said why it assigns something. */
  explained(cluster: string, module: string, why: string): void {
    this.#why.set(`${cluster} ${module}`, why)
  }

  violated(invariant: string, message: string, cause?: unknown): void {
    if (!this.isJudging) return
    this.#options.trace.say(`VIOLATION of ${invariant}: ${message}`)
    this.violations.push({ invariant, message, at: this.#options.view.now, ...(cause !== undefined && { cause }) })
  }

  #says(rule: FleetRule, message: string): void {
    if (this.#options.rules?.includes(rule) ?? true) this.violated(rule, message)
  }

  async #look(effect: Effect): Promise<void> {
    const { state, trace, assigned } = this.#options
    const { ref, before, after, manager } = effect
    if (this.isJudging && !others.has(manager)) {
      const fault = await this.#lease.faultIn(effect)
      if (fault !== undefined) this.#says('fencing', fault)
    }
    const isOther = before?.metadata.generation !== after?.metadata.generation
    const happenings: Happening[] = [...state.see(effect)]
    if (ref.kind === 'RemoteAssemblage' && isOther) assigned(ref.name)
    // The first moment of it says all.
    if (this.violations.length > 0) return
    if (ref.kind === 'RemoteAssemblage' && isOther && manager === people) happenings.unshift({ what: 'edited', cluster: ref.name })
    for (const happening of happenings) {
      if (this.isJudging) trace.say(wordsOf(happening, state, (cluster, module) => this.#why.get(`${cluster} ${module}`) ?? ''))
      this.#count(happening)
      this.referee.judge(happening)
    }
    if (ref.kind === 'Module' && after !== undefined) this.referee.judgeStatus(ref.name, after)
    if (happenings.length > 0) this.#judgeInvariants()
    trace.isOver = this.violations.length > 0
  }

  #count(happening: Happening): void {
    if (happening.what === 'joined') this.updating.labels(this.#options.view.labels(happening.cluster))
    if (happening.what === 'taken') this.updating.set(`${happening.cluster} ${happening.module}`, false, undefined)
    if (happening.what === 'left') this.updating.left(`${happening.cluster} `)
    if (!('pair' in happening)) return
    const { cluster, module } = happening.pair
    this.updating.set(`${cluster} ${module}`, isUpdating(happening.pair), this.#options.view.labels(cluster))
    if (happening.what === 'assigned') this.assignments++
  }

  #judgeInvariants(): void {
    if (!this.isJudging) return
    const { invariants, view } = this.#options
    for (const [name, holds] of Object.entries(invariants)) {
      try {
        const answer = holds(view)
        if (answer !== true) this.violated(name, answer)
      } catch (error) {
        this.violated('throws', `${name}: ${toError(error).message}`, error)
      }
    }
  }
}
