import { controller, type KubeObject, Manager } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { expect, test, vi } from 'vitest'
import { describeWithServers, startApiServer, startEtcd } from '../../../servers/index.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const patience = { timeout: 60_000, interval: 50 }

describeWithServers('an API server over an etcd that was restored from a backup', () => {
  test('is listed again by informers, which tell what has gone, come back and changed', { timeout: 180_000 }, async () => {
    await using etcd = await startEtcd()
    await using server = await startApiServer({ etcd })
    await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
    const namespace = 'restored'
    const map = (name: string, value: string): KubeObject => ({ ...type, metadata: { name, namespace }, data: { value } })
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await cluster.apply([map('changed', '1'), map('deleted', '1')], { fieldManager: 'test' })
    await etcd.backUp()
    const late = Array.from({ length: 20 }, (_, index) => `late-${index}`)
    await cluster.apply([map('changed', '2'), ...late.map((name) => map(name, '1'))], { fieldManager: 'test' })
    await cluster.delete({ ...type, namespace, name: 'deleted' })

    /** What the controller was told last of each object: its value, or that it is gone. */
    const told = new Map<string, unknown>()
    const manager = new Manager({ store: cluster, cluster, namespaces: [namespace] })
    manager.add(
      controller({
        for: type,
        reconcile: async ({ ref, object }) => {
          told.set(ref.name, (object?.data as { value?: unknown } | undefined)?.value ?? 'gone')
        },
      }),
    )
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    const expectTold = (values: Readonly<Record<string, string>>): Promise<void> =>
      vi.waitFor(() => expect(Object.fromEntries(told)).toMatchObject(values), patience)
    const all = (value: string): Record<string, string> => Object.fromEntries(late.map((name) => [name, value]))
    await expectTold({ changed: '2', ...all('1') })
    // The watch has moved on from the list.
    await cluster.apply([map('changed', '3')], { fieldManager: 'test' })
    await expectTold({ changed: '3' })

    await server.stop({ kill: true })
    await etcd.restore()
    await server.start()
    await expectTold({ changed: '1', deleted: '1', ...all('gone') })
    await cluster.apply([map('after', '1'), map('changed', '4')], { fieldManager: 'test' })
    await expectTold({ changed: '4', after: '1' })
    stop.abort()
    await running
  })
})
