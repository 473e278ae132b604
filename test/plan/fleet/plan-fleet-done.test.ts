import { type FleetCluster, type FleetInput, type FleetModule, type FleetPlan, planFleet } from 'fleetkit/fleet'
import type { CanonicalStrategy } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const reach = { ok: true, since: 0 }
const lost = { ok: false, since: minute }
const labels = { region: 'eu', arch: 'arm', zone: 'Europe.Paris' }
const clusters = ['c-1', 'c-2', 'c-3', 'c-4'].map((id): FleetCluster => ({ id, labels, reach }))

/** A fleet in which c-1 and c-2 are done, c-3 is `third`, and c-4 waits for it. */
function fleetOf(rollout: CanonicalStrategy, third: 'failed' | 'applying', more: Partial<FleetModule> = {}): FleetInput {
  const assigned = { version: 'v2', generation: 2, at: 0 }
  const before = { version: 'v1', generation: 1, at: 0 }
  const observed = (version: string, generation: number, phase: 'ready' | 'failed' | 'applying') => ({
    version,
    generation,
    phase,
    since: 0,
  })
  return {
    now: 0,
    modules: [{ id: 'shop', revision: 'v2', selector: {}, rollout, ...more }],
    clusters,
    assemblages: clusters.map(({ id }, at) => ({
      cluster: id,
      modules: [
        at === 3
          ? { module: 'shop', assigned: before, observed: observed('v1', 1, 'ready') }
          : { module: 'shop', assigned, observed: observed('v2', 2, at === 2 ? third : 'ready') },
      ],
    })),
  }
}

/** The plan after c-1 is another, which is to be what a plan from nothing comes to. */
function changed(input: FleetInput, change: Partial<FleetCluster>): FleetPlan {
  const cluster = { ...(clusters[0] as FleetCluster), ...change }
  const first = planFleet(input)
  const rollouts = first.toJSON().rollouts
  const assemblages = first.toJSON().assemblages
  const plan = first.with({ now: minute, clusters: [cluster] })
  const again = planFleet({ ...input, now: minute, clusters: clusters.with(0, cluster), assemblages, rollouts })
  expect(plan.decisions.assignments).toEqual(again.decisions.assignments)
  expect(plan.toJSON()).toEqual(again.toJSON())
  return plan
}

describe('of a cluster that has what is wanted', () => {
  const all = { stages: [{ name: 'all', maxConcurrency: 1 }] }

  test('nothing is planned again when it is lost, held, or has other labels that nothing goes by', () => {
    const input = fleetOf(all, 'applying')
    for (const change of [{ reach: lost }, { hold: 'paused' as const }, { labels: { ...labels, owner: 'team' } }]) {
      expect(changed(input, change).decisions.progress).toEqual([])
    }
  })

  test('it is planned again that it is found, where all are reverted', () => {
    const rollout: CanonicalStrategy = { stages: [{ name: 'all' }], onHalt: 'revertAll' }
    const seen = (generation: number, phase: 'ready' | 'failed', among: readonly FleetCluster[]) =>
      among.map(({ id }) => ({
        cluster: id,
        module: 'shop',
        observed: { version: `v${generation}`, generation, phase, since: generation },
      }))
    const module: FleetModule = { id: 'shop', revision: 'v1', selector: {}, rollout }
    let plan = planFleet({ now: 0, modules: [module], clusters })
    plan = plan.with({ now: 1, observed: seen(1, 'ready', clusters) }).with({ now: 2, modules: [{ ...module, revision: 'v2' }] })
    plan = plan.with({ now: 3, observed: seen(2, 'ready', clusters.slice(0, 3)) })
    plan = plan.with({ now: 4, clusters: [{ ...(clusters[0] as FleetCluster), reach: lost }] })
    plan = plan.with({ now: 5, observed: seen(2, 'failed', clusters.slice(3)) })
    expect(plan.decisions.assignments.map(({ cluster }) => cluster)).toEqual(['c-4', 'c-2', 'c-3'])
    expect(plan.explain('c-1', 'shop').state).toBe('done')
    plan = plan.with({ now: 6, clusters: clusters.slice(0, 1) })
    expect(plan.decisions.assignments.map(({ cluster, why }) => `${cluster} ${why}`)).toEqual(['c-1 revert'])
  })

  test('it is planned again with the label that its stage goes by', () => {
    const staged = { stages: [{ name: 'eu', selector: { matchLabels: { region: 'eu' } } }, { name: 'others' }] }
    const plan = changed(fleetOf(staged, 'applying'), { labels: { ...labels, region: 'us' } })
    expect(plan.explain('c-1', 'shop').stage).toBe('others')
  })

  test('it is planned again with the label that takes it out of its stage, at the same place among all', () => {
    const stages = [{ name: 'first', targets: ['c-1'], selector: { matchLabels: { arch: 'arm' } } }, { name: 'second' }]
    const plan = changed(fleetOf({ stages }, 'applying'), { labels: { ...labels, arch: 'amd' } })
    expect(plan.progress('shop')?.done).toBe(2)
  })

  test('it is planned again with the label that others are grouped by too', () => {
    const stages = [
      { name: 'first', targets: ['c-1', 'c-2'], within: 'region' },
      { name: 'second', within: 'region', maxUnavailable: 1 },
    ]
    const plan = changed(fleetOf({ stages }, 'applying'), { labels: { ...labels, region: 'us' } })
    expect(plan.explain('c-4', 'shop').reason).toBe('unavailable')
  })

  test('it is planned again with a label under which failures gather', () => {
    const correlating: CanonicalStrategy = {
      stages: [{ name: 'all', maxFailures: 3 }],
      correlate: { labels: ['arch'], percent: 40, minSample: 2 },
    }
    const plan = changed(fleetOf(correlating, 'failed'), { labels: { ...labels, arch: 'amd' } })
    expect(plan.toJSON().rollouts[0]?.state.cohorts).toEqual(['arch=arm'])
  })

  test('it is planned again with the label that names its time zone', () => {
    const freezes = [{ name: 'night', schedule: '0 3 * * *', duration: '1h', timeZoneLabel: 'zone' }]
    const input = fleetOf(all, 'applying', { windows: { freezes } })
    expect(planFleet(input).nextWakeAt).toBe(120 * minute)
    expect(changed(input, { labels: { ...labels, zone: 'Europe.Moscow' } }).nextWakeAt).toBe(60 * minute)
  })

  test('it is planned again when its data are wrong', () => {
    expect(changed(fleetOf(all, 'applying'), { reach: { ok: true } as never }).explain('c-1', 'shop').reason).toBe('invalid')
  })

  test('it is planned again in the track that it is in now', () => {
    const plan = changed(fleetOf({ ...all, tracks: 'region' }, 'applying'), { labels: { ...labels, region: 'us' } })
    expect(Object.keys(plan.toJSON().rollouts[0]?.state.tracks ?? {})).toEqual(['region=eu', 'region=us'])
  })
})
