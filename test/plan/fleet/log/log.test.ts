import fc from 'fast-check'
import {
  appendToLog,
  compactLog,
  compactLogSteps,
  FleetHistory,
  type FleetLog,
  type HistoryEvent,
  historyOfLogs,
  historyOfLogsSteps,
  type LogEnd,
  type PairState,
  readLogs,
  readLogsSteps,
  rolloutLogNameOf,
} from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { longestTurn } from '../../../long-turns.ts'
import { runs } from '../../../random-tests.ts'
import { LogStore } from './log-store.ts'
import { clusters, modules, randomEvents } from './random-events.ts'

function historyOf(events: readonly HistoryEvent[]): FleetHistory {
  const history = new FleetHistory()
  for (const event of events) history.add(event)
  return history
}

/** Whether all that names the two, or neither, is in one log. */
const isOneLog = ({ module, cluster }: { readonly module: string | undefined; readonly cluster: string | undefined }): boolean =>
  (module === undefined) === (cluster === undefined)

const pairs = modules.flatMap((module) => clusters.map((cluster) => ({ module, cluster })))
/** An event in short: reasons differ in their beginning. */
const text = ({ why, ...event }: HistoryEvent): string => JSON.stringify([event, why?.slice(0, 9)])

/** All that a history has: of each pair in its order; what is at the same time in several logs has none. */
function everything(history: FleetHistory): unknown {
  const ofPairs = pairs.filter(isOneLog).map((pair) => history.newest({ ...pair, limit: 10_000 }))
  const ofOne = [...modules.map((module) => ({ module })), ...clusters.map((cluster) => ({ cluster })), {}]
  return [
    ...ofPairs,
    ...ofOne.map((one) =>
      history
        .newest({ ...one, limit: 10_000 })
        .map(text)
        .sort(),
    ),
  ]
}

function stateOf(history: FleetHistory, pair: { readonly module: string; readonly cluster: string }, at: number): PairState | undefined {
  const state = history.stateAt(pair, at)
  // What was removed is forgotten after a while.
  return state?.last.type === 'removed' ? undefined : state
}

function readAll(store: LogStore): readonly FleetLog[] {
  const { logs, findings } = readLogs(store.objects)
  expect(findings).toEqual([])
  return logs
}

