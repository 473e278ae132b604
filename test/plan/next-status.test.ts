import fc from 'fast-check'
import { type ErrorCode, errorCodes, getCondition, type SyncStatus } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { type AttemptFacts, type AttemptOutcome, nextStatus, progressingStatus, revisionInCluster } from '../internals.ts'

const start = Date.UTC(2026, 0, 1)
const facts: AttemptFacts = { generation: 2, revision: 'v2@sha1:b' }
const success: AttemptOutcome = { succeeded: true, startedAt: start, finishedAt: start + 1500, message: 'done' }
const failure = (code: ErrorCode, more: Partial<AttemptOutcome> = {}): AttemptOutcome =>
  ({
    succeeded: false,
    startedAt: start,
    finishedAt: start + 1500,
    message: 'why',
    code,
    retryable: errorCodes.get(code)?.retryable === true,
    ...more,
  }) as AttemptOutcome
const previous: SyncStatus = {
  observedGeneration: 1,
  lastAppliedRevision: 'v1@sha1:a',
  lastAttemptedRevision: 'v1@sha1:a',
  inventory: { entries: [{ id: 'apps_a__ConfigMap', v: 'v1' }] },
  admitted: [{ url: 'u', tag: 'v1', commit: 'a' }],
}
const typesOf = (status: SyncStatus) => Object.fromEntries((status.conditions ?? []).map(({ type, status: value }) => [type, value]))

describe('while an attempt writes', () => {
  const status = progressingStatus(
    { ...previous, conditions: nextStatus(previous, { generation: 1 }, failure('cluster/forbidden')).conditions as [] },
    { ...facts, inventory: { entries: [] } },
    start,
  )
  test('it is Reconciling, neither ready nor stalled, of the new generation', () => {
    expect(typesOf(status)).toEqual({ Ready: 'Unknown', Reconciling: 'True' })
    expect(getCondition(status.conditions, 'Ready')).toMatchObject({
      reason: 'Progressing',
      message: 'Applying v2@sha1:b',
      observedGeneration: 2,
    })
  })
  test('the revision is attempted, the inventory recorded, and nothing is applied or observed yet', () => {
    expect(status).toMatchObject({
      observedGeneration: 1,
      lastAppliedRevision: 'v1@sha1:a',
      lastAttemptedRevision: 'v2@sha1:b',
      inventory: { entries: [] },
      admitted: previous.admitted,
    })
  })
})

