import { randomBytes } from 'node:crypto'
import { type ClusterApi, systemClock } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Crash, crashKinds, type Lasting, type Played, play } from '../engine/sync/crash-play.ts'
import { type CrashScenario, crashScenarios } from '../engine/sync/crash-scenarios.ts'
import { runs, seed } from '../random-tests.ts'
import { Random } from '../rollout/simulation/random.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

const sample = runs(50)
describeWithServers('crashes on a real API server', () => {
  let cluster: ClusterApi
  beforeAll(async () => {
    cluster = await kubernetesCluster({ kubeconfig: (await sharedControlPlane()).kubeconfig })
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  async function lasting(): Promise<Lasting> {
    const namespace = `crash-${randomBytes(4).toString('hex')}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    return { cluster, namespace, clock: systemClock }
  }

  test(`of all writes of all scenarios ${sample}, drawn by seed: a crash there loses nothing`, { timeout: runs(300_000) }, async () => {
    const points: (readonly [name: string, scenario: CrashScenario, whole: Played, crash: Crash])[] = []
    for (const [name, scenario] of Object.entries(crashScenarios)) {
      const whole = await play(await lasting(), scenario)
      for (const step of scenario.crashes ?? [scenario.steps.length - 1])
        for (const [at, call] of (whole.calls[step] ?? []).entries())
          if (call.writes) for (const when of crashKinds) points.push([name, scenario, whole, { step, at, when }])
    }
    expect(points.length).toBeGreaterThan(sample)
    for (const [name, scenario, whole, crash] of new Random(seed).shuffle(points).slice(0, sample)) {
      const point = `${name}: ${crash.when} call ${crash.at} of step ${crash.step}`
      process.stdout.write(`${point}\n`)
      const { state } = await play(await lasting(), scenario, crash)
      expect(state, point).toEqual(whole.state)
    }
  })
})
