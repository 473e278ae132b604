import fc from 'fast-check'
import type { Amount, CanonicalStrategy, FailureTolerance, Interval, Stage } from 'fleetkit/rollout'

/** A record whose fields may each be absent. */
function partial<Model extends Record<string, fc.Arbitrary<unknown>>>(model: Model) {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<{
    [Key in keyof Model]?: Model[Key] extends fc.Arbitrary<infer Value> ? Value : never
  }>
}

const amount: fc.Arbitrary<Amount> = fc.oneof(
  fc.nat({ max: 1000 }),
  fc.integer({ min: 0, max: 100 }).map((percent): Amount => `${percent}%`),
  fc.constant<Amount>('all'),
)
const tolerance: fc.Arbitrary<FailureTolerance> = fc.oneof(
  amount,
  fc.record({ percent: fc.integer({ min: 0, max: 100 }), minSample: fc.integer({ min: 1, max: 50 }) }),
)
const ms = fc.nat({ max: 40 * 86_400_000 })
const label = fc.constantFrom('region', 'tier', 'example.com/zone')
const interval: fc.Arbitrary<Interval> = fc
  .tuple(fc.nat({ max: 2e12 }), fc.integer({ min: 1, max: 1e10 }))
  .map(([from, length]) => ({ from, to: from + length }))

const stage = partial({
  selector: fc.constantFrom({}, { matchLabels: { region: 'eu' } }, { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] }),
  targets: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
  limit: amount,
  limitBy: label,
  waves: fc.array(amount, { minLength: 1, maxLength: 3 }),
  sortBy: fc.array(
    fc
      .tuple(label, partial({ as: fc.constantFrom('text' as const, 'number' as const), order: fc.constant('descending' as const) }))
      .map(([of, more]) => ({ label: of, ...more })),
    { maxLength: 2 },
  ),
  within: label,
  maxConcurrency: amount,
  maxStarts: fc.record({ limit: amount, per: ms.map((length) => length + 1) }),
  weighted: fc.boolean(),
  maxUnavailable: amount,
  maxFailures: tolerance,
  strict: fc.boolean(),
  minReady: ms,
  soak: ms,
  approvals: fc.nat({ max: 5 }),
  progressDeadline: ms.map((length) => length + 1),
  minDone: amount,
  maxDeferred: amount,
  maxLost: amount,
  onFailure: fc.constantFrom('hold' as const, 'revert' as const),
  retry: fc
    .tuple(fc.integer({ min: 1, max: 100 }), ms, partial({ maxBackoff: ms }))
    .map(([limit, backoff, more]) => ({ limit, backoff, ...more })),
  requireSuccess: fc.boolean(),
  checks: fc.uniqueArray(
    fc
      .tuple(
        fc.constantFrom('smoke', 'load', 'soc-2'),
        partial({ maxPending: ms, onFail: fc.constantFrom('halt' as const, 'revertFailed' as const, 'revertAll' as const) }),
      )
      .map(([name, more]) => ({ name, ...more })),
    { selector: ({ name }) => name, maxLength: 3 },
  ),
  windows: fc.array(interval, { maxLength: 2 }),
})

const policies = partial({
  rest: fc.constantFrom('last' as const, 'reject' as const),
  maxFailures: tolerance,
  correlate: fc.record({
    labels: fc.array(label, { minLength: 1, maxLength: 2 }),
    percent: fc.nat({ max: 100 }),
    minSample: fc.integer({ min: 1, max: 9 }),
  }),
  supersede: fc
    .tuple(
      fc.constantFrom('supersede' as const, 'queue' as const, 'finishStage' as const),
      partial({ maxSupersedes: fc.integer({ min: 1, max: 9 }), minRunTime: ms }),
    )
    .map(([mode, more]) => ({ mode, ...more })),
  join: fc.constantFrom('baseline' as const, 'wait' as const, 'wanted' as const),
  onHalt: fc.constantFrom('hold' as const, 'revertFailed' as const, 'revertAll' as const),
  maxDeletions: amount,
  forgetDeselected: fc.boolean(),
  tracks: label,
  fastRollback: fc.boolean(),
})

/** A stage has a limit or waves, and what a limit counts for only with one. */
function coherent({ limit, limitBy, waves, ...fields }: Omit<Stage, 'name'>): Omit<Stage, 'name'> {
  return limit === undefined ? { ...fields, ...(waves && { waves }) } : { ...fields, limit, ...(limitBy && { limitBy }) }
}

/** Any strategy in its canonical form that can be stored. */
export const arbitraryCanonical: fc.Arbitrary<CanonicalStrategy> = fc
  .tuple(fc.array(stage, { minLength: 1, maxLength: 4 }), policies)
  .map(([stages, more]) => ({ ...more, stages: stages.map((fields, index): Stage => ({ ...coherent(fields), name: `stage-${index}` })) }))