test.each<[name: string, outcome: AttemptOutcome, conditions: Record<string, string>, reason: string, generation: number, applied: string]>(
  [
    ['success', success, { Ready: 'True' }, 'ReconciliationSucceeded', 2, 'v2'],
    ['success with health', { ...success, healthy: true }, { Ready: 'True', Healthy: 'True' }, 'ReconciliationSucceeded', 2, 'v2'],
    ['an unreachable source', failure('git/unreachable'), { Ready: 'False', Reconciling: 'True' }, 'ArtifactFailed', 1, 'v1'],
    ['a tag that is missing', failure('git/ref-missing'), { Ready: 'False', Stalled: 'True' }, 'ArtifactFailed', 2, 'v1'],
    ['files that cannot be read', failure('source/object-invalid'), { Ready: 'False', Stalled: 'True' }, 'BuildFailed', 2, 'v1'],
    ['a renderer that fails', failure('render/failed'), { Ready: 'False', Stalled: 'True' }, 'BuildFailed', 2, 'v1'],
    ['an invalid Sync', failure('model/invalid'), { Ready: 'False', Stalled: 'True' }, 'BuildFailed', 2, 'v1'],
    ['a dependency', failure('sync/dependency'), { Ready: 'False', Reconciling: 'True' }, 'DependencyNotReady', 1, 'v1'],
    ['a cycle', failure('sync/dependency-cycle'), { Ready: 'False', Stalled: 'True' }, 'DependencyCycle', 2, 'v1'],
    ['an apply that may not be', failure('cluster/forbidden'), { Ready: 'False', Stalled: 'True' }, 'ReconciliationFailed', 2, 'v1'],
    [
      'an apply that may go later',
      failure('cluster/unavailable'),
      { Ready: 'False', Reconciling: 'True' },
      'ReconciliationFailed',
      1,
      'v1',
    ],
    ['the time limit', failure('timeout'), { Ready: 'False', Reconciling: 'True' }, 'ReconciliationFailed', 1, 'v1'],
    [
      'objects that are ill',
      failure('sync/unhealthy', { phase: 'health', healthy: false } as Partial<AttemptOutcome>),
      { Ready: 'False', Reconciling: 'True', Healthy: 'False' },
      'HealthCheckFailed',
      1,
      'v1',
    ],
    [
      'a prune that fails',
      failure('cluster/forbidden', { phase: 'prune' } as Partial<AttemptOutcome>),
      { Ready: 'False', Stalled: 'True' },
      'PruneFailed',
      2,
      'v1',
    ],
  ],
)('%s', (_, outcome, conditions, reason, generation, applied) => {
  const working = progressingStatus(previous, facts, start)
  const status = nextStatus(working, facts, outcome)
  expect(typesOf(status)).toEqual(conditions)
  for (const condition of status.conditions ?? [])
    expect(condition).toMatchObject({
      reason: condition.type === 'Reconciling' ? 'ProgressingWithRetry' : reason,
      message: outcome.message,
      observedGeneration: 2,
    })
  expect(status.observedGeneration).toBe(generation)
  expect(status.lastAppliedRevision?.slice(0, 2)).toBe(applied)
  expect(status.history).toEqual([
    {
      revision: 'v2@sha1:b',
      firstReconciled: '2026-01-01T00:00:01Z',
      lastReconciled: '2026-01-01T00:00:01Z',
      lastReconciledDuration: '1.5s',
      lastReconciledStatus: reason,
      totalReconciliations: 1,
    },
  ])
})

test('an attempt that did not get to the source leaves what is known of it', () => {
  const warned = nextStatus(previous, { ...facts, tagMoved: 'it moved', sourceUnavailable: 'no answer' }, success)
  expect(typesOf(warned)).toEqual({ Ready: 'True', TagMoved: 'True', SourceUnavailable: 'True' })
  expect(getCondition(warned.conditions, 'TagMoved')?.message).toBe('it moved')
  expect(getCondition(warned.conditions, 'SourceUnavailable')?.message).toBe('no answer')
  const waiting = nextStatus(warned, { generation: 2 }, failure('sync/dependency'))
  expect(typesOf(waiting)).toEqual({ Ready: 'False', Reconciling: 'True', TagMoved: 'True', SourceUnavailable: 'True' })
  expect(waiting).toMatchObject({ lastAttemptedRevision: 'v2@sha1:b', inventory: previous.inventory, history: warned.history })
  expect(typesOf(nextStatus(waiting, facts, success))).toEqual({ Ready: 'True' })
})

describe('the revision in the cluster', () => {
  const v1: AttemptFacts = { generation: 1, revision: 'v1' }
  const v2: AttemptFacts = { generation: 2, revision: 'v2' }
  const unhealthy = failure('sync/unhealthy', { phase: 'health' } as Partial<AttemptOutcome>)
  const good = nextStatus({}, v1, success)
  test.each<[name: string, status: SyncStatus, revision: string | undefined]>([
    ['of a new Sync: none', {}, undefined],
    ['after a success', good, 'v1'],
    ['after a failure at the same revision', nextStatus(good, v1, failure('cluster/unavailable')), 'v1'],
    ['while another one is being applied: none', progressingStatus(good, v2, start), undefined],
    ['when another one was applied in part: none', nextStatus(good, v2, failure('cluster/unavailable')), undefined],
    ['when another one was applied and is not healthy', nextStatus(good, v2, unhealthy), 'v2'],
    [
      'when the prune of another one failed',
      nextStatus(good, v2, failure('cluster/forbidden', { phase: 'prune' } as Partial<AttemptOutcome>)),
      'v2',
    ],
    [
      'in a rollback from it: none',
      progressingStatus(nextStatus(good, v2, unhealthy), { generation: 3, revision: 'v3' }, start),
      undefined,
    ],
  ])('%s', (_, status, revision) => {
    expect(revisionInCluster(status)).toBe(revision)
  })
})

