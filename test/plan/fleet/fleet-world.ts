import fc from 'fast-check'
import type {
  AssemblageView,
  AssembledModule,
  FleetChanges,
  FleetCluster,
  FleetDecisions,
  FleetInput,
  FleetModule,
  FleetPolicy,
  FleetRevision,
  RolloutRecord,
} from 'fleetkit/fleet'
import type { Approval, CanonicalStrategy, ObservedVersion } from 'fleetkit/rollout'

const minute = 60_000
const revisions = ['1.0.0', '1.1.0', '2.0.0'] as const

const strategies: readonly CanonicalStrategy[] = [
  { stages: [] },
  { stages: [{ name: 'all', maxConcurrency: 1, progressDeadline: 10 * minute, maxFailures: 1 }] },
  {
    stages: [
      { name: 'canary', limit: 1, soak: 5 * minute },
      { name: 'fleet', maxUnavailable: 1, within: 'region' },
    ],
  },
  {
    stages: [
      { name: 'eu', selector: { matchLabels: { region: 'eu' } }, minReady: 2 * minute },
      { name: 'others', approvals: 1, maxConcurrency: '50%' },
    ],
  },
  { stages: [{ name: 'all', retry: { limit: 1, backoff: minute }, progressDeadline: 3 * minute }], onHalt: 'revertFailed' },
  { stages: [{ name: 'all', maxConcurrency: 2, strict: true }], onHalt: 'revertAll', maxDeletions: 1 },
  { stages: [{ name: 'waves', waves: [1, '50%', 'all'] }], supersede: { mode: 'finishStage' } },
  { stages: [{ name: 'all', maxConcurrency: 1 }], tracks: 'tier' },
  { stages: [{ name: 'all', maxStarts: { limit: 1, per: 4 * minute } }], join: 'wanted', maxDeletions: 'all' },
]

const policies: readonly FleetPolicy[] = [
  {},
  { budgets: [{ id: 'fleet', limit: 2 }] },
  { budgets: [{ id: 'region', limit: 1, by: 'region' }], patience: 5 * minute },
  {
    budgets: [
      { id: 'fleet', limit: '40%' },
      { id: 'eu', limit: 1, selector: { matchLabels: { region: 'eu' } } },
    ],
  },
  { handbrake: true },
  { budgets: [{ id: 'fleet', limit: 3 }], freezes: [{ name: 'night', schedule: '0 * * * *', duration: '20m' }] },
]

const selectors = [
  {},
  {},
  { matchLabels: { region: 'eu' } },
  { matchExpressions: [{ key: 'tier', operator: 'In' as const, values: ['a'] }] },
  undefined,
]

/** One thing that happens. Numbers choose among what there is then. */
export type Happening =
  | {
      readonly type: 'observe'
      readonly cluster: number
      readonly module: number
      readonly phase: 'ready' | 'failed' | 'applying' | 'absent'
    }
  | { readonly type: 'pass'; readonly minutes: number }
  | { readonly type: 'reach' | 'relabel' | 'leave' | 'join' | 'remake' | 'report'; readonly cluster: number; readonly to: number }
  | { readonly type: 'revise' | 'respecify' | 'operate' | 'drop' | 'need'; readonly module: number; readonly to: number }
  | { readonly type: 'policy'; readonly to: number }

const number = fc.nat({ max: 1000 })
export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: fc.constant('observe' as const),
        cluster: number,
        module: number,
        phase: fc.constantFrom(
          'ready' as const,
          'ready' as const,
          'ready' as const,
          'failed' as const,
          'applying' as const,
          'absent' as const,
        ),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 12 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constantFrom(
          'reach' as const,
          'reach' as const,
          'relabel' as const,
          'leave' as const,
          'join' as const,
          'remake' as const,
          'report' as const,
        ),
        cluster: number,
        to: number,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constantFrom(
          'revise' as const,
          'revise' as const,
          'respecify' as const,
          'operate' as const,
          'drop' as const,
          'need' as const,
        ),
        module: number,
        to: number,
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('policy' as const), to: number }) },
  ),
  { minLength: 5, maxLength: 40 },
)

