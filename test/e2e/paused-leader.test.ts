import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const rounds = 8
const maps = { apiVersion: 'v1', kind: 'ConfigMap' }

describeWithServers('two managers with a lease, in processes of their own', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  function start(namespace: string, holder: string): ChildProcess {
    const script = path.join(root, 'test/e2e/paused-manager.ts')
    const args = ['--conditions=fleetkit:source', script, own.server.kubeconfigPath, namespace, holder]
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    stack.defer(async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    })
    return child
  }

  test('one that is paused past the end of its lease writes nothing when it wakes', { timeout: 120_000 }, async () => {
    const namespace = await own.namespace()
    const children = new Map(['a', 'b'].map((holder) => [holder, start(namespace, holder)]))
    const leader = async (): Promise<{ readonly holder: string; readonly term: number }> => {
      const lease = await own.cluster.get({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'leader' })
      const { holderIdentity, leaseTransitions } = (lease?.spec ?? {}) as { holderIdentity?: string; leaseTransitions?: number }
      return { holder: holderIdentity?.split('-')[0] ?? '', term: leaseTransitions ?? 0 }
    }
    const hasWritten = async (term: number): Promise<boolean> =>
      (await own.cluster.list(maps, { namespace, limit: 1, labelSelector: { matchLabels: { term: String(term) } } })).items.length > 0
    const writingIn = async (after: number): Promise<{ readonly holder: string; readonly term: number }> => {
      for (;;) {
        const found = await leader()
        if (found.term > after && (await hasWritten(found.term))) return found
        await pause(50)
      }
    }
    let current = await writingIn(0)
    const terms = [current.term]
    for (let round = 0; round < rounds; round++) {
      const paused = children.get(current.holder) as ChildProcess
      paused.kill('SIGSTOP')
      current = await writingIn(current.term)
      terms.push(current.term)
      paused.kill('SIGCONT')
      await pause(200)
    }
    for (const child of children.values()) child.kill('SIGKILL')
    expect(new Set(terms).size).toBe(rounds + 1)
    // The API server stores one write after the other: their versions say in which order.
    const { items } = await own.cluster.list(maps, {
      namespace,
      labelSelector: { matchExpressions: [{ key: 'term', operator: 'Exists' }] },
    })
    const inOrder = items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    const late = inOrder.filter(
      ({ metadata }, index) => index > 0 && Number(metadata.labels?.term) < Number(inOrder[index - 1]?.metadata.labels?.term),
    )
    expect(late.map(({ metadata }) => metadata.name)).toEqual([])
  })
})
