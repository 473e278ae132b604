import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { compactLog, FleetHistory, type HistoryEvent, historyOfLogs, type RolloutLogSpec, readLogs } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { runs } from '../../../random-tests.ts'
import { LogStore } from './log-store.ts'

const clusters = ['eu', 'us', 'asia']

/** Events of one Module, of which about a dozen fill a chunk. */
function eventsOf(count: number, reason = 'x'): readonly HistoryEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    at: 1_700_000_000_000 + index * 1000,
    type: index % 2 === 0 ? 'assigned' : 'ready',
    module: 'shop',
    cluster: clusters[(index >> 1) % 3],
    revision: `v${index >> 4}`,
    why: `${reason} ${index} `.repeat(300),
  }))
}

function storeOf(events: readonly HistoryEvent[]): LogStore {
  const store = new LogStore()
  store.append(events)
  return store
}

/** A store whose chunks are merged: shop-1, shop-9, shop-17 and so on, of which all but the first have a snapshot, and the rest. */
function mergedStore(events: readonly HistoryEvent[]): LogStore {
  const store = storeOf(events)
  for (const log of readLogs(store.objects).logs) store.write(compactLog(log, { now: 0 }))
  return store
}

const found = (store: LogStore): readonly string[] => readLogs(store.objects).findings.map(({ found, name }) => `${found} ${name}`)

/** Changes the leaf of a value with a number; the last for a larger one. */
function edited<Value>(value: Value, at: number): Value {
  let left = at
  const edit = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(edit)
    if (typeof part === 'object' && part !== null) return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, edit(each)]))
    if (left-- !== 0) return part
    if (typeof part === 'string') return part.slice(0, -1) + (part.endsWith('1') ? '2' : '1')
    return typeof part === 'number' ? part + 1 : !part
  }
  return edit(value) as Value
}