test('times of transition move with the status, not with the message', () => {
  const at = (status: SyncStatus) => getCondition(status.conditions, 'Ready')?.lastTransitionTime
  const first = nextStatus({}, facts, success)
  const second = nextStatus(first, facts, { ...success, finishedAt: start + 60_000, message: 'again' })
  expect(at(second)).toBe(at(first))
  const third = nextStatus(second, facts, { ...failure('git/unreachable'), finishedAt: start + 120_000 })
  expect(at(third)).toBe('2026-01-01T00:02:00Z')
})

test('a request is echoed whatever came of it, and kept when there is none', () => {
  const asked = nextStatus({}, facts, { ...failure('git/unreachable'), requestedAt: 'now' })
  expect(asked.lastHandledReconcileAt).toBe('now')
  expect(nextStatus(asked, facts, success).lastHandledReconcileAt).toBe('now')
})

test('a message that is too long for a condition is cut, between characters', () => {
  const message = '😀'.repeat(40_000)
  const status = nextStatus({}, { ...facts, tagMoved: message, sourceUnavailable: message }, { ...failure('cluster/invalid'), message })
  expect(status.conditions).toHaveLength(4)
  for (const condition of status.conditions ?? []) {
    expect(condition.message.length).toBeLessThanOrEqual(4096)
    expect(condition.message.isWellFormed()).toBe(true)
    expect(condition.message.endsWith('…')).toBe(true)
  }
  const short = 'x'.repeat(4096)
  expect(getCondition(nextStatus({}, facts, { ...success, message: short }).conditions, 'Ready')?.message).toBe(short)
})

test('any sequence of attempts keeps the conventions', () => {
  const codes = ([...errorCodes.keys()] as ErrorCode[]).filter((code) => !['aborted', 'closed', 'internal'].includes(code))
  const step = fc.record({
    revision: fc.option(fc.constantFrom('v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'), { nil: undefined }),
    code: fc.option(fc.constantFrom(...codes), { nil: undefined, freq: 2 }),
    healthy: fc.option(fc.boolean(), { nil: undefined }),
    progress: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      let status: SyncStatus = {}
      const counts = new Map<string, number>()
      for (const [index, { revision = 'v1', code, healthy, progress }] of steps.entries()) {
        const now = start + index * 1000
        const attempted: AttemptFacts = { generation: index + 1, revision }
        const before = status
        if (progress) {
          status = progressingStatus(status, attempted, now)
          expect(status.observedGeneration).toBe(before.observedGeneration)
          expect(status.lastAppliedRevision).toBe(before.lastAppliedRevision)
        }
        const common = { startedAt: now, finishedAt: now, message: 'm', healthy }
        const outcome: AttemptOutcome =
          code === undefined
            ? { ...common, succeeded: true }
            : { ...common, succeeded: false, code, retryable: errorCodes.get(code)?.retryable === true }
        status = nextStatus(status, attempted, outcome)
        counts.set(revision, (counts.get(revision) ?? 0) + 1)
        const has = (type: string): boolean => getCondition(status.conditions, type)?.status === 'True'
        // Ready, Reconciling and Stalled: exactly one of them holds after an attempt.
        expect([has('Ready'), has('Reconciling'), has('Stalled')].filter(Boolean)).toHaveLength(1)
        expect(getCondition(status.conditions, 'Ready')).toBeDefined()
        expect(status.observedGeneration).toBe(has('Reconciling') ? before.observedGeneration : index + 1)
        expect(status.lastAppliedRevision).toBe(outcome.succeeded ? revision : before.lastAppliedRevision)
        expect(status.lastAttemptedRevision).toBe(revision)
        const history = status.history ?? []
        expect(history.length).toBeLessThanOrEqual(5)
        expect(new Set(history.map((entry) => entry.revision)).size).toBe(history.length)
        expect(history[0]?.revision).toBe(revision)
        const types = (status.conditions ?? []).map(({ type }) => type)
        expect(types).toEqual([...new Set(types)].sort())
      }
    }),
  )
})