const pick = <Item>(list: readonly Item[], at: number): Item | undefined => list[at % Math.max(1, list.length)]

/** A fleet as those who plan it would see it: what was decided is stored, and seen again. */
export class FleetWorld {
  now: number = Date.UTC(2026, 0, 5)
  readonly modules: Map<string, FleetModule> = new Map()
  readonly revisions: Map<string, FleetRevision> = new Map()
  readonly clusters: Map<string, FleetCluster> = new Map()
  readonly pairs: Map<string, Map<string, AssembledModule>> = new Map()
  readonly rollouts: Map<string, RolloutRecord> = new Map()
  policy: FleetPolicy = policies[1] as FleetPolicy
  #uids: number = 0

  constructor(clusters: number, modules: number) {
    for (let at = 0; at < clusters; at += 1) this.#join(at, at)
    for (let at = 0; at < modules; at += 1) this.#specify(`m${at}`, at * 7, '1.0.0')
    for (let at = 0; at < modules; at += 1) this.#need(`m${at}`, at * 5)
  }

  get input(): FleetInput {
    return {
      now: this.now,
      modules: [...this.modules.values()],
      revisions: [...this.revisions.values()],
      clusters: [...this.clusters.values()],
      assemblages: [...this.clusters.keys()].map((cluster) => this.#assemblage(cluster)),
      rollouts: [...this.rollouts.values()].filter(({ module }) => this.modules.has(module)),
      policy: this.policy,
    }
  }

  /** Stores what was decided. */
  store({ assignments, rollouts }: FleetDecisions): void {
    for (const { cluster, module, revision, generation, at, direct } of assignments) {
      const known = this.pairs.get(cluster)?.get(module)
      this.#setPair(cluster, { module, observed: known?.observed ?? null, assigned: { version: revision, generation, at }, direct })
    }
    for (const record of rollouts) this.rollouts.set(record.module, record)
  }

  /** Lets something happen. Returns what has changed. */
  happen(happening: Happening): FleetChanges {
    const { type } = happening
    switch (type) {
      case 'pass':
        this.now += happening.minutes * minute
        return { now: this.now }
      case 'policy':
        this.policy = pick(policies, happening.to) as FleetPolicy
        return { now: this.now, policy: this.policy }
      case 'observe':
        return this.#observe(happening.cluster, happening.module, happening.phase)
      case 'reach':
      case 'relabel':
      case 'leave':
      case 'join':
      case 'remake':
      case 'report':
        return this.#ofCluster(type, happening.cluster, happening.to)
      case 'revise':
      case 'respecify':
      case 'operate':
      case 'drop':
      case 'need':
        return this.#ofModule(type, happening.module, happening.to)
    }
  }

  #ofCluster(type: 'reach' | 'relabel' | 'leave' | 'join' | 'remake' | 'report', at: number, to: number): FleetChanges {
    const cluster = pick([...this.clusters.values()], at)
    const { now } = this
    if (type === 'join') return { now, clusters: [this.#join(to % 8, at)] }
    if (cluster === undefined) return { now }
    if (type === 'leave') {
      this.clusters.delete(cluster.id)
      this.pairs.delete(cluster.id)
      return { now, removedClusters: [cluster.id] }
    }
    if (type === 'report') return { now, assemblages: [this.#assemblage(cluster.id)] }
    if (type === 'remake') this.pairs.delete(cluster.id)
    const changed: FleetCluster =
      type === 'reach'
        ? { ...cluster, reach: { ok: !cluster.reach.ok, since: now }, hold: to % 6 === 0 ? 'paused' : undefined }
        : type === 'remake'
          ? { ...cluster, uid: `uid-${this.#uids++}` }
          : { ...cluster, labels: labelsFor(to), hold: to % 7 === 0 ? 'paused' : undefined }
    this.clusters.set(cluster.id, changed)
    return { now, clusters: [changed] }
  }

  #ofModule(type: 'revise' | 'respecify' | 'operate' | 'drop' | 'need', at: number, to: number): FleetChanges {
    const { now } = this
    const module = pick([...this.modules.values()], at)
    if (module === undefined || (type === 'drop' && to % 3 === 0)) {
      return { now, modules: [this.#specify(`m${to % 5}`, to, pick(revisions, to) as string)] }
    }
    if (type === 'drop') {
      this.modules.delete(module.id)
      this.rollouts.delete(module.id)
      return { now, removedModules: [module.id] }
    }
    if (type === 'need') return { now, revisions: this.#need(module.id, to) }
    const changed: FleetModule =
      type === 'revise'
        ? { ...module, revision: to % 9 === 0 ? null : (pick(revisions, to) as string), nonce: to % 5 === 0 ? `${to}` : module.nonce }
        : type === 'respecify'
          ? { ...module, rollout: pick(strategies, to), selector: pick(selectors, Math.floor(to / 10)), priority: to % 3 }
          : { ...module, paused: to % 4 === 0, aborted: to % 17 === 1, approvals: approvalsOf(module, now), holds: holdsFor(to) }
    this.modules.set(module.id, changed)
    return { now, modules: [changed] }
  }

  #observe(at: number, of: number, phase: ObservedVersion['phase']): FleetChanges {
    const all = [...this.pairs].flatMap(([cluster, own]) => [...own.values()].map((pair) => ({ cluster, ...pair })))
    const open = all.filter(({ assigned, observed }) => assigned !== null && observed?.generation !== assigned.generation)
    const found = pick(at % 3 === 0 ? all : open, at + of)
    if (found?.assigned == null) return { now: this.now }
    const { cluster, module, assigned, direct } = found
    const isRemoval = assigned.version === null
    const observed = {
      version: assigned.version,
      generation: assigned.generation,
      phase: isRemoval && phase === 'ready' ? ('absent' as const) : phase,
      since: this.now,
    }
    this.#setPair(cluster, { module, assigned, observed, direct })
    return { now: this.now, observed: [{ cluster, module, observed }] }
  }

  #join(number: number, labels: number): FleetCluster {
    const id = `c${number}`
    const cluster: FleetCluster = { id, uid: `uid-${this.#uids++}`, labels: labelsFor(labels), reach: { ok: true, since: this.now } }
    this.pairs.delete(id)
    this.clusters.set(id, cluster)
    return cluster
  }

  #specify(id: string, seed: number, revision: string): FleetModule {
    const module = {
      id,
      revision,
      selector: pick(selectors, seed),
      rollout: pick(strategies, seed),
      priority: seed % 3,
      direct: id === 'm1',
    }
    this.modules.set(id, module)
    return module
  }

  #need(module: string, seed: number): readonly FleetRevision[] {
    const range = pick([undefined, '^1', '>=1.1', '^2', '<2'], seed)
    const other = `m${seed % 4}`
    const made = revisions.map((id, at) => ({
      module,
      id,
      needs: (seed + at) % 3 === 0 || other === module ? [] : [{ module: other, range }],
    }))
    for (const revision of made) this.revisions.set(`${module} ${revision.id}`, revision)
    return made
  }

  #setPair(cluster: string, pair: AssembledModule): void {
    const own = this.pairs.get(cluster) ?? new Map<string, AssembledModule>()
    this.pairs.set(cluster, own)
    own.set(pair.module, pair)
  }

  #assemblage(cluster: string): AssemblageView {
    return { cluster, uid: this.clusters.get(cluster)?.uid, modules: [...(this.pairs.get(cluster)?.values() ?? [])] }
  }
}

function labelsFor(seed: number): Readonly<Record<string, string>> {
  return {
    region: pick(['eu', 'us', 'ap'], seed) as string,
    ...(seed % 4 !== 0 && { tier: pick(['a', 'b'], Math.floor(seed / 3)) as string }),
  }
}

function approvalsOf({ revision, nonce = '' }: FleetModule, at: number): readonly Approval[] {
  return ['eu', 'others'].map((stage) => ({ rid: { version: revision, nonce }, stage, actor: 'jane', at }))
}

function holdsFor(seed: number): FleetModule['holds'] {
  return seed % 3 === 0
    ? { [`c${seed % 5}`]: pick(['paused' as const, 'excluded' as const, { pin: '1.0.0' }], seed) as 'paused' }
    : undefined
}
