import { Sync, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type AuditLog, auditLog, describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const count = 1000
const url = 'https://git.example.com/many.git'

describeWithServers('what a Sync of many objects costs a real API server', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  let log: AuditLog

  // Its own, because it counts: the audit log has every request of every client.
  beforeAll(async () => {
    log = stack.use(await auditLog())
    own = stack.use(await startOwnCluster({ args: log.args }))
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  /** The requests of one client, as `verb resource`, once the last of them is in the log. */
  async function requestsOf(userAgent: string, last: string): Promise<readonly string[]> {
    return vi.waitFor(
      async () => {
        const requests = (await log.requestsOf(userAgent)).map(({ verb, resource }) => `${verb} ${resource}`)
        expect(requests.at(-1)).toBe(last)
        return requests
      },
      { timeout: 10_000, interval: 100 },
    )
  }

  test(`${count} objects are applied with a request each; an unchanged version costs ten at most, even a new process`, async () => {
    const git = memoryGit()
    const names = Array.from({ length: count }, (_, at) => `cm-${String(at).padStart(4, '0')}`)
    const files = names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { key: value-of-${name} }\n`)
    git.tag(url, 'v1', git.commit(url, { 'all.yaml': files.join('---\n') }))
    const namespace = await own.namespace()
    const sync = new Sync({ metadata: { name: 'many', namespace }, spec: { source: { git: { url, tag: 'v1' } }, prune: true } })
    const attempt = async (userAgent: string): Promise<readonly string[]> => {
      await using cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfig, userAgent })
      const runner = new SyncRunner({ cluster, git })
      const messages: string[] = []
      runner.events.on('sync.finished', ({ changed }) => messages.push(`${changed} changed`))
      await runner.run(sync)
      expect(messages).toEqual([userAgent === 'first' ? `${count} changed` : '0 changed'])
      // An end that nothing else looks like, for the log.
      await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })
      return (await requestsOf(userAgent, 'get namespaces')).slice(0, -1)
    }
    const first = await attempt('first')
    expect(first.filter((request) => request === 'patch configmaps')).toHaveLength(count)
    expect(first.length).toBeLessThanOrEqual(count + 15)

    const second = await attempt('second')
    expect(second.length, second.join(', ')).toBeLessThanOrEqual(10)
    // Its status is all that it writes.
    expect(second.filter((request) => !/^(get|list) /.test(request))).toEqual(['update configmaps'])
    const { items } = await own.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace })
    expect(items.map(({ metadata }) => metadata.name)).toEqual([...names, 'sync-many'])
  }, 120_000)
})
