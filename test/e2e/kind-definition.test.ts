import type { ClusterApi, FleetkitError, KubeObject } from 'fleetkit'
import { definitionOf } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Probe, probeKind, probeNames, rightProbes, wrongProbes } from '../model/probe.ts'
import { describeWithServers, kubectl, sharedControlPlane, waitEstablished } from '../servers/index.ts'

type Answer = { readonly object: KubeObject } | { readonly error: FleetkitError }

describeWithServers('the definition of a kind without namespaces, with numbers and unknown fields', () => {
  let cluster: ClusterApi
  let kubeconfigPath: string
  const definition = definitionOf(probeKind)

  beforeAll(async () => {
    const plane = await sharedControlPlane()
    kubeconfigPath = plane.kubeconfigPath
    cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    await kubectl(kubeconfigPath, ['create', '--validate=strict', '-f', '-'], JSON.stringify(definition))
    await waitEstablished(kubeconfigPath, `crd/${definition.metadata.name}`)
  }, 60_000)
  afterAll(async () => {
    await cluster.delete({ apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name })
    await cluster[Symbol.asyncDispose]()
  })

  const objectOf = (spec: unknown, name = 'edge-7.example.com'): KubeObject => ({
    apiVersion: probeKind.apiVersion,
    kind: 'Probe',
    metadata: { name },
    spec,
  })
  async function ask(object: KubeObject): Promise<Answer> {
    const [answer] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    return answer as Answer
  }

  test('is structural and established', async () => {
    const live = (await cluster.get({
      apiVersion: definition.apiVersion,
      kind: definition.kind,
      name: definition.metadata.name,
    })) as KubeObject
    expect(live.spec).toMatchObject(definition.spec as object)
    const { conditions } = live.status as { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
    // A schema that is not structural is accepted too, and says so here.
    expect(Object.fromEntries(conditions.map(({ type, status }) => [type, status]))).toEqual({ NamesAccepted: 'True', Established: 'True' })
    expect(await cluster.discover(probeKind)).toMatchObject({ plural: 'probes', namespaced: false })
  })

  test.each(rightProbes)('%s: accepted by both, with the same defaults and nothing lost', async (_, spec) => {
    const answer = await ask(objectOf(spec))
    expect('error' in answer ? answer.error : answer.object.spec).toEqual(Probe.from(objectOf(spec)).spec)
  })

  test.each(wrongProbes)('%s: refused by both', async (_, spec, path) => {
    const answer = await ask(objectOf(spec))
    expect('error' in answer && answer.error.code).toBe('cluster/invalid')
    expect('error' in answer && answer.error.message).toContain(path.slice(path.lastIndexOf('.') + 1))
    expect(() => Probe.from(objectOf(spec))).toThrow(path)
  })

  test.each(probeNames)('the name %s has the same fate here and there', async (name, fits) => {
    const answer = await ask(objectOf({ ratio: 0 }, name))
    expect(['object' in answer, canBe(name)]).toEqual([fits, fits])
  })

  function canBe(name: string): boolean {
    try {
      return Probe.from(objectOf({ ratio: 0 }, name)).metadata.name === name
    } catch {
      return false
    }
  }
})
