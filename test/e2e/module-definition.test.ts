import { randomBytes } from 'node:crypto'
import { type ClusterApi, type FleetkitError, type KubeObject, Module, type ModuleInput } from 'fleetkit'
import { definitionOf, moduleKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { Canary, OneAtATime, Rolling, Staged } from 'fleetkit/rollout'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithServers, sharedControlPlane, waitEstablished } from '../servers/index.ts'

const source = { git: { url: 'https://git.example.com/ingress.git', tag: 'v1.2.3' } }

const accepted: readonly [name: string, spec: Partial<ModuleInput['spec']>][] = [
  ['the least', {}],
  ['every cluster', { clusters: {} }],
  ['a number', { rollout: new Rolling({ maxUnavailable: 1, within: 'topology.kubernetes.io/region' }) }],
  [
    'a percentage',
    { rollout: new Rolling({ maxUnavailable: '12.5%', maxConcurrency: 'all', maxFailureRate: { percent: 10, minSample: 3 } }) },
  ],
  [
    'stages',
    { rollout: new Staged([{ name: 'eu', selector: {}, windows: [{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }] }]) },
  ],
  [
    'a canary',
    { rollout: new Canary({ soak: '1h', onHalt: 'revertFailed', next: new OneAtATime({ sortBy: [{ label: 'wave', as: 'number' }] }) }) },
  ],
  ['dependencies', { dependsOn: [{ name: 'dns', version: '>=1.4 <2' }] }],
]
const refused: readonly [name: string, spec: object, path: string][] = [
  ['a branch', { source: { git: { url: source.git.url, branch: 'main' } } }, 'spec.source.git'],
  ['two strategies', { rollout: { allAtOnce: {}, oneAtATime: {} } }, 'spec.rollout'],
  ['no strategy', { rollout: {} }, 'spec.rollout'],
  ['an unknown strategy', { rollout: { blueGreen: {} } }, 'spec.rollout'],
  ['rolling without maxUnavailable', { rollout: { rolling: {} } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a negative number', { rollout: { rolling: { maxUnavailable: -1 } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a number as text', { rollout: { rolling: { maxUnavailable: '5' } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['more than 100 %', { rollout: { rolling: { maxUnavailable: '101%' } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a fraction', { rollout: { rolling: { maxUnavailable: 1.5 } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['no stages', { rollout: { staged: { stages: [] } } }, 'spec.rollout.staged.stages'],
  ['a canary after a canary', { rollout: { canary: { next: { canary: {} } } } }, 'spec.rollout.canary.next'],
]

describeWithServers('the definition of a Module on a real API server', () => {
  let cluster: ClusterApi
  const namespace = `modules-${randomBytes(4).toString('hex')}`

  beforeAll(async () => {
    const plane = await sharedControlPlane()
    cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const [result] = await cluster.apply([definitionOf(moduleKind)], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await waitEstablished(plane.kubeconfigPath, 'crd/modules.fleetkit.dev')
  }, 60_000)
  afterAll(() => cluster[Symbol.asyncDispose]())

  async function ask(object: KubeObject): Promise<{ readonly object: KubeObject } | { readonly error: FleetkitError }> {
    const [result] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    return result as { readonly object: KubeObject } | { readonly error: FleetkitError }
  }

  test.each(accepted)('%s: accepted by both, with the same defaults', async (_, spec) => {
    const module = new Module({ metadata: { name: 'ingress', namespace }, spec: { source, ...spec } })
    const written = JSON.parse(JSON.stringify({ ...spec, source })) as object
    const answer = await ask({ ...module.toObject(), spec: written })
    expect('error' in answer ? answer.error : answer.object.spec).toEqual(module.spec)
  })

  test.each(refused)('%s: refused by both', async (_, spec, path) => {
    const object = {
      apiVersion: moduleKind.apiVersion,
      kind: 'Module',
      metadata: { name: 'ingress', namespace },
      spec: { source, ...spec },
    }
    const answer = await ask(object)
    expect('error' in answer && answer.error.code).toBe('cluster/invalid')
    expect(() => Module.from(object)).toThrow(path)
  })
})
