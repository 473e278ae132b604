import {
  type Amount,
  type AmountRule,
  type Approval,
  type ClusterHold,
  type ClusterView,
  demandRule,
  type Freeze,
  limitRule,
  planRollout,
  type RolloutPlan,
  type RolloutState,
  resolveAmount,
  type Stage,
  toleranceRule,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import amounts from '../vectors/amounts.json' with { type: 'json' }
import rollouts from '../vectors/rollout.json' with { type: 'json' }

/** A cluster as the vectors write it; docs/planner.md says what each field means. */
interface Short {
  readonly has?: string
  readonly told?: string | null
  readonly at?: number
  readonly phase?: 'applying' | 'ready' | 'failed' | 'absent'
  readonly since?: number
  readonly stale?: boolean
  readonly dark?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly hold?: ClusterHold
  readonly left?: boolean
}

interface Vector {
  readonly name: string
  readonly now: number
  readonly version: string | null
  readonly nonce?: string
  readonly stages: readonly Stage[]
  readonly rest?: 'reject'
  readonly before_version?: string
  readonly opened?: readonly string[]
  readonly approvals?: readonly Approval[]
  readonly freezes?: readonly Freeze[]
  readonly clusters: Readonly<Record<string, Short>>
  readonly expect: {
    readonly start?: readonly string[]
    readonly set?: Readonly<Record<string, string>>
    readonly remove?: readonly string[]
    readonly done?: readonly string[]
    readonly moving?: readonly string[]
    readonly held?: Readonly<Record<string, string>>
    readonly phase?: string
    readonly cause?: string
    readonly wake?: number
  }
}

const rules: Readonly<Record<string, AmountRule>> = { limit: limitRule, tolerance: toleranceRule, demand: demandRule }

describe('vectors of amounts', () => {
  test.each(amounts)('$source: $amount of $total as $rule', ({ amount, total, rule, expect: expected }) => {
    expect(resolveAmount(amount as Amount, total, rules[rule] as AmountRule) ?? null).toBe(expected)
  })
})

function viewOf(id: string, { has, told, at = 0, phase, since = 0, stale, dark, labels, hold, left }: Short): ClusterView {
  const before = has === undefined ? null : { version: has, generation: 1 }
  const assigned = told === undefined ? before && { ...before, at: 0 } : { version: told, generation: 2, at }
  const outcome = phase !== undefined && told !== undefined ? { version: told, generation: stale === true ? 1 : 2, phase, since } : null
  return {
    id,
    labels,
    hold,
    selected: left !== true,
    reach: dark === undefined ? { ok: true, since: 0 } : { ok: false, since: dark },
    assigned,
    observed: outcome ?? (before && { ...before, phase: 'ready', since: 0 }),
  }
}

/** The state of a roll-out that began at 50, with what the vector says of it. */
function stateOf({ before_version, opened, version, nonce = '' }: Vector): RolloutState | null {
  if (before_version === undefined && opened === undefined) return null
  return {
    rid: before_version === undefined ? { version, nonce } : { version: before_version, nonce: '' },
    startedAt: 50,
    opened: (opened ?? []).map((stage) => ({ stage, at: 50 })),
    failed: [],
    cohorts: [],
    halted: null,
    completedAt: null,
    baseline: { version: 'v1', others: {} },
    express: false,
    history: [],
    supersedes: 0,
    queued: null,
    waitingSince: null,
    cursor: 1,
  }
}

const ids = (entries: readonly { readonly cluster: string }[]): readonly string[] => entries.map(({ cluster }) => cluster)

/** What a plan says of each thing that a vector may expect. */
function found(
  { actions, done, moving, held, phase, cause, nextWakeAt }: RolloutPlan,
  expected: Vector['expect'],
): Record<string, unknown> {
  const sets = actions.flatMap((action) => ('set' in action ? [action] : []))
  const all: Record<keyof Vector['expect'], unknown> = {
    start: ids(sets),
    set: Object.fromEntries(sets.map(({ cluster, set }) => [cluster, set])),
    remove: ids(actions.filter((action) => !('set' in action))),
    done,
    moving: ids(moving),
    held: Object.fromEntries(
      held.filter(({ cluster }) => cluster in (expected.held ?? {})).map(({ cluster, reason }) => [cluster, reason]),
    ),
    phase,
    cause: cause?.code,
    wake: nextWakeAt,
  }
  return Object.fromEntries(Object.entries(all).filter(([field]) => field in expected))
}

describe('vectors of roll-outs', () => {
  test.each(rollouts as unknown as readonly Vector[])('$name', (vector) => {
    const { now, version, nonce, stages, rest, approvals, freezes, clusters } = vector
    const views = Object.entries(clusters).map(([id, short]) => viewOf(id, short))
    const input = { now, module: { id: 'm', version, nonce }, strategy: { stages, rest }, clusters: views, approvals, freezes }
    expect(found(planRollout(input, stateOf(vector)), vector.expect)).toEqual(vector.expect)
  })
  test('there are enough of them', () => expect(amounts.length + rollouts.length).toBeGreaterThanOrEqual(150))
})
