import fc from 'fast-check'
import { exactInteger, type KubeObject } from 'fleetkit'
import { assessHealth } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'
import { healthRules, valueAt } from '../../internals.ts'
import { runs } from '../../random-tests.ts'

const types = [...healthRules.keys(), 'example.org/Database'].map((key) => {
  const [group, kind] = key.split('/') as [string, string]
  return { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind }
})

/** A count, or anything that a confused controller may have written instead. */
const count = fc.oneof({ weight: 8, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
const condition = fc.record(
  {
    type: fc.constantFrom(
      'Ready',
      'Available',
      'Progressing',
      'Reconciling',
      'Stalled',
      'Complete',
      'Failed',
      'Established',
      'PodScheduled',
    ),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: fc.constantFrom('', 'Unschedulable', 'ProgressDeadlineExceeded', 'NewReplicaSetAvailable', 'Installing'),
    message: fc.string(),
  },
  { requiredKeys: ['type', 'status'] },
)
const status = fc.record(
  {
    observedGeneration: count,
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    currentReplicas: count,
    fullyLabeledReplicas: count,
    desiredNumberScheduled: count,
    currentNumberScheduled: count,
    updatedNumberScheduled: count,
    numberAvailable: count,
    numberReady: count,
    phase: fc.oneof(fc.constantFrom('Running', 'Pending', 'Bound', 'Succeeded'), fc.jsonValue({ maxDepth: 1 })),
    startTime: fc.constantFrom('', '2026-03-01T12:00:00Z'),
    containerStatuses: fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constant([{ name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } } }]),
    ),
    conditions: fc.oneof(
      { weight: 6, arbitrary: fc.array(condition, { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    ),
  },
  { requiredKeys: [] },
)
const start = Date.parse('2026-03-01T12:00:00Z')
const object = fc
  .record({
    type: fc.constantFrom(...types),
    metadata: fc.record(
      {
        generation: count,
        deletionTimestamp: fc.constantFrom('', '2026-03-01T12:00:00Z'),
        creationTimestamp: fc.constant('2026-03-01T12:00:00Z'),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      { replicas: count, progressDeadlineSeconds: count, type: fc.constantFrom('ClusterIP', 'LoadBalancer') },
      { requiredKeys: [] },
    ),
    status: fc.oneof({ weight: 8, arbitrary: status }, { weight: 1, arbitrary: fc.jsonValue() }),
  })
  .map(({ type, ...rest }) => ({ ...type, ...rest }) as unknown as KubeObject)

/** What leads to the rule of a kind, and what holds other fields. */
function hasText(key: string, field: unknown): boolean {
  return key === 'apiVersion' || key === 'kind' || (typeof field === 'object' && field !== null)
}

describe('assessHealth', () => {
  test('never throws and gives a whole verdict for any JSON', () => {
    const anything = fc.oneof(object, fc.jsonValue() as fc.Arbitrary<unknown>)
    fc.assert(
      fc.property(anything, (value) => {
        const health = assessHealth(value as KubeObject, { now: start })
        expect(health.status).toMatch(/^(Current|InProgress|Failed|Terminating|Unknown)$/)
        expect(health.rule).toMatch(/^[a-z]+\/[a-z-]+$/)
        expect(health.message).not.toBe('')
      }),
      { numRuns: runs(3000) },
    )
  })

  test('no rule fails on integers that no double holds, wherever they are', () => {
    const long = object.map((value) =>
      JSON.parse(JSON.stringify(value), (key, field) => (hasText(key, field) ? field : exactInteger(2n ** 60n))),
    )
    fc.assert(
      fc.property(long, (value) => {
        expect(assessHealth(value as KubeObject, { now: start }).rule).not.toBe('generic/rule-failed')
      }),
      { numRuns: runs(3000) },
    )
  })

  test('every status and every kind is reached by the generator', () => {
    const seen = new Set(
      fc.sample(object, runs(3000)).flatMap((value) => {
        const { status: verdict, rule } = assessHealth(value, { now: start })
        return [verdict, rule.split('/')[0]]
      }),
    )
    const kinds = types
      .slice(0, -1)
      .map(({ kind }) => kind.toLowerCase())
      .filter((kind) => !['configmap', 'secret', 'cronjob'].includes(kind))
    for (const expected of ['Current', 'InProgress', 'Failed', 'Terminating', 'Unknown', 'generic', 'stored', ...kinds]) {
      expect(seen).toContain(expected)
    }
  })

  test('the evidence is what the object holds, and nothing but it and the time decides', () => {
    fc.assert(
      fc.property(object, fc.integer({ min: -60_000, max: 60_000 }), (value, offset) => {
        const now = start + offset
        const health = assessHealth(value, { now })
        for (const { path, value: found } of health.evidence) expect(found).toEqual(valueAt(value, path))
        expect(assessHealth(structuredClone(value), { now })).toEqual(health)
      }),
    )
  })

  test('time alone changes a verdict exactly when it said it would', () => {
    fc.assert(
      fc.property(object, fc.integer({ min: -60_000, max: 60_000 }), fc.nat(120_000), (value, offset, later) => {
        const now = start + offset
        const { nextCheckAt, ...before } = assessHealth(value, { now })
        const until = nextCheckAt ?? Number.POSITIVE_INFINITY
        expect(until).toBeGreaterThan(now)
        const { nextCheckAt: _, ...after } = assessHealth(value, { now: now + later })
        if (now + later < until) expect(after).toEqual(before)
        if (nextCheckAt !== undefined) expect(assessHealth(value, { now: nextCheckAt }).status).not.toBe(before.status)
      }),
      { numRuns: runs(2000) },
    )
  })

  test('a Pod that no node can take says when that becomes a failure', () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', creationTimestamp: '2026-03-01T12:00:00Z' },
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' }] },
    }
    const waiting = assessHealth(pod, { now: start + 1 })
    expect(waiting).toMatchObject({ status: 'InProgress', nextCheckAt: start + 15_000 })
    expect(assessHealth(pod, { now: start + 15_000 })).toEqual({
      status: 'Failed',
      rule: 'pod/unschedulable',
      message: 'no room',
      evidence: [
        { path: 'metadata.creationTimestamp', value: '2026-03-01T12:00:00Z' },
        {
          path: 'status.conditions[type="PodScheduled"]',
          value: { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' },
        },
      ],
    })
  })

  test('an object that does not exist is NotFound', () => {
    expect(assessHealth(undefined, { now: start }).status).toBe('NotFound')
  })

  test('fields inherited from a prototype do not count', () => {
    const polluted = JSON.parse('{"apiVersion":"example.org/v1","kind":"A","metadata":{"name":"a","__proto__":{"deletionTimestamp":"x"}}}')
    expect(assessHealth(polluted, { now: start }).status).toBe('Current')
    expect(assessHealth(Object.create({ metadata: { deletionTimestamp: 'x' } }), { now: start }).status).toBe('Current')
  })
})
