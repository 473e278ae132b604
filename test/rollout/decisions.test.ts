import { planRollout, type RolloutEvent, type RolloutInput, replay, type TargetView } from 'fleetkit/rollout'
import { expect, test } from 'vitest'

const at = (id: string, labels: Readonly<Record<string, string>>, phase: 'ready' | 'failed' | undefined): TargetView => ({
  id,
  labels,
  reach: { ok: true, since: 0 },
  assigned: phase === undefined ? { version: 'v1', generation: 1, at: 0 } : { version: 'v2', generation: 2, at: 10 },
  observed:
    phase === undefined ? { version: 'v1', generation: 1, phase: 'ready', since: 0 } : { version: 'v2', generation: 2, phase, since: 20 },
})

const targets = [
  at('a1', { arch: 'arm64' }, 'failed'),
  at('a2', { arch: 'arm64' }, 'failed'),
  at('a3', { arch: 'arm64' }, undefined),
  at('x1', { arch: 'amd64' }, 'ready'),
  at('x2', { arch: 'amd64' }, 'ready'),
  at('x3', { arch: 'amd64' }, undefined),
]
const input = (correlated: boolean, minSample = 2): RolloutInput => ({
  now: 1000,
  module: { id: 'm', version: 'v2' },
  strategy: { stages: [{ name: 'fleet' }], correlate: correlated ? { labels: ['arch'], percent: 50, minSample } : undefined },
  targets,
})

test('failures under one label value stop only the targets with that value, and say which', () => {
  const { actions, held, phase, events } = planRollout(input(true), null)
  expect(actions.map(({ target }) => target)).toEqual(['x3'])
  expect(held.map(({ target, reason }) => [target, reason])).toEqual([
    ['a1', 'failed'],
    ['a2', 'failed'],
    ['a3', 'cohort-halted'],
  ])
  expect(held[2]?.by).toEqual(['cohort:arch=arm64'])
  expect(phase).toBe('Running')
  expect(events).toContainEqual({ at: 1000, type: 'cohort-halted', cohort: 'arch=arm64', failed: 2, finished: 2 })
})
test('without correlation, or before there is a sample, the whole rollout halts', () => {
  expect(planRollout(input(false), null).phase).toBe('Halted')
  expect(planRollout(input(true, 3), null).phase).toBe('Halted')
})
test('failures that are everywhere stop no cohort', () => {
  const everywhere = targets.map((view) =>
    view.id.startsWith('x') ? { ...view, observed: targets[0]?.observed ?? null, assigned: targets[0]?.assigned ?? null } : view,
  )
  const { state, phase } = planRollout({ ...input(true), targets: everywhere }, null)
  expect([state?.cohorts, phase]).toEqual([[], 'Halted'])
})
test('with a cohort stopped the others come to the end, with failures', () => {
  const first = planRollout(input(true), null)
  const rest = targets.map((view) => (view.id === 'x3' ? at('x3', { arch: 'amd64' }, 'ready') : view))
  const last = planRollout({ ...input(true), targets: rest }, first.state)
  expect(last.phase).toBe('CompleteWithFailures')
  expect(replay([...first.events, ...last.events])).toEqual(last.state)
})

test('wrong data never throw: they are named, and nothing starts', () => {
  const { state: _, ...plan } = planRollout(
    { ...input(false), strategy: { stages: [{ name: 'a', maxUnavailable: '150%' }] }, now: Number.NaN },
    null,
  )
  expect([plan.phase, plan.actions, plan.held.length, plan.diagnostics.map(({ code }) => code)]).toEqual([
    'Invalid',
    [],
    6,
    ['bad-input', 'bad-strategy'],
  ])
})
test('two targets of one id, and one whose times are not numbers, are not touched; the others are started', () => {
  const odd = { ...at('odd', {}, undefined), reach: { ok: true, since: Number.NaN } }
  const twice = at('twice', {}, undefined)
  const { actions, held } = planRollout({ ...input(false), targets: [twice, odd, twice, at('good', {}, undefined)] }, null)
  expect(actions.map(({ target }) => target)).toEqual(['good'])
  expect(held.map(({ target, reason }) => [target, reason])).toEqual([
    ['twice', 'invalid'],
    ['odd', 'invalid'],
  ])
})
test('an emergency goes through windows and freezes, and the log says on whose word', () => {
  const closed = { ...input(false), targets: targets.slice(3), windows: [], freezes: [{ name: 'f', from: 0, to: 9999 }] }
  expect(planRollout(closed, null).actions).toEqual([])
  const { events } = planRollout({ ...closed, emergency: { actor: 'ann', reason: 'CVE' } }, null)
  expect(events.find(({ type }) => type === 'set')).toEqual({
    at: 1000,
    type: 'set',
    target: 'x3',
    version: 'v2',
    why: 'stage',
    emergency: 'ann: CVE',
  })
})

