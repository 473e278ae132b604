import { FleetkitError, getCondition, type KubeObject, Manager } from 'fleetkit'
import { clusterKind, clusterRegistrationKind, definitionOf, pullSyncKind } from 'fleetkit/kinds'
import { memoryFleet, type RestorableCluster } from 'fleetkit/memory'
import {
  approveRegistration,
  type ClusterRegistrationStatus,
  type Registered,
  register,
  registrationController,
} from 'fleetkit/registration'
import { VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { seed as first, runs } from '../../random-tests.ts'
import { running } from '../running.ts'
import { madeIn, registrants, registrations } from './hub.ts'

const minute = 60_000
const kubeconfig = JSON.stringify({
  'current-context': 'a',
  clusters: [{ name: 'a', cluster: { server: 'https://hub.example.com' } }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
})

async function define(
  cluster: RestorableCluster,
  namespace: string,
  ...kinds: readonly Parameters<typeof definitionOf>[0][]
): Promise<void> {
  for (const kind of kinds) await cluster.create(definitionOf(kind))
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
}

test.each(Array.from({ length: runs(25) }, (_, index) => first + index))(
  'ends registered once, whatever fails meanwhile (seed %i)',
  async (seed) => {
    const clock = new VirtualClock()
    const fleet = memoryFleet({ clock })
    const [hub, shop] = [fleet.cluster('hub'), fleet.cluster('shop')]
    await define(hub, registrations, clusterKind, clusterRegistrationKind)
    await define(shop, 'fleetkit', clusterKind, pullSyncKind)
    const plan = { clock, fail: 0.15, lose: 0.15, twice: 0.05, drop: 0.05, relist: 0.05 }
    // Each look there makes twenty calls, and each start here ten, all of which have to get through in one go.
    const store = withFaults(hub, { ...plan, seed, fail: 0.03, lose: 0.03 })
    const stop = running(
      new Manager({ store, clock, management: 'hub', random: () => 1 }).add(registrationController({ registrants })),
      clock,
    )
    const upstream = withFaults(hub, { ...plan, seed: seed + 1000 })
    const local = withFaults(shop, { ...plan, seed: seed + 2000, fail: 0.05, lose: 0.05 })

    let result: Registered | undefined
    /** As a Pod that is started again. */
    const begin = async (): Promise<void> => {
      while (result === undefined)
        try {
          result = await register({ upstream, kubeconfig, store: local, clock, random: () => 1 })
        } catch (error) {
          if (!(error instanceof FleetkitError && error.retryable)) throw error
          await clock.sleep(10_000)
        }
    }
    const registering = begin()
    const find = async (): Promise<KubeObject | undefined> => (await hub.list(clusterRegistrationKind)).items[0]
    for (let waited = 0; (await find()) === undefined && waited < 60; waited++) await clock.advance(minute)
    await approveRegistration(hub, ((await find()) as KubeObject).metadata, { name: 'shop-17', by: 'ada', clock })
    for (let waited = 0; result === undefined && waited < 120; waited++) await clock.advance(minute)
    expect(result).toEqual({ namespace: 'shop-17' })
    await registering
    store.faults.heal()
    await clock.advance(20 * minute)
    expect((await hub.list(clusterRegistrationKind)).items).toHaveLength(1)
    const { conditions } = ((await find())?.status ?? {}) as ClusterRegistrationStatus
    expect(getCondition(conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'Issued' })
    expect((await madeIn(hub, 'shop-17')).toSorted()).toEqual([
      'Cluster shop-17',
      'Role fleetkit-agent-token',
      'RoleBinding fleetkit-agent',
      'RoleBinding fleetkit-agent-token',
      'ServiceAccount fleetkit-agent',
    ])
    expect(await shop.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'fleetkit', name: 'management-registration' })).toBeUndefined()
    expect(store.faults.injected.length + upstream.faults.injected.length + local.faults.injected.length).toBeGreaterThan(0)
    await stop()
  },
)
