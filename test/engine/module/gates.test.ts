import type { GateAnswer, GateQuestion, KubeObject, ModuleInput } from 'fleetkit'
import { allModules, historyOfLogs, readLogs, type StoredRolloutStatus } from 'fleetkit/fleet'
import { objectGate } from 'fleetkit/gates'
import { memoryCluster } from 'fleetkit/memory'
import { RolloutOperations } from 'fleetkit/operations'
import { describe, expect, test } from 'vitest'
import { apiVersion, FleetWorld, namespace, refOf } from './fleet-world.ts'

const minute = 60_000
const checked = (check: object = {}): ModuleInput['spec']['rollout'] => ({
  staged: { stages: [{ name: 'canary', limit: 1, checks: [{ name: 'smoke', ...check }] }, { name: 'fleet' }] },
})
const approved = (approvals: number): ModuleInput['spec']['rollout'] => ({
  staged: {
    stages: [
      { name: 'canary', limit: 1 },
      { name: 'fleet', approvals },
    ],
  },
})
const pair = (cluster: string) => ({ namespace, cluster, module: 'shop' })

async function rollout(w: FleetWorld): Promise<StoredRolloutStatus> {
  return ((await w.store.get(refOf('Rollout', 'shop')))?.status ?? {}) as StoredRolloutStatus
}

async function events(w: FleetWorld): Promise<readonly string[]> {
  const { items } = await w.store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
  const history = historyOfLogs(readLogs(items).logs)
  const own = [...history.newest({ module: 'shop', limit: 1000 }), ...history.newest({ limit: 1000 })]
  return own.map(({ type, cluster, why }) => [type, cluster, why].filter((part) => part !== undefined).join(' ')).reverse()
}

/** Answers a check as it is told, and remembers what it was asked. */
class Smoke {
  readonly asked: GateQuestion[] = []
  answer: (question: GateQuestion, signal: AbortSignal) => GateAnswer | Promise<GateAnswer> = () => ({ verdict: 'pending' })

  get gate() {
    return {
      name: 'smoke',
      check: (question: GateQuestion, { signal }: { readonly signal: AbortSignal }) => {
        this.asked.push(question)
        return this.answer(question, signal)
      },
    }
  }
}

