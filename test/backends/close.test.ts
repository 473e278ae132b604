import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { expect, test } from 'vitest'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }

test.each([
  ['memoryStore', () => memoryStore()],
  ['memoryCluster', () => memoryCluster()],
  ['sqliteStore', () => sqliteStore(':memory:')],
])('%s is closed by close(), as by disposing of it', async (_, make) => {
  for (const end of ['close', Symbol.asyncDispose] as const) {
    const store = make()
    const lease = await store.lease({ namespace: 'default', name: 'a', holder: 'me', durationMs: 60_000 })
    await lease.close()
    expect(lease.signal.reason).toMatchObject({ code: 'store/lease-lost' })
    await store[end]()
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'closed' })
  }
})

test('memoryGit is closed by close(), as by disposing of it', async () => {
  const git = memoryGit()
  await git.close()
  await expect(git.resolve('https://git.example.com/a.git', { tag: 'v1' })).rejects.toMatchObject({ code: 'closed' })
})