describe('a log that is not as it was written', () => {
  const written = storeOf(eventsOf(130))
  const names = [...written.specs.keys()]
  const chosen = fc.nat({ max: names.length - 1 })
  const damaged = (damage: (specs: Map<string, RolloutLogSpec>) => void): LogStore => {
    const store = new LogStore()
    for (const [name, spec] of written.specs) store.specs.set(name, spec)
    damage(store.specs)
    return store
  }

  test('is whole before', () => {
    expect(names.length).toBeGreaterThan(6)
    expect(found(written)).toEqual([])
  })

  test('any edit is named, and all others can be used', () => {
    fc.assert(
      fc.property(chosen, fc.nat({ max: 60 }), (index, leaf) => {
        const name = names[index] as string
        const store = damaged((specs) => specs.set(name, edited(specs.get(name) as RolloutLogSpec, leaf)))
        fc.pre(JSON.stringify(store.objects) !== JSON.stringify(written.objects))
        const { logs, findings } = readLogs(store.objects)
        expect(findings.map((finding) => finding.name)).toEqual([name])
        expect(['edited', 'invalid']).toContain(findings[0]?.found)
        expect(findings[0]?.message).toContain(`${name}: spec.`)
        expect(logs[0]?.chunks.map((chunk) => chunk.name)).toEqual(names.filter((each) => each !== name))
      }),
      { numRuns: runs(200) },
    )
  })

  test.each([
    ['the first', ['shop-1'], 'missing shop-1'],
    ['one', ['shop-3'], 'missing shop-3'],
    ['two', ['shop-3', 'shop-4'], 'missing shop-3'],
  ])('a cut is named: %s', (_, gone, finding) => {
    const store = damaged((specs) => gone.forEach((name) => specs.delete(name)))
    expect(found(store)).toEqual([finding])
    const [last] = readLogs(store.objects).findings
    expect(last?.through).toBe(gone.length > 1 ? gone.at(-1) : undefined)
  })

  test('chunks that were exchanged are named', () => {
    const store = damaged((specs) => {
      const [two, four] = ['shop-2', 'shop-4'].map((name) => specs.get(name) as RolloutLogSpec)
      specs.set('shop-2', four as RolloutLogSpec).set('shop-4', two as RolloutLogSpec)
    })
    expect(found(store)).toEqual(['invalid shop-2', 'invalid shop-4'])
    expect(readLogs(store.objects).findings[0]?.message).toBe('shop-2: spec.seq: found number 4, accepted number 2, by its name')
  })

  test('a chunk that was written after another one is named', () => {
    const other = storeOf(eventsOf(130, 'y')).specs
    const store = damaged((specs) => specs.set('shop-3', other.get('shop-3') as RolloutLogSpec))
    expect(found(store)).toEqual(['unlinked shop-3', 'unlinked shop-4'])
  })

  test('two chunks of one number are named, and the one that the next one follows is used', () => {
    const other = storeOf(eventsOf(130, 'y')).objects.filter(({ metadata }) => metadata.name === 'shop-3')
    for (const objects of [
      [...other, ...written.objects],
      [...written.objects, ...other],
    ]) {
      const { logs, findings } = readLogs(objects)
      expect(findings.map(({ found, message }) => [found, message])).toEqual([
        ['duplicate', 'shop-3: found a second chunk 3, accepted the one in shop-3'],
      ])
      expect(historyOfLogs(logs).newest({ module: 'shop', limit: 1000 })).toEqual(eventsOf(130).toReversed())
    }
  })

  test('what was merged and not deleted yet is no finding; what another writer has put there is', () => {
    const before = storeOf(eventsOf(220))
    const store = mergedStore(eventsOf(220))
    for (const name of ['shop-2', 'shop-5']) store.specs.set(name, before.specs.get(name) as RolloutLogSpec)
    expect(found(store)).toEqual([])
    const { logs } = readLogs(store.objects)
    expect(historyOfLogs(logs).size).toBe(220)
    expect(logs.flatMap((log) => compactLog(log, { now: 0 }))).toEqual([
      { verb: 'delete', name: 'shop-2' },
      { verb: 'delete', name: 'shop-5' },
    ])
    // One that is read twice, before and after: deleting it would delete the merged one.
    const twice = readLogs([...store.objects, ...before.objects.filter(({ metadata }) => metadata.name === 'shop-1')])
    expect(twice.findings.map(({ found, name }) => `${found} ${name}`)).toEqual(['duplicate shop-1'])
    expect(twice.logs[0]?.leftovers).toEqual(['shop-2', 'shop-5'])
    expect(twice.logs[0]?.unusable).toEqual([])
    store.specs.set('shop-5', storeOf(eventsOf(220, 'y')).specs.get('shop-5') as RolloutLogSpec)
    expect(found(store)).toEqual(['duplicate shop-5'])
  })

  test('answers are right again from the next snapshot on', () => {
    const events = eventsOf(1300)
    const store = mergedStore(events)
    expect([...store.specs.keys()].slice(0, 4)).toEqual(['shop-1', 'shop-9', 'shop-17', 'shop-25'])
    const [gone, next] = ['shop-9', 'shop-17'].map((name) => store.specs.get(name) as RolloutLogSpec) as [RolloutLogSpec, RolloutLogSpec]
    expect(next.snapshot).toBeDefined()
    store.specs.delete('shop-9')
    const { logs, findings } = readLogs(store.objects)
    expect(findings.map(({ message }) => message)).toEqual(['shop-9 to shop-16: found nothing, accepted the events of then'])
    const [history, full] = [historyOfLogs(logs), new FleetHistory()]
    for (const event of events) full.add(event)
    // The last event of each cluster comes with the snapshot.
    expect(history.size).toBe(events.length - gone.count + clusters.length)
    for (const at of [Date.parse(next.from), Date.parse(next.to), Infinity])
      for (const cluster of clusters)
        expect(history.stateAt({ module: 'shop', cluster }, at)).toEqual(full.stateAt({ module: 'shop', cluster }, at))
    for (const cluster of clusters)
      expect(history.stateAt({ module: 'shop', cluster }, Date.parse(gone.from) - 1)).toEqual(
        full.stateAt({ module: 'shop', cluster }, Date.parse(gone.from) - 1),
      )
  })

  test('a damaged log goes on, and loses the damage with its age', () => {
    const store = mergedStore(eventsOf(1300))
    const merged = store.specs.get('shop-17') as RolloutLogSpec
    store.specs.set('shop-17', { ...merged, names: { ...merged.names, revision: merged.names.revision.map((name) => `${name}!`) } })
    const last = [...store.specs.keys()].at(-1) as string
    store.specs.set(last, { ...(store.specs.get(last) as RolloutLogSpec), count: 0 })
    expect(found(store)).toEqual(['edited shop-17', `invalid ${last}`])
    const end = store.endOf('shop')
    expect([end.digest, end.open]).toEqual([undefined, undefined])
    const more = eventsOf(1400).slice(900)
    store.append(more)
    const next = `shop-${end.seq + 1}`
    expect(found(store)).toEqual(['edited shop-17', `invalid ${last}`])
    expect(readLogs(store.objects).logs[0]?.chunks.find(({ name }) => name === next)?.afterGap).toBe(true)
    for (const log of readLogs(store.objects).logs) store.write(compactLog(log, { now: 0, maxEvents: 400 }))
    expect(found(store)).toEqual([`invalid ${last}`])
  })

  test('garbage of any shape is named', () => {
    const garbage = fc.oneof(
      fc.jsonValue(),
      fc.anything(),
      fc.record({ seq: fc.jsonValue(), names: fc.jsonValue(), events: fc.jsonValue() }),
    )
    fc.assert(
      fc.property(garbage, garbage, (spec, object) => {
        const objects = [...damaged((specs) => specs.set('shop-2', spec as RolloutLogSpec)).objects, object as KubeObject]
        const { logs, findings } = readLogs(objects)
        expect(findings.map(({ found, name }) => [found, name])).toEqual([
          ['invalid', `object ${names.length}`],
          ['invalid', 'shop-2'],
        ])
        expect(historyOfLogs(logs).size).toBeGreaterThan(50)
      }),
      { numRuns: runs(200) },
    )
  })

  test.each([
    ['a number that has no name', { events: { cluster: '9' } }, 'spec.events.cluster: found number 9, accepted 0 to 1'],
    ['a type with the number 0', { events: { type: '0' } }, 'spec.events.type: found number 0, accepted 1 to 1'],
    ['a column that is too long', { events: { why: '0 0' } }, 'spec.events.why: found 2 numbers, accepted 1'],
    ['a column with two spaces', { events: { why: '0  0' } }, 'spec.events.why: found string "0  0", accepted whole numbers with a space'],
    ['a column of text', { events: { at: 'now' } }, 'spec.events.at: found string "now", accepted whole numbers with a space'],
    ['a number beyond all', { events: { at: '9'.repeat(30) } }, 'spec.events.at: found string "9999'],
    ['times that end elsewhere', { events: { at: '5' } }, 'spec.events.at: found a sum of 5, accepted 0, as spec.to is after spec.from'],
    ['a day that there is not', { to: '2026-02-30T00:00:00Z' }, 'spec.to: found string "2026-02-30T00:00:00Z"'],
    ['an unknown type', { names: { type: ['deployed'] } }, 'spec.names.type[0]: found string "deployed", accepted assigned, ready'],
    ['more than a store takes', { names: { why: Array(300).fill('x'.repeat(4000)) } }, 'characters, accepted at most 1048576'],
    [
      'a snapshot from later',
      { snapshot: { at: '9007199254740991' } },
      'spec.snapshot.at: found a sum of 9007199254740991, accepted at most',
    ],
    ['a snapshot with a column too short', { snapshot: { at: '1 1' } }, 'spec.snapshot.type: found 1 numbers, accepted 2'],
    ['a snapshot with a wrong flag', { snapshot: { unreachable: '2' } }, 'spec.snapshot.unreachable: found number 2, accepted 0 to 1'],
  ])('%s is refused', (_, change: { readonly [field: string]: unknown }, message) => {
    const store = storeOf(eventsOf(1))
    const spec = store.specs.get('shop-1') as RolloutLogSpec
    const snapshot = { ...spec.events, assigned: '0', running: '0' }
    const merged = Object.entries(change).map(([field, value]) => {
      const before = field === 'snapshot' ? snapshot : spec[field as keyof RolloutLogSpec]
      return [field, typeof value === 'object' ? { ...(before as object), ...value } : value]
    })
    store.specs.set('shop-1', { ...spec, ...Object.fromEntries(merged) })
    expect(readLogs(store.objects).findings.map((finding) => finding.message)).toEqual([expect.stringContaining(message)])
  })
})