describe('a check of a stage', () => {
  test('is asked once the members of the stage have finished, and again while it is pending; a pass lets the next stage begin', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c'])
    const smoke = new Smoke()
    w.answer = () => undefined
    const stop = w.manage({ gates: [smoke.gate] })
    await w.module('shop', { rollout: checked() })
    await w.clock.advance(5 * minute)
    expect(smoke.asked).toEqual([])
    w.answer = () => 'Ready'
    smoke.answer = () => ({ verdict: 'pending', evidence: '3 of 5 done' })
    await w.answerAgain()
    await w.clock.advance(minute)
    const { revision } = await w.status('shop')
    expect(smoke.asked[0]).toEqual({ namespace, module: 'shop', revision, stage: 'canary', clusters: ['a'] })
    expect(smoke.asked.length).toBeGreaterThan(4)
    expect(w.rollouts.explain(pair('b'))?.message).toContain('check smoke to pass (pending since')
    expect(w.rollouts.explain(pair('b'))?.message).toContain('3 of 5 done')
    // Said once, as nothing else came of it.
    expect(w.events.filter(({ type }) => type === 'rollout.checked')).toHaveLength(1)
    smoke.answer = () => ({ verdict: 'pass', evidence: '5 of 5 done' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    expect((await rollout(w)).verdicts).toMatchObject([
      { revision, stage: 'canary', check: 'smoke', verdict: 'pass', evidence: '5 of 5 done' },
    ])
    const count = smoke.asked.length
    await w.clock.advance(60 * minute)
    expect(smoke.asked).toHaveLength(count)
    await stop()
  })

  test('halts when it fails, is asked no more, and again when the revision is tried again', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const smoke = new Smoke()
    smoke.answer = () => ({ verdict: 'fail', evidence: 'see https://ci.example.com/42' })
    const stop = w.manage({ gates: [smoke.gate] })
    await w.module('shop', { rollout: checked() })
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(await w.status('shop')).toMatchObject({ phase: 'Halted' })
    expect(smoke.asked).toHaveLength(1)
    expect((await events(w)).find((event) => event.startsWith('halted'))).toContain('see https://ci.example.com/42')
    smoke.answer = () => ({ verdict: 'pass' })
    await new RolloutOperations({ store: w.store, namespace, clock: w.clock }).retry('shop')
    await w.clock.advance(minute)
    expect(smoke.asked).toHaveLength(2)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    await stop()
  })

  test.each<[string, Smoke['answer'], string]>([
    ['throws', () => Promise.reject(new Error('no route to host')), 'the check failed: no route to host'],
    [
      'throws at once',
      () => {
        throw new Error('no such metric')
      },
      'the check failed: no such metric',
    ],
    ['hangs', () => new Promise(() => {}), 'the check failed: it did not answer within 30 s'],
    ['answers nonsense', () => 'yes' as never, 'the check answered: found string "yes", accepted'],
    ['answers with evidence that is none', () => ({ verdict: 'pass', evidence: 42 }) as never, 'the check answered: found an object'],
    ['answers at length', () => ({ verdict: 'pending', evidence: 'x'.repeat(5000) }), `${'x'.repeat(999)}…`],
  ])('that %s is pending, with that as its evidence, and holds no other', async (_, answer, evidence) => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const smoke = new Smoke()
    smoke.answer = answer
    const stop = w.manage({ gates: [smoke.gate] })
    await w.module('shop', { rollout: checked() })
    await w.module('web')
    await w.clock.advance(minute)
    expect((await rollout(w)).verdicts?.[0]).toMatchObject({ verdict: 'pending' })
    expect((await rollout(w)).verdicts?.[0]?.evidence).toContain(evidence)
    expect(await w.status('web')).toMatchObject({ phase: 'Complete' })
    smoke.answer = () => ({ verdict: 'pass' })
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    await stop()
  })

  test('that is pending for too long halts', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage({ gates: [new Smoke().gate] })
    await w.module('shop', { rollout: checked({ maxPending: '10m' }) })
    await w.clock.advance(9 * minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Running' })
    await w.clock.advance(2 * minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Halted' })
    await stop()
  })

  test('that has passed stays so for the manager that comes after', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stages = [
      { name: 'canary', limit: 1, checks: [{ name: 'smoke', maxPending: '10m' }] },
      { name: 'fleet', approvals: 1 },
    ] as const
    const smoke = new Smoke()
    smoke.answer = () => ({ verdict: 'pass' })
    const stop = w.manage({ gates: [smoke.gate] })
    await w.module('shop', { rollout: { staged: { stages } } })
    await w.clock.advance(minute)
    await stop()
    // The check would have been pending for too long.
    await w.clock.advance(60 * minute)
    const again = w.manage({ gates: [smoke.gate] })
    await w.clock.advance(minute)
    expect(smoke.asked).toHaveLength(1)
    const operations = new RolloutOperations({ store: w.store, namespace })
    const [fleet] = await operations.awaiting('shop')
    await operations.approve('shop', { stage: 'fleet', by: 'ann', digest: fleet?.digest as string })
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    await again()
  })

  test('of a version that is no longer wanted ends, and its answer counts for nothing', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const smoke = new Smoke()
    const late = Promise.withResolvers<GateAnswer>()
    const signals: AbortSignal[] = []
    smoke.answer = (_, signal) => {
      signals.push(signal)
      return late.promise
    }
    const stop = w.manage({ gates: [{ ...smoke.gate, timeoutMs: 60 * minute }] })
    await w.module('shop', { rollout: checked() })
    await w.clock.advance(minute)
    await w.module('shop', { rollout: checked(), tag: 'v2' })
    await w.clock.advance(minute)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    late.resolve({ verdict: 'pass' })
    await w.clock.advance(minute)
    const { revision } = await w.status('shop')
    expect((await rollout(w)).verdicts).toMatchObject([{ revision, verdict: 'pass' }])
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2' })
    await stop()
  })

  test('that failed in one track is asked no more there, and goes on to be asked in the others; of what was aborted none is', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'], (name) => ({ tenant: name }))
    const smoke = new Smoke()
    smoke.answer = ({ track }) => ({ verdict: track === 'tenant=a' ? 'fail' : 'pending' })
    const stop = w.manage({ gates: [smoke.gate] })
    await w.module('shop', { rollout: { staged: { tracks: 'tenant', stages: [{ name: 'all', checks: [{ name: 'smoke' }] }] } } })
    await w.clock.advance(10 * minute)
    const count = (track: string) => smoke.asked.filter((each) => each.track === track).length
    expect(count('tenant=a')).toBe(1)
    expect(count('tenant=b')).toBeGreaterThan(30)
    await new RolloutOperations({ store: w.store, namespace }).abort('shop')
    await w.clock.advance(minute)
    const asked = smoke.asked.length
    await w.clock.advance(60 * minute)
    expect(smoke.asked).toHaveLength(asked)
    await stop()
  })

  test('of objects passes when they are healthy in the clusters of the stage', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const there = memoryCluster({ clock: w.clock })
    const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'probe' }
    const stop = w.manage({ gates: [objectGate({ name: 'smoke', objects: [object] })] }, { connect: () => Promise.resolve(there) as never })
    await w.module('shop', { rollout: checked() })
    await w.clock.advance(minute)
    expect((await rollout(w)).verdicts?.[0]).toMatchObject({
      verdict: 'pending',
      evidence: 'Pod shop/probe on a: The object does not exist.',
    })
    await there.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    const made = await there.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', name: 'probe' },
      spec: { containers: [{ name: 'probe', image: 'probe' }] },
    })
    await there.update({ ...made, status: { phase: 'Succeeded' } } as KubeObject, { subresource: 'status' })
    await w.clock.advance(minute)
    expect((await rollout(w)).verdicts?.[0]).toMatchObject({ verdict: 'pass', evidence: '1 object is healthy' })
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    await stop()
  })
})

