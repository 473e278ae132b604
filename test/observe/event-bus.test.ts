import diagnostics from 'node:diagnostics_channel'
import { EventBus, eventChannel, type FleetEvent, silentLogger } from 'fleetkit'
import { VirtualClock } from 'fleetkit/testing'
import { expect, expectTypeOf, test } from 'vitest'

const sync = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'podinfo' }

test('listeners get the events of their type, stamped and frozen', () => {
  const clock = new VirtualClock(1000)
  const bus = new EventBus({ clock })
  const seen: FleetEvent[] = []
  bus.on('sync.resolved', (event) => {
    expectTypeOf(event.revision).toBeString()
    seen.push(event)
  })
  bus.emit('sync.started', { sync })
  bus.emit('sync.resolved', { sync, revision: 'sha1:abc' })
  expect(seen).toEqual([{ type: 'sync.resolved', at: 1000, sync, revision: 'sha1:abc' }])
  expect(Object.isFrozen(seen[0])).toBe(true)
})

test("'*' hears everything; once hears one; off and disposing stop it", () => {
  const bus = new EventBus()
  const heard: string[] = []
  const all = bus.on('*', ({ type }) => heard.push(`all ${type}`))
  const once = (): unknown => heard.push('once')
  bus.once('sync.started', once)
  const started = (): unknown => heard.push('on')
  bus.on('sync.started', started)
  bus.emit('sync.started', { sync })
  bus.emit('sync.suspended', { sync })
  all[Symbol.dispose]()
  bus.off('sync.started', started)
  bus.emit('sync.started', { sync })
  expect(heard).toEqual(['once', 'on', 'all sync.started', 'all sync.suspended'])
})

test('a listener that throws or rejects harms no other and is reported', async () => {
  const reported: unknown[] = []
  const bus = new EventBus({
    onListenerError: (error, event) => {
      reported.push([(error as Error).message, event.type])
      throw new Error('the reporter fails too')
    },
  })
  let heard = 0
  bus.on('sync.started', () => {
    throw new Error('threw')
  })
  bus.on('sync.started', async () => {
    throw new Error('rejected')
  })
  bus.on('sync.started', () => heard++)
  bus.emit('sync.started', { sync })
  await new Promise(setImmediate)
  expect(heard).toBe(1)
  expect(reported).toEqual([
    ['threw', 'sync.started'],
    ['rejected', 'sync.started'],
  ])
})

test('failures of listeners are logged without a handler for them', () => {
  const lines: unknown[] = []
  const bus = new EventBus({ logger: { ...silentLogger, error: (message, fields) => lines.push([message, fields?.event]) } })
  bus.on('sync.started', () => {
    throw new Error('mine')
  })
  bus.emit('sync.started', { sync })
  expect(lines).toEqual([['a listener of events failed', 'sync.started']])
})

test('a stream has what happened since it was asked for, of the types it wants, and ends with its signal', async () => {
  const bus = new EventBus()
  const stop = new AbortController()
  bus.emit('sync.suspended', { sync })
  const stream = bus.stream({ types: ['sync.suspended'], signal: stop.signal })
  bus.emit('sync.started', { sync })
  bus.emit('sync.suspended', { sync })
  const seen: string[] = []
  for await (const event of stream) {
    expectTypeOf(event.type).toEqualTypeOf<'sync.suspended' | 'stream.dropped'>()
    seen.push(event.type)
    setImmediate(() => stop.abort())
  }
  expect(seen).toEqual(['sync.suspended'])
})

test('a slow reader loses the oldest events and learns how many', async () => {
  const bus = new EventBus({ clock: new VirtualClock(5) })
  await using stream = bus.stream({ limit: 2 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) bus.emit('sync.started', { sync: { ...sync, name } })
  const read = async () => (await stream.next()).value
  expect(await read()).toEqual({ type: 'stream.dropped', at: 5, count: 3 })
  expect(await read()).toMatchObject({ sync: { name: 'd' } })
  expect(await read()).toMatchObject({ sync: { name: 'e' } })
})

test('closing the bus ends streams once they are read, and leaving the loop ends one at once', async () => {
  const bus = new EventBus()
  const stream = bus.stream()
  const left = bus.stream()
  bus.emit('sync.started', { sync })
  for await (const _ of left) break
  expect(await left.next()).toEqual({ done: true, value: undefined })
  bus[Symbol.dispose]()
  bus.emit('sync.suspended', { sync })
  const seen: string[] = []
  for await (const { type } of stream) seen.push(type)
  expect(seen).toEqual(['sync.started'])
  expect(await bus.stream().next()).toEqual({ done: true, value: undefined })
})

test('events go to the diagnostics channel as well', () => {
  const bus = new EventBus({ clock: new VirtualClock(7) })
  const seen: unknown[] = []
  const subscriber = (message: unknown): void => void seen.push(message)
  diagnostics.subscribe(eventChannel, subscriber)
  bus.emit('sync.suspended', { sync })
  diagnostics.unsubscribe(eventChannel, subscriber)
  bus.emit('sync.suspended', { sync })
  expect(seen).toEqual([{ type: 'sync.suspended', at: 7, sync }])
})
