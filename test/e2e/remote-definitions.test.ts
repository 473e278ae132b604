import { randomBytes } from 'node:crypto'
import type { ClusterApi, FleetkitError, KubeObject } from 'fleetkit'
import { definitionOf } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteKinds } from '../model/remote-kinds.ts'
import { describeWithServers, sharedControlPlane, waitEstablished } from '../servers/index.ts'

describeWithServers('the definitions of what reaches other clusters, on a real API server', () => {
  let cluster: ClusterApi
  const namespace = `remote-${randomBytes(4).toString('hex')}`

  beforeAll(async () => {
    const plane = await sharedControlPlane()
    cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const results = await cluster.apply(
      remoteKinds.map(({ kind }) => definitionOf(kind)),
      { fieldManager: 'test' },
    )
    for (const result of results) if ('error' in result) throw result.error
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const { kind } of remoteKinds) await waitEstablished(plane.kubeconfigPath, `crd/${kind.plural}.fleetkit.dev`)
  }, 60_000)
  afterAll(() => cluster[Symbol.asyncDispose]())

  async function ask(object: KubeObject): Promise<{ readonly object: KubeObject } | { readonly error: FleetkitError }> {
    const [result] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    return result as { readonly object: KubeObject } | { readonly error: FleetkitError }
  }

  describe.each(remoteKinds.map((cases) => [cases.kind.kind, cases] as const))('%s', (_, { make, accepted, refused }) => {
    test.each(accepted)('%s: accepted by both, with the same defaults', async (_, spec) => {
      const value = make(namespace, spec)
      const answer = await ask({ ...value.toObject(), spec } as KubeObject)
      expect('error' in answer ? answer.error : answer.object.spec).toEqual(value.spec)
    })

    test.each(refused)('%s: refused by both', async (_, spec, path) => {
      const [, valid] = accepted[0] as (typeof accepted)[0]
      const answer = await ask({ ...make(namespace, valid).toObject(), spec } as KubeObject)
      expect('error' in answer && answer.error.code).toBe('cluster/invalid')
      expect(() => make(namespace, spec)).toThrow(path)
    })
  })
})
