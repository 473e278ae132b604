import type {
  Approval,
  CanonicalStrategy,
  DependencyVerdict,
  Freeze,
  Interval,
  RolloutAction,
  RolloutId,
  RolloutInput,
  Stage,
  StageCheck,
  TargetView,
  TargetWindows,
  Verdict,
} from 'fleetkit/rollout'
import { stagesOf } from './oracle.ts'
import type { Random } from './random.ts'

interface Pending {
  readonly at: number
  readonly phase: 'ready' | 'failed' | 'absent'
  readonly generation: number
}

/** A made-up fleet. Time passes in whole units, and everything that can happen to a fleet happens to it. */
export class World {
  now = 1000
  version: string | null = 'v2'
  nonce = ''
  paused = false
  aborted = false
  emergency = false
  quiet = false
  strategy: CanonicalStrategy
  readonly views: Map<string, TargetView> = new Map()
  approvals: Approval[] = []
  verdicts: Verdict[] = []
  freezes: Freeze[] = []
  windows: Interval[] | undefined
  targetWindows: TargetWindows[] | undefined
  dependencies: Record<string, DependencyVerdict> = {}
  readonly #pending: Map<string, Pending> = new Map()
  readonly #random: Random
  #joined = 0
  #versions = 2

  constructor(random: Random) {
    this.#random = random
    this.strategy = this.#makeStrategy()
    const size = 1 + random.below(7)
    const fresh = random.chance(0.15)
    for (let at = 0; at < size; at += 1) this.join(fresh || random.chance(0.1) ? null : 'v1')
    if (random.chance(0.2)) this.windows = this.#makeWindows()
    if (random.chance(0.1)) this.freezes = [{ name: 'audit', from: 1010, to: 1030, selector: { matchLabels: { zone: '1' } } }]
    if (random.chance(0.1)) this.freezes = [...this.freezes, { name: 'holiday', from: 1020, to: 1040 }]
    if (random.chance(0.15)) this.targetWindows = this.#makeTargetWindows()
    if (random.chance(0.05)) this.freezes = [...this.freezes, { name: 'night', from: 1015, to: 1035, zone: { label: 'zone', in: ['2'] } }]
  }

  get wanted(): RolloutId {
    return { version: this.version, nonce: this.nonce }
  }

  input(): RolloutInput {
    return {
      now: this.now,
      module: { id: 'm', version: this.version, nonce: this.nonce },
      strategy: this.strategy,
      targets: [...this.views.values()],
      windows: this.windows,
      targetWindows: this.targetWindows,
      freezes: this.freezes,
      approvals: this.approvals,
      verdicts: this.verdicts,
      dependencies: this.dependencies,
      paused: this.paused,
      aborted: this.aborted,
      emergency: this.emergency ? { actor: 'ann', reason: 'outage' } : undefined,
    }
  }

