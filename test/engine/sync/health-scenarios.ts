import { type SyncInput, SyncRunner } from 'fleetkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, failure, repository, syncOf } from './scenarios.ts'

/** A kind of which Argo CD says that it has failed as long as it has done nothing, and of which kstatus says nothing. */
const cronJobs = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: advancedcronjobs.apps.kruise.io }
spec:
  group: apps.kruise.io
  scope: Namespaced
  names: { plural: advancedcronjobs, singular: advancedcronjob, kind: AdvancedCronJob, listKind: AdvancedCronJobList }
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`
const cronJob = 'apiVersion: apps.kruise.io/v1alpha1\nkind: AdvancedCronJob\nmetadata: { name: nightly }\n'

const suspendedJob = `
apiVersion: batch/v1
kind: Job
metadata: { name: later }
spec:
  suspend: true
  template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a }] } }
`

/** How a Sync judges the health of what it applies, whichever cluster it is. */
export function healthScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  beforeAll(async () => {
    subject = await make()
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  const setUp = async (files: Readonly<Record<string, Readonly<Record<string, string>>>>) => {
    const namespace = await subject.namespace()
    const runner = new SyncRunner({ cluster: subject.cluster, git: repository(files) })
    const get = (name: string) => subject.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
    const sync = (tag: string, spec: Partial<SyncInput['spec']>) => syncOf(namespace, tag, { wait: true, ...spec })
    return { runner, sync, get }
  }

  test('expressions decide what it waits for, and what has failed', async () => {
    const { runner, sync } = await setUp({
      red: { 'a.yaml': configMap('a', { k: 'red' }) },
      green: { 'a.yaml': configMap('a', { k: 'green' }) },
    })
    const healthCheckExprs = [{ apiVersion: 'v1', kind: 'ConfigMap', failed: "data.k == 'red'", current: "data.k == 'green'" }]
    const error = await failure(runner.run(sync('red', { healthCheckExprs })))
    expect([error.code, error.message]).toEqual([
      'sync/unhealthy',
      expect.stringContaining("is Failed: spec.healthCheckExprs[0].failed holds: data.k == 'red'"),
    ])
    await runner.run(sync('green', { healthCheckExprs }))
  })

  test('an expression that is none is told before anything is written, by plan and by run', async () => {
    const { runner, sync, get } = await setUp({ v1: { 'a.yaml': configMap('a') } })
    const wrong = sync('v1', { healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.k =' }] })
    for (const attempt of [runner.plan(wrong), runner.run(wrong)]) {
      const error = await failure(attempt)
      expect([error.code, error.message]).toEqual([
        'health/expression',
        expect.stringContaining('spec.healthCheckExprs[0].current: found "data.k =", which is not CEL'),
      ])
    }
    expect(await get('a')).toBeUndefined()
  })

  test('the profile argo knows kinds of which kstatus says nothing', async () => {
    const { runner, sync } = await setUp({ v1: { 'a.yaml': cronJobs, 'b.yaml': cronJob } })
    await runner.run(sync('v1', {}))
    const error = await failure(runner.run(sync('v1', { healthProfile: 'argo' })))
    expect([error.code, error.message]).toEqual(['sync/unhealthy', expect.stringContaining('status.lastScheduleTime is not there')])
  })

  test('the profile flux takes a suspended Job for current', async () => {
    const { runner, sync } = await setUp({ v1: { 'a.yaml': suspendedJob } })
    await runner.run(sync('v1', { healthProfile: 'flux' }))
  })
}
