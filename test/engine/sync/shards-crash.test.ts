import { ownerSelector, Sync, SyncRunner, type SyncStatus, syncInventoryLabel } from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { configMap, intercepted, repository } from './scenarios.ts'
import { syncObject, syncRef } from './world.ts'

const renderers = [plainRenderer()]
const files = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]))
const git = repository({
  v1: files('a', 'b', 'c', 'd'),
  v2: files('c', 'd', 'e', 'f'),
  few: files('d'),
})
/** Two entries a shard. */
const maxInventoryBytes = 50
const steps = ['v1', 'v2', 'few', 'v1', 'remove'] as const

class Crashed extends Error {}

interface Lasting {
  readonly cluster: ReturnType<typeof memoryCluster>
  readonly store: ReturnType<typeof memoryStore>
  readonly kept: 'Sync' | 'ConfigMap'
}

function runnerOf({ cluster, store, kept }: Lasting, intercept: (port: object) => object): SyncRunner {
  const clock = new VirtualClock()
  const line = intercept(cluster) as typeof cluster
  return new SyncRunner({
    cluster: line,
    git,
    renderers,
    clock,
    maxInventoryBytes,
    ...(kept === 'Sync' ? { store: intercept(store) as typeof store } : {}),
  })
}

async function perform(runner: SyncRunner, step: (typeof steps)[number]): Promise<void> {
  if (step === 'remove') await runner.remove(Sync.from(syncObject({ timeout: '1h' })))
  else await runner.run(Sync.from(syncObject({ tag: step, timeout: '1h' })))
}

/** Whatever carries our labels is in the inventory that a new process reads. */
async function checkRecorded(lasting: Lasting, removed = false): Promise<SyncStatus> {
  const status = await runnerOf(lasting, (port) => port).status(Sync.from(syncObject()))
  const recorded = new Set(parseInventory(status.inventory).map(({ name }) => name))
  const { items } = await lasting.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { labelSelector: ownerSelector(syncRef()) })
  for (const { metadata } of items) expect(recorded, `${metadata.name} is ours and not recorded`).toContain(metadata.name)
  const shards = status.inventory?.shards ?? []
  // Once everything is deleted the shards go before the status that names them.
  if (!removed)
    expect(parseInventory(status.inventory).length).toBeGreaterThanOrEqual(shards.reduce((sum, { objects }) => sum + objects, 0))
  return status
}

/** Plays the steps; at the call `crash` of the step `crashed` the process dies, before its effect or after it, and a new one does the step again. */
async function play(kept: Lasting['kept'], crashed = -1, crash = -1, when: 'before' | 'after' = 'before') {
  const lasting: Lasting = { cluster: memoryCluster(), store: memoryStore(), kept }
  await lasting.store.create(syncObject())
  const counts: number[] = []
  const seen: unknown[] = []
  for (const [index, step] of steps.slice(0, crashed < 0 ? steps.length : crashed + 1).entries()) {
    const watched = crashed < 0 || index === crashed
    let calls = 0
    const dies = (port: object): object =>
      new Proxy(port, {
        get(target, property) {
          const member: unknown = Reflect.get(target, property, target)
          if (typeof member !== 'function' || typeof property === 'symbol') return member
          return async (...parameters: unknown[]) => {
            const call = calls++
            if (call > crash || (call === crash && when === 'before')) throw new Crashed()
            const result = await (member as (...parameters: unknown[]) => Promise<unknown>).apply(target, parameters)
            if (call === crash) throw new Crashed()
            return result
          }
        },
      })
    if (index === crashed)
      await perform(runnerOf(lasting, dies), step).catch((error: unknown) => {
        if (!(error instanceof Crashed)) throw error
      })
    await checkRecorded(lasting, step === 'remove')
    calls = 0
    const counting = (port: object): object =>
      intercepted(port, async () => {
        calls++
        if (watched) await checkRecorded(lasting, step === 'remove')
      })
    await perform(runnerOf(lasting, counting), step)
    counts.push(calls)
    const status = await checkRecorded(lasting, step === 'remove')
    const of = kept === 'Sync' ? lasting.store : lasting.cluster
    const shards = await of.list(
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { labelSelector: { matchLabels: { [syncInventoryLabel]: 'shop' } } },
    )
    // Leftovers are collected: there is what the status names, and nothing else.
    if (step === 'remove') expect(shards.items).toEqual([])
    else
      expect(shards.items.map(({ metadata }) => metadata.name).toSorted()).toEqual(
        (status.inventory?.shards ?? []).map(({ name }) => name).toSorted(),
      )
    seen.push([step, parseInventory(status.inventory).map(({ name }) => name)])
  }
  const { items } = await lasting.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { labelSelector: ownerSelector(syncRef()) })
  return { counts, seen, left: items.map(({ metadata }) => metadata.name) }
}

test.each(['Sync', 'ConfigMap'] as const)(
  'a crash at any call loses no entry of a sharded inventory (kept beside: %s)',
  { timeout: 120_000 },
  async (kept) => {
    const whole = await play(kept)
    expect(whole.seen).toMatchObject([
      ['v1', ['a', 'b', 'c', 'd']],
      ['v2', ['c', 'd', 'e', 'f']],
      ['few', ['d']],
      ['v1', ['a', 'b', 'c', 'd']],
      ['remove', expect.any(Array)],
    ])
    expect(whole.left).toEqual([])
    let points = 0
    for (const [step, calls] of whole.counts.entries())
      for (let call = 0; call < calls; call++)
        for (const when of ['before', 'after'] as const) {
          const { seen, left } = await play(kept, step, call, when)
          points += 1
          const found = steps[step] === 'remove' ? [seen.slice(0, -1), left] : [seen]
          const wanted = steps[step] === 'remove' ? [whole.seen.slice(0, -1), []] : [whole.seen.slice(0, step + 1)]
          expect(found, `${steps[step]} at call ${call} ${when}`).toEqual(wanted)
        }
    expect(points).toBeGreaterThan(100)
  },
)
