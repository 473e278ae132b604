import { type ClusterApi, type ErrorCode, FleetkitError, type KubeObject, type ObjectRef } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { assemblageOf } from './flux-record.ts'

const assemblage = assemblageOf('fleet')

/** A Kustomization that Flux is done with, with one object in its inventory. */
function finished(spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'edge-a',
      namespace: 'fleet',
      labels: { 'assemblage.fleetkit.dev/name': 'edge', 'assemblage.fleetkit.dev/sync': 'a' },
      annotations: { 'assemblage.fleetkit.dev/digest': '1' },
      finalizers: ['assemblage.fleetkit.dev/inventory'],
      deletionTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec,
    status: { inventory: { entries: [{ id: 'web_app_apps_Deployment', v: 'v1' }] } },
  }
}

const app: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'web', name: 'app' }
const owned = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    namespace: 'web',
    name: 'app',
    labels: { 'kustomize.toolkit.fluxcd.io/name': 'edge-a', 'kustomize.toolkit.fluxcd.io/namespace': 'fleet' },
  },
}

/** What is left, by what a cluster answers. */
async function leftOf(object: KubeObject, get: () => Promise<KubeObject | undefined> = async () => owned): Promise<readonly object[]> {
  const cluster = { get } as unknown as ClusterApi
  const { left } = await fluxDriver().observe(assemblage, { store: memoryStore(), cluster }, [object])
  return left
}
const failing = (code: ErrorCode) => () => Promise.reject(new FleetkitError(code, 'no'))

describe('what is left of a Kustomization that is gone for Flux', () => {
  const left = [{ sync: 'a', ref: app }]
  test.each([
    [{ prune: true }, left],
    [{ prune: true, deletionPolicy: 'MirrorPrune' }, left],
    [{ prune: false, deletionPolicy: 'MirrorPrune' }, []],
    [{ prune: false, deletionPolicy: 'Delete' }, left],
    [{ prune: false, deletionPolicy: 'WaitForTermination' }, left],
    [{ prune: true, deletionPolicy: 'Orphan' }, []],
  ])('by %j', async (spec, expected) => expect(await leftOf(finished(spec))).toEqual(expected))

  test('is nothing while Flux is at it, or none of ours', async () => {
    const finalizers = ['finalizers.fluxcd.io', 'assemblage.fleetkit.dev/inventory']
    expect(await leftOf(finished({ prune: true }, { finalizers }))).toEqual([])
    expect(await leftOf(finished({ prune: true }, { deletionTimestamp: undefined }))).toEqual([])
    expect(await leftOf(finished({ prune: true }, { labels: {} }))).toEqual([])
  })
  test('is nothing that is gone, may not be read, or is of a type that is gone', async () => {
    expect(await leftOf(finished({ prune: true }), async () => undefined)).toEqual([])
    expect(await leftOf(finished({ prune: true }), failing('cluster/forbidden'))).toEqual([])
    expect(await leftOf(finished({ prune: true }), failing('cluster/unknown-kind'))).toEqual([])
  })
  test('is not known of a cluster that does not answer', async () => {
    await expect(leftOf(finished({ prune: true }), failing('store/unavailable'))).rejects.toMatchObject({ code: 'store/unavailable' })
  })
})