describe('an approval', () => {
  async function waiting(w: FleetWorld, approvals = 1) {
    await w.clusters(['a', 'b', 'c'])
    const stop = w.manage()
    await w.module('shop', { rollout: approved(approvals) })
    await w.clock.advance(minute)
    const operations = new RolloutOperations({ store: w.store, namespace })
    return { operations, stop }
  }

  test('lets the stage begin that it names, by what would begin', async () => {
    await using w = new FleetWorld()
    const { operations, stop } = await waiting(w)
    const awaited = await operations.awaiting('shop')
    expect(awaited).toEqual([
      { stage: 'fleet', digest: expect.stringMatching(/^[0-9a-f]{16}$/), clusters: 2, message: 'approvals (0 of 1)' },
    ])
    await operations.approve('shop', { stage: 'fleet', by: 'ann', digest: awaited[0]?.digest as string })
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    expect(await events(w)).toContain('approved fleet, by ann')
    expect(await operations.awaiting('shop')).toEqual([])
    await stop()
  })

  test('counts for nothing once what would begin is something else', async () => {
    await using w = new FleetWorld()
    const { operations, stop } = await waiting(w, 2)
    const [first] = await operations.awaiting('shop')
    await operations.approve('shop', { stage: 'fleet', by: 'ann', digest: first?.digest as string })
    await w.clock.advance(minute)
    expect(await operations.awaiting('shop')).toMatchObject([{ message: 'approvals (1 of 2)' }])
    await w.clusters(['d'])
    await w.clock.advance(minute)
    const [second] = await operations.awaiting('shop')
    expect(second).toMatchObject({ clusters: 3, message: 'approvals (0 of 2); what ann approved of was something else' })
    const old = operations.approve('shop', { stage: 'fleet', by: 'bob', digest: first?.digest as string })
    await expect(old).rejects.toMatchObject({ code: 'operation/refused', message: expect.stringContaining(second?.digest as string) })
    const unknown = operations.approve('shop', { stage: 'canary', by: 'bob', digest: first?.digest as string })
    await expect(unknown).rejects.toMatchObject({ code: 'operation/refused', message: expect.stringContaining('it waits for none') })
    for (const by of ['ann', 'bob']) await operations.approve('shop', { stage: 'fleet', by, digest: second?.digest as string })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1', d: 'v1' })
    await stop()
  })

  test('written while what would begin changes counts for nothing, also if both are seen at once', async () => {
    await using w = new FleetWorld()
    const { operations, stop } = await waiting(w)
    const [first] = await operations.awaiting('shop')
    await w.clusters(['d'])
    await operations.approve('shop', { stage: 'fleet', by: 'ann', digest: first?.digest as string })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })

  test('is of one person once, and can be taken back', async () => {
    await using w = new FleetWorld()
    const { operations, stop } = await waiting(w, 2)
    const digest = (await operations.awaiting('shop'))[0]?.digest as string
    for (const by of ['ann', 'ann', 'bob']) {
      await operations.approve('shop', { stage: 'fleet', by, digest })
      if (by === 'bob') await operations.revoke('shop', { stage: 'fleet', by: 'ann' })
    }
    await w.clock.advance(minute)
    expect(await operations.awaiting('shop')).toMatchObject([{ message: 'approvals (1 of 2)' }])
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })

  test('of another version does not count for this one', async () => {
    await using w = new FleetWorld()
    const { operations, stop } = await waiting(w)
    const digest = (await operations.awaiting('shop'))[0]?.digest as string
    await w.module('shop', { rollout: approved(1), tag: 'v2' })
    await operations.approve('shop', { stage: 'fleet', by: 'ann', digest })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toMatchObject({ a: 'v2' })
    expect(await operations.awaiting('shop')).toMatchObject([
      { message: expect.stringContaining('what ann approved of was something else') },
    ])
    await stop()
  })
})

test('the Rollout of all Modules is there from the start', async () => {
  await using w = new FleetWorld()
  const stop = w.manage()
  await w.clusters(['a'])
  await w.clock.advance(minute)
  expect(await w.store.get(refOf('Rollout', allModules))).toMatchObject({ spec: {} })
  await stop()
})