  /** Days of 23, 24 and 25 hours, as clocks are put forward and back, at an hour to the unit. */
  #makeWindows(): Interval[] {
    const windows: Interval[] = []
    let day = 990
    for (let at = 0; at < 12; at += 1) {
      const from = day + this.#random.below(8)
      windows.push({ from, to: from + 4 + this.#random.below(12) })
      day += this.#random.pick([23, 24, 24, 25])
    }
    return windows
  }

  /** As `plannerWindows` makes them: some for a tier, some by the zone. */
  #makeTargetWindows(): TargetWindows[] {
    const random = this.#random
    const selector = (): Pick<TargetWindows, 'selector'> =>
      random.chance(0.5) ? { selector: { matchLabels: { tier: random.pick(['a', 'b']) } } } : {}
    return Array.from({ length: 1 + random.below(2) }).flatMap(() => {
      const scope = selector()
      if (random.chance(0.3)) return [{ ...scope, intervals: this.#makeWindows() }]
      return [
        { ...scope, zone: { label: 'zone', in: ['1'] }, intervals: this.#makeWindows() },
        random.chance(0.3)
          ? { ...scope, zone: { label: 'zone', notIn: ['1'] }, intervals: [], note: 'its label zone names none' }
          : { ...scope, zone: { label: 'zone', notIn: ['1'] }, intervals: this.#makeWindows() },
      ]
    })
  }

  #makeStrategy(): CanonicalStrategy {
    const random = this.#random
    const tiers = random.shuffle(['a', 'b', 'c']).slice(0, random.pick([1, 2, 2, 3]))
    const stages = tiers.map((tier): Stage => {
      const failures = random.pick([0, 0, 1, 2, 20, '50%', { percent: 40, minSample: 2 }] as const)
      return {
        name: tier,
        selector: random.chance(0.1) ? undefined : { matchLabels: { tier } },
        ...this.#makeShare(),
        sortBy: random.chance(0.15)
          ? [{ label: 'zone', as: random.pick(['text', 'number'] as const), order: random.pick(['ascending', 'descending'] as const) }]
          : undefined,
        maxConcurrency: random.pick([1, 1, 2, 3, '50%', 'all', ...(random.chance(0.05) ? ([0] as const) : [])] as const),
        maxStarts: random.chance(0.12) ? { limit: random.pick([1, 2, '50%'] as const), per: random.pick([4, 20, 60]) } : undefined,
        maxUnavailable: random.pick([1, 1, 2, '50%', 'all', 'all'] as const),
        maxFailures: failures,
        weighted: random.chance(0.1) ? true : undefined,
        strict: random.chance(0.2),
        minReady: random.pick([0, 0, 5]),
        soak: random.pick([0, 0, 10]),
        approvals: random.chance(0.1) ? 1 : 0,
        progressDeadline: random.pick([15, 30]),
        minDone: random.pick([0, 1, 1, '50%'] as const),
        maxDeferred: random.pick(['all', 'all', 0, 1] as const),
        maxLost: random.pick([0, 1, 'all'] as const),
        onFailure: random.chance(0.2) ? 'revert' : undefined,
        retry: random.chance(0.25)
          ? { limit: random.pick([1, 2]), backoff: random.pick([0, 3, 7]), maxBackoff: random.pick([undefined, 10]) }
          : undefined,
        requireSuccess: random.chance(0.12),
        checks: random.chance(0.2) ? this.#makeChecks() : undefined,
        within: random.chance(0.2) ? 'zone' : undefined,
        windows: random.chance(0.08) ? this.#makeWindows() : undefined,
      }
    })
    return {
      stages,
      maxFailures: random.chance(0.15) ? random.pick([0, 1, '50%'] as const) : undefined,
      maxDeletions: random.pick([1, 'all', '50%'] as const),
      join: random.pick(['baseline', 'wait', 'wanted'] as const),
      onHalt: random.pick(['hold', 'hold', 'revertFailed', 'revertAll'] as const),
      supersede: random.pick([
        { mode: 'supersede' },
        { mode: 'supersede' },
        { mode: 'supersede', maxSupersedes: 1 },
        { mode: 'supersede', minRunTime: 20 },
        { mode: 'queue' },
        { mode: 'finishStage' },
      ] as const),
      correlate: random.chance(0.15) ? { labels: ['zone'], percent: 50, minSample: 2 } : undefined,
      forgetDeselected: random.chance(0.3),
      tracks: random.chance(0.12) ? 'tenant' : undefined,
      fastRollback: random.chance(0.1) ? false : undefined,
    }
  }

  /** How many a stage takes, or in which waves. */
  #makeShare(): Pick<Stage, 'limit' | 'limitBy' | 'waves'> {
    const random = this.#random
    if (random.chance(0.08)) return { waves: random.pick([['20%'], [1, '40%'], ['20%', 2, 'all'], ['0%', '100%']] as const) }
    if (random.chance(0.85)) return {}
    return { limit: random.pick([0, 1, 2, '50%'] as const), limitBy: random.chance(0.3) ? 'zone' : undefined }
  }

  #makeChecks(): StageCheck[] {
    const random = this.#random
    return ['smoke', 'load'].slice(0, random.pick([1, 1, 2])).map((name) => ({
      name,
      maxPending: random.pick([undefined, 0, 12, 25]),
      onFail: random.pick([undefined, 'halt', 'revertFailed', 'revertAll'] as const),
    }))
  }

  join(version: string | null): void {
    const random = this.#random
    this.#joined += 1
    const id = `${random.pick(['k', 'q', 'x'])}${this.#joined}`
    const at = this.now - random.below(100)
    const seen = version === null ? null : ({ version, generation: 1, phase: random.chance(0.9) ? 'ready' : 'failed', since: at } as const)
    this.views.set(id, {
      id,
      labels: {
        tier: random.pick(['a', 'b', 'b', 'c']),
        zone: random.pick(['1', '2']),
        ...(random.chance(0.7) && { tenant: random.pick(['x', 'y']) }),
      },
      weight: random.chance(0.25) ? random.pick([0, 0.5, 2, 3, 8]) : undefined,
      sortKey: random.chance(0.3) ? random.below(3) : undefined,
      reach: { ok: random.chance(0.9), since: at },
      // What was there before any assignment is only observed.
      assigned: version === null || random.chance(0.05) ? null : { version, generation: 1, at },
      observed: seen,
    })
  }

  /** Assigns to the targets what was decided, and what will be observed of it later. */
  carryOut(actions: readonly RolloutAction[]): void {
    for (const action of actions) {
      const view = this.views.get(action.target)
      if (view === undefined) continue
      const generation = (view.assigned?.generation ?? view.observed?.generation ?? 0) + 1
      const version = 'set' in action ? action.set : null
      this.views.set(view.id, { ...view, assigned: { version, generation, at: this.now } })
      const fails = version !== null && this.#random.chance(this.quiet ? 0.1 : 0.25)
      const at = this.now + 1 + this.#random.below(version === null || this.quiet ? 10 : 24)
      this.#pending.set(view.id, { at, generation, phase: version === null ? 'absent' : fails ? 'failed' : 'ready' })
    }
  }

  /** When something happens next by itself. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY
    for (const [id, { at }] of this.#pending) {
      if (this.views.get(id)?.reach.ok === true) next = Math.min(next, Math.max(at, this.now + 1))
    }
    return next
  }

  /** Lets time pass, and shows what was to be observed by then of the reachable targets. */
  passTo(now: number): void {
    this.now = now
    for (const [id, { at, phase, generation }] of this.#pending) {
      const view = this.views.get(id)
      if (view === undefined || view.assigned === null || view.assigned.generation !== generation) {
        if (view === undefined || view.assigned !== null) this.#pending.delete(id)
      } else if (at <= now && view.reach.ok) {
        this.#pending.delete(id)
        this.views.set(id, { ...view, observed: { version: view.assigned.version, generation, phase, since: at } })
        if (phase === 'absent' && view.selected === false) this.views.delete(id)
      } else if (view.reach.ok && view.observed?.generation !== generation && at > now && this.#random.chance(0.5)) {
        this.views.set(id, { ...view, observed: { version: view.assigned.version, generation, phase: 'applying', since: now } })
      }
    }
  }

  /** One thing that happens to fleets. */
  disturb(): void {
    const random = this.#random
    const ids = [...this.views.keys()]
    const id = ids.length > 0 ? random.pick(ids) : undefined
    const view = id === undefined ? undefined : this.views.get(id)
    const what = random.below(21)
    if (what <= 2 && view !== undefined) this.views.set(view.id, { ...view, reach: { ok: !view.reach.ok, since: this.now } })
    else if (what <= 5 && view?.observed && view.reach.ok && isFlappable(view)) {
      const phase = view.observed.phase === 'ready' ? random.pick(['applying', 'failed'] as const) : 'ready'
      this.views.set(view.id, { ...view, observed: { ...view.observed, phase, since: this.now } })
    } else if (what === 6) this.join(random.chance(0.7) ? null : 'v1')
    else if (what === 7 && view !== undefined) this.views.set(view.id, { ...view, selected: view.selected === false })
    else if (what <= 9) {
      this.#versions += 1
      this.version = random.chance(0.1) ? null : random.chance(0.25) ? 'v1' : `v${this.#versions}`
    } else if (what === 10) this.nonce = `${this.#versions}-${this.now}`
    else if (what === 11) this.paused = !this.paused
    else if (what === 12) this.approveAll(this.wanted, random.chance(0.3) ? this.now + 5 : undefined)
    else if (what === 13 && view !== undefined) {
      const hold = random.pick(['paused', 'excluded', { pin: 'v1' }, undefined, undefined] as const)
      this.views.set(view.id, { ...view, hold })
    } else if (what === 14 && view !== undefined) {
      const path = ['m', 'db']
      this.dependencies = random.chance(0.4) ? {} : { [view.id]: random.chance(0.5) ? { start: path } : { removal: path } }
    } else if (what === 15 && view !== undefined) {
      this.views.set(view.id, {
        ...view,
        labels: { ...view.labels, tier: random.pick(['a', 'b', 'c']), ...(random.chance(0.2) && { tenant: random.pick(['x', 'y']) }) },
      })
    } else if (what === 16) this.emergency = random.chance(0.2)
    else if (what === 17) this.aborted = random.chance(0.3)
    else if (what === 20 && view !== undefined) {
      const busy = { reason: 'backup', since: this.now - random.below(5), ...(random.chance(0.5) && { maxAge: random.below(20) }) }
      this.views.set(view.id, { ...view, busy: random.chance(0.2) ? undefined : busy })
    } else if (what >= 18)
      this.judge(this.wanted, random.pick(['pass', 'pass', 'pending', 'fail'] as const), random.chance(0.2) ? this.now + 4 : this.now)
  }

  approveAll(rid: RolloutId, revokedAt?: number): void {
    for (const {
      stage: { name },
    } of stagesOf(this.input(), null))
      this.approvals = [...this.approvals, { rid, stage: name, actor: 'ann', at: this.now, revokedAt }]
  }

  /** All checks say the same, with evidence or without. */
  judge(rid: RolloutId, verdict: Verdict['verdict'], at: number): void {
    const words = stagesOf(this.input(), null).flatMap(({ stage: { name: stage, checks = [] } }) =>
      checks.map(({ name: check }): Verdict => ({ rid, stage, check, verdict, at, ...(check === 'load' && { evidence: `p99 at ${at}` }) })),
    )
    this.verdicts = [...this.verdicts, ...words]
  }

  /** Everyone approves, and every check passes. */
  consent(rid: RolloutId): void {
    this.approveAll(rid)
    this.judge(rid, 'pass', this.now)
  }

  /** From here on nothing goes wrong any more. */
  calm(): void {
    this.quiet = true
    this.paused = false
    this.aborted = false
    this.windows = undefined
    this.targetWindows = undefined
    this.freezes = []
    this.dependencies = {}
    this.strategy = { ...this.strategy, stages: this.strategy.stages.map(({ windows: _, ...stage }) => stage) }
    this.approveAll(this.wanted)
    for (const view of this.views.values()) {
      const { hold: _, busy: __, ...free } = view
      this.views.set(view.id, view.reach.ok ? free : { ...free, reach: { ok: true, since: this.now } })
    }
  }
}

function isFlappable({ assigned, observed }: TargetView): boolean {
  return assigned !== null && observed !== null && observed.version !== null && observed.version === assigned.version
}
