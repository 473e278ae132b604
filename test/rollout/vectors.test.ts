import {
  type Amount,
  type AmountRule,
  type Approval,
  demandRule,
  type Freeze,
  type Interval,
  limitRule,
  planRollout,
  type RecordedRetry,
  type RolloutPlan,
  type RolloutState,
  resolveAmount,
  type Stage,
  type TargetBusy,
  type TargetHold,
  type TargetView,
  type TargetWindows,
  toleranceRule,
  type Verdict,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import amounts from '../vectors/amounts.json' with { type: 'json' }
import rollouts from '../vectors/rollout.json' with { type: 'json' }

/** A target as the vectors write it; docs/planner.md says what each field means. */
interface Short {
  readonly has?: string
  readonly assigned?: string | null
  readonly at?: number
  readonly phase?: 'applying' | 'ready' | 'failed' | 'absent'
  readonly since?: number
  readonly generation?: number
  readonly stale?: boolean
  readonly unreachable?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly hold?: TargetHold
  readonly weight?: number
  readonly busy?: TargetBusy
  readonly deselected?: boolean
}

interface Vector {
  readonly name: string
  readonly now: number
  readonly version: string | null
  readonly nonce?: string
  readonly stages: readonly Stage[]
  readonly rest?: 'reject'
  readonly tracks?: string
  readonly before_version?: string
  readonly opened?: readonly string[]
  readonly retries?: readonly RecordedRetry[]
  readonly took?: Readonly<Record<string, readonly string[]>>
  readonly approvals?: readonly Approval[]
  readonly freezes?: readonly Freeze[]
  readonly windows?: readonly Interval[]
  readonly targetWindows?: readonly TargetWindows[]
  readonly verdicts?: readonly Verdict[]
  readonly targets: Readonly<Record<string, Short>>
  readonly expect: {
    readonly start?: readonly string[]
    readonly set?: Readonly<Record<string, string>>
    readonly remove?: readonly string[]
    readonly done?: readonly string[]
    readonly updating?: readonly string[]
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

function viewOf(
  id: string,
  { has, assigned: version, at = 0, phase, since = 0, generation = 2, stale, unreachable, labels, hold, weight, busy, deselected }: Short,
): TargetView {
  const before = has === undefined ? null : { version: has, generation: 1 }
  const assigned = version === undefined ? before && { ...before, at: 0 } : { version, generation, at }
  const outcome =
    phase !== undefined && version !== undefined ? { version, generation: stale === true ? 1 : generation, phase, since } : null
  return {
    id,
    labels,
    hold,
    weight,
    busy,
    selected: deselected !== true,
    reach: unreachable === undefined ? { ok: true, since: 0 } : { ok: false, since: unreachable },
    assigned,
    observed: outcome ?? (before && { ...before, phase: 'ready', since: 0 }),
  }
}

/** The state of a rollout that began at 50, with what the vector says of it. */
function stateOf({ before_version, opened, took = {}, retries = [], version, nonce = '' }: Vector): RolloutState | null {
  if (before_version === undefined && opened === undefined) return null
  return {
    rid: before_version === undefined ? { version, nonce } : { version: before_version, nonce: '' },
    startedAt: 50,
    opened: (opened ?? []).map((stage) => ({ stage, at: 50, ...(took[stage] && { took: took[stage] }) })),
    failed: [],
    retries,
    cohorts: [],
    halted: null,
    completedAt: null,
    baseline: { version: 'v1', others: {} },
    fastRollback: false,
    history: [],
    supersedes: 0,
    queued: null,
    waitingSince: null,
    cursor: 1,
  }
}

const ids = (entries: readonly { readonly target: string }[]): readonly string[] => entries.map(({ target }) => target)

/** What a plan says of each thing that a vector may expect. */
function found(
  { actions, done, updating, held, phase, cause, nextWakeAt }: RolloutPlan,
  expected: Vector['expect'],
): Record<string, unknown> {
  const sets = actions.flatMap((action) => ('set' in action ? [action] : []))
  const all: Record<keyof Vector['expect'], unknown> = {
    start: ids(sets),
    set: Object.fromEntries(sets.map(({ target, set }) => [target, set])),
    remove: ids(actions.filter((action) => !('set' in action))),
    done,
    updating: ids(updating),
    held: Object.fromEntries(held.filter(({ target }) => target in (expected.held ?? {})).map(({ target, reason }) => [target, reason])),
    phase,
    cause: cause?.code,
    wake: nextWakeAt,
  }
  return Object.fromEntries(Object.entries(all).filter(([field]) => field in expected))
}

describe('vectors of rollouts', () => {
  test.each(rollouts as unknown as readonly Vector[])('$name', (vector) => {
    const { now, version, nonce, stages, rest, tracks, approvals, windows, targetWindows, freezes, verdicts, targets } = vector
    const views = Object.entries(targets).map(([id, short]) => viewOf(id, short))
    const given = { approvals, windows, targetWindows, freezes, verdicts }
    const input = { now, module: { id: 'm', version, nonce }, strategy: { stages, rest, tracks }, targets: views, ...given }
    expect(found(planRollout(input, stateOf(vector)), vector.expect)).toEqual(vector.expect)
  })
  test('there are enough of them', () => expect(amounts.length + rollouts.length).toBeGreaterThanOrEqual(150))
})
