import { setTimeout as sleep } from 'node:timers/promises'
import { getCondition } from 'fleetkit'
import { abortAnnotation } from 'fleetkit/fleet'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import { Random } from '../rollout/simulation/random.ts'
import { describeWithServers } from '../servers/index.ts'
import { patience, RealFleet, type Rollout } from './fleet/real-fleet.ts'
import type { Rules } from './fleet/violations.ts'

const canary = 'eu-1'
const eu = ['eu-2', 'eu-3', 'eu-4', 'eu-5']
const us = ['us-1', 'us-2', 'us-3', 'us-4', 'us-5']
const ten = [canary, ...eu, ...us]
/** The one that cannot be reached for a while. */
const lost = 'eu-4'
/** The cluster of the management itself, which joins later. */
const joining = 'us-6'
const all = [...ten, joining]
const kills = runs(20)

const rollout: Rollout = {
  staged: {
    stages: [
      { name: 'canary', clusters: [canary], soak: '1s' },
      { name: 'eu', selector: { matchLabels: { region: 'eu' } }, maxUnavailable: 2 },
      // What all clusters together may be is less.
      { name: 'us', selector: { matchLabels: { region: 'us' } }, maxUnavailable: 5 },
    ],
  },
}
/** The same as the observer judges it. */
const rules: Pick<Rules, 'maxUpdating' | 'stages' | 'joined'> = {
  maxUpdating: 3,
  stages: [
    { name: 'canary', clusters: [canary], soakMs: 1000 },
    { name: 'eu', clusters: eu, maxNotReady: 2 },
    { name: 'us', clusters: [...us, joining], maxNotReady: 5 },
  ],
  joined: new Set([joining]),
}
const at = (version: string, clusters: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(clusters.map((name) => [name, version]))

// One file for eleven servers: what is waited for waits for a busy machine too.
vi.setConfig({ testTimeout: runs(180_000) })

describeWithServers('a Module on a fleet of ten API servers', () => {
  const fleet = new RealFleet()

  beforeAll(async () => {
    await fleet.start(ten, joining)
    await Promise.all(ten.map((name) => fleet.register(name, name === lost ? '1s' : undefined)))
    await fleet.manage(rules.maxUpdating)
  }, 180_000)
  afterAll(() => fleet[Symbol.asyncDispose](), 60_000)

  test('goes out stage by stage, to as many clusters at once as the stage and the policy allow', async () => {
    const { waiting } = fleet.workloads
    for (const name of ten) waiting.add(name)
    await fleet.want('v1', rollout)
    const done: string[] = []
    for (const next of [[canary], ['eu-2', 'eu-3'], ['eu-4', 'eu-5'], ['us-1', 'us-2', 'us-3'], ['us-4', 'us-5']]) {
      done.push(...next)
      await vi.waitFor(() => expect(fleet.versionsIn(ten)).toEqual({ ...at('', ten), ...at('v1', done) }), patience)
      // Others have time to follow, which they must not.
      await sleep(200)
      for (const name of next) waiting.delete(name)
    }
    await fleet.complete('v1', ten)
    expect(fleet.findings(rules)).toMatchObject({ violations: [], mostUpdating: 3, mostNotReady: { canary: 1, eu: 2, us: 3 } })
  })

  test('stops where a cluster fails, is aborted, and is rolled back to the version of before', async () => {
    fleet.workloads.failing.add('eu-3 v2')
    await fleet.want('v2')
    const isHalted = { phase: 'Halted', summary: { updating: 0 }, version: 'v1', completed: { tag: 'v1' } }
    await vi.waitFor(async () => expect(await fleet.status()).toMatchObject(isHalted), patience)
    const { conditions, revision } = await fleet.status()
    expect(getCondition(conditions, 'Stalled')).toMatchObject({ status: 'True', reason: 'Halted' })
    const found = fleet.versionsIn(ten)
    expect(found).toMatchObject({ ...at('v2', [canary, 'eu-2', 'eu-3']), ...at('v1', us) })

    await fleet.annotate({ [abortAnnotation]: revision as string })
    await vi.waitFor(async () => expect(await fleet.status()).toMatchObject({ phase: 'Aborted' }), patience)
    expect(fleet.versionsIn(ten)).toEqual(found)

    await fleet.want('v1')
    await fleet.complete('v1', ten)
    expect(fleet.findings(rules).violations).toEqual([])
  })

  test('is superseded by a newer version in the middle of its rollout', async () => {
    // The older one does not get any further.
    fleet.workloads.waiting.add('eu-3')
    await fleet.want('v3')
    await vi.waitFor(() => expect(fleet.versionsIn(ten)).toMatchObject(at('v3', [canary, 'eu-2', 'eu-3'])), patience)
    await fleet.want('v4')
    await vi.waitFor(() => expect(fleet.versionsIn(ten)).toMatchObject(at('v4', [canary])), patience)
    fleet.workloads.waiting.delete('eu-3')
    await fleet.complete('v4', ten)
    expect(us.filter((name) => fleet.startsOn(name).has('v3'))).toEqual([])
    expect(fleet.findings(rules).violations).toEqual([])
  })

  test('leaves out a cluster that cannot be reached, and catches up once it can', async () => {
    const others = ten.filter((name) => name !== lost)
    await fleet.stopServer(lost)
    await vi.waitFor(async () => expect(await fleet.isReachable(lost)).toBe(false), patience)
    await fleet.want('v5')
    await vi.waitFor(() => expect(fleet.versionsIn(ten)).toEqual({ ...at('v5', others), ...at('v4', [lost]) }), patience)
    const isComplete = { phase: 'Complete', version: 'v5', summary: { clusters: 10, done: 9, held: 1 } }
    await vi.waitFor(async () => expect(await fleet.statusOfNow()).toMatchObject(isComplete), patience)
    expect(getCondition((await fleet.status()).conditions, 'Ready')?.message).toContain(`left as they are: 1 unreachable (${lost})`)
    await fleet.startServer(lost)
    await fleet.complete('v5', ten)
    expect(fleet.findings(rules).violations).toEqual([])
  })

  test('comes to a cluster that joins: as all have it, and in its turn as it is wanted', async () => {
    fleet.workloads.waiting.add(canary)
    await fleet.want('v6')
    await vi.waitFor(() => expect(fleet.versionsIn([canary])).toEqual(at('v6', [canary])), patience)
    await fleet.register(joining)
    await vi.waitFor(() => expect(fleet.versionsIn([joining])).toEqual(at('v5', [joining])), patience)
    fleet.workloads.waiting.delete(canary)
    await fleet.complete('v6', all)
    expect(fleet.findings(rules).violations).toEqual([])
  })

  test(`arrives where its manager is killed ${kills} times, with failures and newer versions meanwhile (seed ${seed})`, async () => {
    const random = new Random(seed)
    let version = 6
    let amid = 0
    fleet.workloads.failing.add('eu-3 v8')
    for (let kill = 0; kill < kills; kill++) {
      const { phase, completed } = await fleet.statusOfNow()
      if (phase === 'Halted') await fleet.want(completed?.tag as string)
      else if (phase === 'Complete' || random.chance(0.1)) await fleet.want(`v${++version}`)
      await sleep(random.below(1000))
      if ((await fleet.statusOfNow()).phase !== 'Complete') amid++
      await fleet.kill()
      await fleet.manage(rules.maxUpdating)
    }
    await fleet.want(`v${++version}`)
    await fleet.complete(`v${version}`, all)
    expect(amid).toBeGreaterThan(kills / 2)
    expect(fleet.findings(rules).violations).toEqual([])
    const { findings, versions } = await fleet.logged()
    expect(findings).toEqual([])
    for (const name of all) expect(versions('assigned', name)).toEqual(expect.arrayContaining([...fleet.startsOn(name)]))
    expect(versions('revised')).toEqual(expect.arrayContaining([...new Set(all.flatMap((name) => [...fleet.startsOn(name)]))]))
    // Each manager would say it again that remembers nothing of the one before.
    expect(versions('revised').length).toBeLessThan(fleet.wanted.length + kills / 2)
  })

  test('without its limits is found to break every one of them by the same observer', async () => {
    expect(fleet.findings(rules).violations).toEqual([])
    await fleet.kill()
    await fleet.manage()
    const { waiting } = fleet.workloads
    for (const name of all) waiting.add(name)
    await fleet.want('v99', { allAtOnce: {} })
    await vi.waitFor(() => expect(fleet.versionsIn(all)).toEqual(at('v99', all)), patience)
    waiting.clear()
    await fleet.complete('v99', all)
    const { violations } = fleet.findings(rules)
    for (const broken of [/: 11 are updating: /, /: 4 of the stage eu are not ready: /, /which is not ready on eu-1 of the stage canary/])
      expect(violations).toContainEqual(expect.stringMatching(broken))
  })
})