describe('the log of a fleet', () => {
  test('says what was appended, however it was split', () => {
    fc.assert(
      fc.property(randomEvents(150), fc.integer({ min: 3, max: 40 }), (events, atOnce) => {
        const store = new LogStore()
        store.append(events, atOnce)
        const { logs, findings } = readLogs(store.objects.toReversed())
        expect(findings).toEqual([])
        const history = historyOfLogs(logs)
        expect(history.size).toBe(events.length)
        expect(everything(history)).toEqual(everything(historyOf(events)))
        for (const spec of store.specs.values()) expect(Buffer.byteLength(JSON.stringify(spec))).toBeLessThanOrEqual(32 * 1024)
      }),
      { numRuns: runs(20) },
    )
  })

  test('says the same once chunks are merged', () => {
    fc.assert(
      fc.property(randomEvents(400), (events) => {
        const store = new LogStore()
        store.append(events, 50)
        const chunks = store.specs.size
        for (const log of readAll(store)) store.write(compactLog(log, { now: 0 }))
        const merged = [...store.specs.values()].filter(({ replaces }) => replaces !== undefined)
        expect(store.specs.size).toBe(chunks - 7 * merged.length)
        expect(everything(historyOfLogs(readAll(store)))).toEqual(everything(historyOf(events)))
        // Nothing is left to do, and the log goes on.
        for (const log of readAll(store)) expect(compactLog(log, { now: 0 })).toEqual([])
        const more = events.map((event) => ({ ...event, at: event.at + 2 ** 42 }))
        store.append(more, 50)
        expect(everything(historyOfLogs(readAll(store)))).toEqual(everything(historyOf([...events, ...more])))
      }),
      { numRuns: runs(8) },
    )
  })

  test('never answers wrongly for what retention has deleted: answers are only shorter', () => {
    let cuts = 0
    fc.assert(
      fc.property(randomEvents(800), fc.nat(), fc.nat(), fc.nat(), (events, ageAt, maxEvents, whenAt) => {
        const store = new LogStore()
        // As a fleet does it: again and again.
        const oldest = events[ageAt % (events.length || 1)]?.at ?? 0
        for (let from = 0; from < events.length; from += 150) {
          const some = events.slice(from, from + 150)
          store.append(some, 50)
          const now = some.at(-1)?.at ?? 0
          for (const log of readAll(store))
            store.write(compactLog(log, { now, maxAgeMs: Math.max(0, now - oldest), maxEvents: maxEvents % 300 }))
        }
        const logs = readAll(store)
        const [full, kept] = [historyOf(events), historyOfLogs(logs)]
        const when = events[whenAt % (events.length || 1)]?.at ?? 0
        for (const { module, chunks } of logs) {
          const since = chunks[0]?.afterGap ? Date.parse(chunks[0].spec.from) : 0
          if (since > 0) cuts++
          for (const cluster of clusters.filter((each) => isOneLog({ module, cluster: each }))) {
            const [all, some] = [full, kept].map((history) => history.newest({ module, cluster, limit: 10_000 }).map(text))
            const texts = new Set(all)
            expect(some?.filter((event) => !texts.has(event))).toEqual([])
            const own = full.newest({ module, cluster, limit: 10_000 }).filter(({ at }) => at > since)
            expect(some?.slice(0, own.length)).toEqual(own.map(text))
            if (module === undefined || cluster === undefined) continue
            for (const at of [since, when, Infinity]) {
              const [right, answer] = [stateOf(full, { module, cluster }, at), stateOf(kept, { module, cluster }, at)]
              const isKnown = at >= since && logs.every((log) => !log.chunks[0]?.afterGap || at >= Date.parse(log.chunks[0].spec.from))
              if (isKnown || answer !== undefined) expect({ ...answer, reachable: 0 }).toEqual({ ...right, reachable: 0 })
              if (isKnown) expect(answer?.reachable).toBe(right?.reachable)
            }
          }
        }
      }),
      { numRuns: runs(12) },
    )
    expect(cuts).toBeGreaterThan(5)
  })

  test('knows for good what has a revision, and forgets what was removed', () => {
    const store = new LogStore()
    const of = (at: number, type: HistoryEvent['type'], cluster: string): HistoryEvent => ({
      at,
      type,
      module: 'shop',
      cluster,
      revision: `v${at}`,
      why: `${at} `.repeat(500),
    })
    const busy = Array.from({ length: 900 }, (_, index) => of(index + 3, 'ready', 'busy'))
    store.append([of(0, 'assigned', 'rare'), of(1, 'assigned', 'gone'), of(2, 'removed', 'gone'), ...busy])
    const sizes: number[] = []
    for (let maxEvents = 600; maxEvents > 0; maxEvents -= 200) {
      for (const log of readAll(store)) store.write(compactLog(log, { now: 0, maxEvents }))
      const history = historyOfLogs(readAll(store))
      sizes.push(history.size)
      expect(history.stateAt({ module: 'shop', cluster: 'rare' }, Infinity)).toMatchObject({
        assigned: 'v0',
        last: { at: 0, why: '0 '.repeat(500) },
      })
    }
    expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes)
    expect(sizes.at(-1)).toBeLessThan(400)
    expect(historyOfLogs(readAll(store)).stateAt({ module: 'shop', cluster: 'gone' }, Infinity)).toBeUndefined()
  })

  test('keeps two logs apart whose names are alike', () => {
    expect(rolloutLogNameOf({ module: 'fleet', seq: 1 })).toBe('fleet-1')
    expect(rolloutLogNameOf({ seq: 1 })).toBe('fleet.1')
    const store = new LogStore()
    for (const module of ['a', 'a-1', 'fleet', undefined]) store.append([{ at: 1, type: 'paused', module, why: `of ${module}` }])
    expect([...store.specs.keys()]).toEqual(['a-1', 'a-1-1', 'fleet-1', 'fleet.1'])
    expect(readAll(store).map(({ module }) => module)).toEqual(['a', 'a-1', 'fleet', undefined])
  })

  test('takes about 24 bytes for an event of a rollout, and holds the event loop for a moment at most', async () => {
    const store = new LogStore()
    const events = Array.from({ length: 60_000 }, (_, index): HistoryEvent => {
      const [rollout, step] = [Math.floor(index / 4000), index % 4000]
      return {
        at: 1_764_000_000_000 + rollout * 3_600_000 + step * 137,
        type: step % 400 < 200 ? 'assigned' : 'ready',
        module: 'shop',
        cluster: `eu-west-1-${String(Math.floor(step / 400) * 200 + (step % 200)).padStart(4, '0')}`,
        revision: `v1.${rollout}.0-3f9a2c1d`,
        why: step % 400 < 200 ? 'stage canary has opened' : undefined,
      }
    })
    store.append(events, 2000)
    for (const log of readAll(store)) store.write(compactLog(log, { now: 0 }))
    const objects = store.objects
    expect(JSON.stringify(objects).length / events.length).toBeLessThan(26)
    const merged = [...store.specs.values()].filter(({ replaces }) => replaces !== undefined)
    expect(merged.length).toBeGreaterThan(3)
    // Only where it takes an eighth of the events at most, and the first has nothing before it.
    const without = merged.filter(({ snapshot }) => snapshot === undefined).length
    expect(without).toBeGreaterThan(1)
    expect(without).toBeLessThan(merged.length)
    for (const { snapshot, ...rest } of merged) expect(JSON.stringify(rest).length).toBeLessThan(256 * 1024)
    const steps = async <Result>(work: Generator<number, Result>): Promise<Result> => {
      for (let [step, sum] = [work.next(), 0]; ; step = work.next()) {
        if (step.done) return step.value
        sum += step.value
        if (sum > 500_000) [sum] = [0, await new Promise((resolve) => setImmediate(resolve))]
      }
    }
    let size = 0
    const longest = await longestTurn(async () => {
      const { logs } = await steps(readLogsSteps(objects))
      for (const log of logs) await steps(compactLogSteps(log, { now: 0, maxEvents: 10_000 }))
      size = (await steps(historyOfLogsSteps(logs))).size
    })
    expect(size).toBe(events.length)
    expect(longest).toBeLessThan(150)
  })

  test.each([
    [{}, { module: 'web' }, 'events[0].module: found string "web", accepted string "shop"'],
    [{}, { at: -1 }, 'events[0].at: found number -1, accepted whole milliseconds since the epoch, from 1970 to 9999'],
    [{}, { at: 2 ** 50 }, 'events[0].at: found number 1125899906842624, accepted whole milliseconds'],
    [{}, { at: 0.5 }, 'events[0].at: found number 0.5, accepted whole milliseconds'],
    [{}, { type: 'deployed' }, 'events[0].type: found string "deployed", accepted assigned'],
    [{}, { why: 'x'.repeat(4097) }, 'events[0].why: found string "xxx'],
    [{}, { cluster: '' }, 'events[0].cluster: found string "", accepted a string of 1 to 253 characters'],
    [{ seq: -1 }, {}, 'seq: found number -1, accepted a whole number from 0'],
    [{ at: Number.NaN }, {}, 'at: found number NaN, accepted whole milliseconds'],
    [{ module: 'Shop.1' }, { module: 'Shop.1' }, 'module: found string "Shop.1", accepted at most 63 lower-case letters'],
    [{ open: { seq: 1 } }, {}, 'spec.sealed: found nothing, accepted true or false'],
  ])('appends nothing for %j and %j', (end, event, message) => {
    const good = { at: 1, type: 'ready', module: 'shop', cluster: 'eu', revision: 'v1' }
    expect(() => appendToLog({ module: 'shop', seq: 0, ...end } as LogEnd, [{ ...good, ...event } as HistoryEvent])).toThrow(message)
  })

  test('the longest event there can be has room in a chunk', () => {
    const long = {
      at: 1,
      type: 'ready',
      module: 'shop',
      cluster: '\u0001'.repeat(253),
      revision: '\ud800'.repeat(330),
      why: '\u0001'.repeat(4096),
    }
    const { changes } = appendToLog({ module: 'shop', seq: 0 }, [long, long, { ...long, why: '\u0002'.repeat(4096) }] as HistoryEvent[])
    expect(changes.map(({ spec }) => spec?.count)).toEqual([2, 1])
    for (const { spec } of changes) expect(JSON.stringify(spec).length).toBeLessThan(32 * 1024)
  })
})