test('a strategy that changes meanwhile keeps what has begun, and puts a new stage first', () => {
  const views = ['a', 'b', 'c'].map((id) => at(id, { stage: id }, id === 'a' ? 'ready' : undefined))
  const stage = (name: string): { readonly name: string; readonly targets: readonly string[] } => ({ name, targets: [name] })
  const of = (...names: readonly string[]): RolloutInput => ({ ...input(false), targets: views, strategy: { stages: names.map(stage) } })
  const first = planRollout(of('a', 'b'), null)
  expect([first.gate, first.actions.map(({ target }) => target)]).toEqual([2, ['b']])
  const inserted = planRollout(of('a', 'c', 'b'), first.state)
  expect([inserted.gate, inserted.actions.map(({ target }) => target)]).toEqual([3, ['c', 'b']])
  const afterwards = planRollout(of('b', 'a', 'c'), {
    ...(first.state as NonNullable<typeof first.state>),
    opened: [{ stage: 'a', at: 1 }],
  })
  expect(afterwards.actions.map(({ target }) => target)).toEqual(['b'])
})
test('a new target of a stage that has not begun may get the baseline, nothing, or the wanted version', () => {
  const views = [
    { ...at('a', {}, undefined), assigned: { version: 'v2', generation: 2, at: 900 } },
    at('b', {}, undefined),
    { ...at('new', {}, undefined), assigned: null, observed: null },
  ]
  const baseline = { version: 'v1', others: {} }
  const started = planRollout(
    { ...input(false), targets: views.slice(0, 2), strategy: { stages: [{ name: 'one', targets: ['a'] }, { name: 'two' }] } },
    null,
  )
  const join = (policy: 'baseline' | 'wait' | 'wanted'): readonly unknown[] =>
    planRollout(
      { ...input(false), targets: views, strategy: { stages: [{ name: 'one', targets: ['a'] }, { name: 'two' }], join: policy } },
      started.state === null ? null : { ...started.state, baseline },
    ).actions
  expect(join('baseline')).toEqual([{ target: 'new', stage: 'two', set: 'v1', why: 'baseline' }])
  expect(join('wait')).toEqual([])
  expect(join('wanted')).toEqual([{ target: 'new', stage: 'two', set: 'v2', why: 'stage' }])
})

