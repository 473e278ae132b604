import { controller, type KubeObject, Manager } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const type = { apiVersion: 'v1', kind: 'ConfigMap' } as const
const ref = { ...type, namespace: 'default', name: 'a' }

/** A controller that keeps open what `data.state` of a ConfigMap says. */
async function world() {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const seen: string[] = []
  const wake = new Map<string, () => void>()
  const manager = new Manager({ store, clock }).add(
    controller({
      for: type,
      async reconcile({ object }, { keepOpen }) {
        const { state } = (object?.data ?? {}) as { readonly state?: string }
        seen.push(`reconcile ${state}`)
        if (state === undefined) return keepOpen(undefined)
        await keepOpen(state, (reconcile) => {
          seen.push(`open ${state}`)
          wake.set(state, reconcile)
          return { [Symbol.asyncDispose]: async () => void seen.push(`close ${state}`) }
        })
      },
    }),
  )
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  return {
    clock,
    store,
    wake,
    async put(state: string | undefined): Promise<void> {
      const kept = await store.get(ref)
      const data = state === undefined ? {} : { state }
      await (kept === undefined
        ? store.create({ ...type, metadata: { namespace: ref.namespace, name: ref.name }, data })
        : store.update({ ...kept, data } as KubeObject))
      await clock.advance(10)
    },
    taken: () => seen.splice(0),
    async finish(): Promise<void> {
      stop.abort()
      await clock.advance(31_000)
      await done
    },
  }
}

test('what a reconcile leaves open stays until another state is asked for, or none', async () => {
  const w = await world()
  await w.put('one')
  expect(w.taken()).toEqual(['reconcile one', 'open one'])
  w.wake.get('one')?.()
  await w.clock.advance(10)
  expect(w.taken()).toEqual(['reconcile one'])
  await w.put('two')
  expect(w.taken()).toEqual(['reconcile two', 'close one', 'open two'])
  await w.put(undefined)
  expect(w.taken()).toEqual(['reconcile undefined', 'close two'])
  await w.finish()
  expect(w.taken()).toEqual([])
})

test('it is closed with its object, and with the manager', async () => {
  const w = await world()
  await w.put('one')
  await w.store.delete(ref)
  await w.clock.advance(10)
  expect(w.taken().at(-1)).toBe('close one')
  await w.put('two')
  await w.finish()
  expect(w.taken().at(-1)).toBe('close two')
})
