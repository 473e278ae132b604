import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedStore, memoryStore } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { type StoreSubject, storeConformance, VirtualClock } from 'fleetkit/testing'
import { describe, test } from 'vitest'

describe('memory', () => {
  storeConformance({
    test,
    make: async () => {
      const clock = new VirtualClock()
      return subject(memoryStore({ clock }), clock)
    },
  })
})

describe('sqlite', () => {
  storeConformance({
    test,
    make: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fleetkit-'))
      const clock = new VirtualClock()
      return subject(sqliteStore(join(folder, 'store.db'), { clock }), clock, () => rm(folder, { recursive: true }))
    },
  })
})

function subject(store: EmbeddedStore, clock: VirtualClock, cleanUp = async () => {}): StoreSubject {
  return {
    store,
    namespaces: ['default', 'other'],
    sample: (name, variant = 0) => ({
      apiVersion: 'fleetkit.dev/v1alpha1',
      kind: 'Sync',
      metadata: { name, namespace: 'default' },
      spec: { source: { git: { url: 'https://example.com/r.git', tag: `v${variant}` } }, path: `./${name}`, prune: true },
    }),
    compact: async () => store.compact(),
    sleep: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await cleanUp()
    },
  }
}