test('of several label values the one with the largest share goes first, then the larger sample, then the smaller text', () => {
  const failed = (id: string, rack: string): TargetView => at(id, { rack }, 'failed')
  const good = (id: string, rack: string): TargetView => at(id, { rack }, 'ready')
  const many = (rack: string, bad: number, fine: number): readonly TargetView[] => [
    ...Array.from({ length: bad }, (_, index) => failed(`${rack}-bad-${index}`, rack)),
    ...Array.from({ length: fine }, (_, index) => good(`${rack}-fine-${index}`, rack)),
  ]
  const stopped = (...racks: readonly (readonly TargetView[])[]): readonly unknown[] =>
    planRollout(
      {
        ...input(false),
        strategy: { stages: [{ name: 'fleet' }], correlate: { labels: ['rack', 'row'], percent: 50, minSample: 2 } },
        targets: [...racks.flat(), at('bare', {}, 'ready')],
      },
      null,
    ).events.flatMap((event) => (event.type === 'cohort-halted' ? [[event.cohort, event.failed, event.finished]] : []))
  expect(stopped(many('a', 2, 1), many('b', 3, 0), many('z', 0, 8))).toEqual([
    ['rack=b', 3, 3],
    ['rack=a', 2, 3],
  ])
  expect(stopped(many('a', 2, 0), many('b', 3, 0), many('z', 0, 8))).toEqual([
    ['rack=b', 3, 3],
    ['rack=a', 2, 2],
  ])
  expect(stopped(many('b', 2, 0), many('a', 2, 0), many('z', 0, 8))).toEqual([
    ['rack=a', 2, 2],
    ['rack=b', 2, 2],
  ])
  // Half is not more than half, one is no sample, and without others nothing is particular.
  expect(stopped(many('a', 2, 2), many('z', 0, 8))).toEqual([])
  expect(stopped(many('a', 1, 0), many('z', 0, 8))).toEqual([])
  expect(stopped(many('a', 2, 0), many('z', 6, 4))).toEqual([])
  expect(stopped(many('a', 2, 0), many('z', 5, 5))).toEqual([['rack=a', 2, 2]])
})
test('the last ten good versions are remembered, each once, the newest first', () => {
  const done = (version: string): readonly RolloutEvent[] => [
    { at: 1, type: 'started', rid: { version, nonce: '' }, startedAt: 1, baseline: { version: null, others: {} }, fastRollback: false },
    { at: 2, type: 'completed', failed: 0, finished: 3 },
  ]
  const versions = Array.from({ length: 12 }, (_, index) => `v${index}`)
  const newest = versions.toReversed()
  expect(replay(versions.flatMap(done))?.history).toEqual(newest.slice(0, 10))
  expect(replay([...versions, 'v5'].flatMap(done))?.history).toEqual(['v5', ...newest.filter((version) => version !== 'v5').slice(0, 9)])
  const removal = {
    at: 3,
    type: 'started',
    rid: { version: null, nonce: '' },
    startedAt: 3,
    baseline: { version: null, others: {} },
    fastRollback: false,
  } as const
  expect(replay([...versions.flatMap(done), removal, { at: 4, type: 'completed', failed: 0, finished: 3 }])?.history).toEqual(
    newest.slice(0, 10),
  )
  expect(replay([{ at: 1, type: 'completed', failed: 0, finished: 3 }])).toBe(null)
})
test('of several freezes the one that lasts longest is named, and of equals the first by name', () => {
  const freeze = (name: string, to: number, zone?: string) => ({ name, from: 0, to, ...(zone && { selector: { matchLabels: { zone } } }) })
  const said = (...freezes: readonly ReturnType<typeof freeze>[]): readonly unknown[] =>
    planRollout({ ...input(false), targets: [at('a', { zone: '1' }, undefined)], freezes }, null).held.map(({ by, until }) => [
      ...by,
      until,
    ])
  expect(said(freeze('a', 2000), freeze('b', 3000))).toEqual([['freeze:b', 3000]])
  expect(said(freeze('b', 3000), freeze('a', 3000))).toEqual([['freeze:a', 3000]])
  expect(said(freeze('a', 2000, '1'), freeze('b', 3000, '1'))).toEqual([['freeze:b', 3000]])
  expect(said(freeze('a', 3000, '2'), freeze('b', 1000, '1'))).toEqual([])
  expect(said(freeze('later', 1001), { ...freeze('never', 5000), from: 1001 })).toEqual([['freeze:later', 1001]])
})
test('a target that was being removed and is to have the module again frees its deletion', () => {
  const removing = (id: string): TargetView => ({ ...at(id, {}, undefined), assigned: { version: null, generation: 2, at: 900 } })
  const left = { ...at('left', {}, undefined), selected: false }
  const { actions } = planRollout(
    { ...input(false), strategy: { stages: [{ name: 'fleet' }], maxDeletions: 1 }, targets: [removing('again'), left] },
    null,
  )
  expect(actions.map((action) => [action.target, 'set' in action ? action.set : null, action.why])).toEqual([
    ['again', 'v2', 'stage'],
    ['left', null, 'deselected'],
  ])
})
test('each action says why', () => {
  const [one, two] = [{ name: 'one', targets: ['a'] }, { name: 'two' }]
  const why = (
    views: readonly TargetView[],
    version: string | null,
    before: Parameters<typeof planRollout>[1] = null,
  ): readonly unknown[] =>
    planRollout(
      { ...input(false), module: { id: 'm', version }, strategy: { stages: [one, two], maxDeletions: 'all' }, targets: views },
      before,
    ).actions.map((action) => [action.target, action.stage, action.why])
  const [a, b] = [at('a', {}, undefined), at('b', {}, undefined)]
  expect(why([a, b], 'v2')).toEqual([['a', 'one', 'stage']])
  expect(why([a, b], null)).toEqual([['a', 'one', 'absent']])
  expect(why([{ ...a, selected: false }], 'v2')).toEqual([['a', null, 'deselected']])
  const { state } = planRollout({ ...input(false), strategy: { stages: [one, two] }, targets: [at('a', {}, 'ready'), b] }, null)
  expect(why([a, b], 'v2', state)).toEqual([
    ['a', 'one', 'catch-up'],
    ['b', 'two', 'stage'],
  ])
  // It failed before this attempt began.
  expect(why([at('a', {}, 'failed')], 'v2')).toEqual([])
  const { state: again } = planRollout(
    { ...input(false), module: { id: 'm', version: 'v2', nonce: 'again' }, strategy: { stages: [one] }, targets: [] },
    state,
  )
  expect(
    planRollout(
      {
        ...input(false),
        module: { id: 'm', version: 'v2', nonce: 'again' },
        strategy: { stages: [one] },
        targets: [at('a', {}, 'failed')],
      },
      again,
    ).actions,
  ).toEqual([{ target: 'a', stage: 'one', set: 'v2', why: 'retry' }])
})
