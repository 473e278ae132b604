import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runs } from '../random-tests.ts'
import { describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const program = path.join(import.meta.dirname, 'paused-manager-process.ts')
const patience = { timeout: 30_000, interval: 20 }

describeWithServers('a manager that is paused past the end of its lease', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  function start(namespace: string, holder: string, where: string): { process: ChildProcess; output: Promise<string> } {
    const args = ['--conditions=fleetkit:source', program, own.server.kubeconfigPath, namespace, holder, where]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    stack.defer(() => void child.kill('SIGKILL'))
    return { process: child, output: text(child.stdout) }
  }

  test.each(['before a call', 'amid a call'])('%s, writes nothing after it is woken', { timeout: runs(120_000) }, async (where) => {
    const namespace = await own.namespace()
    const type = { apiVersion: 'v1', kind: 'ConfigMap' }
    /** Who has written, in the order of the server: each once for all that it wrote in one go. */
    const writers: string[] = []
    const { resourceVersion } = await own.cluster.list(type, { namespace })
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of own.cluster.watch(type, { namespace, resourceVersion, signal: stop.signal })) {
        if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue
        const { holder } = (event.object as { data?: { holder?: string } }).data ?? {}
        if (holder !== undefined && holder !== writers.at(-1)) writers.push(holder)
      }
    })().catch(() => {})

    const holders = Array.from({ length: runs(4) }, (_, index) => `writer-${index}`)
    let leader = start(namespace, holders[0] as string, where)
    await vi.waitFor(() => expect(writers.at(-1)).toBe(holders[0]), patience)
    for (const holder of holders.slice(1)) {
      const next = start(namespace, holder, where)
      leader.process.stdin?.write('pause\n')
      await vi.waitFor(() => expect(writers.at(-1)).toBe(holder), patience)
      leader.process.kill('SIGCONT')
      expect(await leader.output).toContain('store/lease-lost')
      leader = next
    }
    stop.abort()
    await watching
    expect(writers).toEqual(holders)
  })
})
