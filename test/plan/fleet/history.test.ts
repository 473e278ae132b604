import fc from 'fast-check'
import { FleetHistory, type HistoryEvent, type HistoryEventType, type HistoryState } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const modules = ['shop', 'web', 'db']
const clusters = ['eu', 'us', 'asia']
const types: readonly HistoryEventType[] = ['assigned', 'ready', 'failed', 'removed', 'lost', 'found', 'revised', 'relabelled', 'approved']
/** Times go on by nothing, a little, or months; and back, as when a clock is set. */
const step = some(0, 1, 1000, 60_000, 2 ** 32 + 5, -500)
/** The first one mostly: what happens to a pair has to add up. */
const mostly = <T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(first) }, { weight: 2, arbitrary: some(...others) })
const change = fc.record({
  step,
  type: some(...types),
  module: mostly('shop', undefined, 'web', 'db'),
  cluster: mostly('eu', undefined, 'us', 'asia'),
  revision: some(undefined, 'v1', 'v2'),
  why: some(undefined, 'jane', 'a stage has opened'),
})

/** What a list of events says, without an index. */
class Model {
  readonly events: HistoryEvent[] = []

  add(event: HistoryEvent): void {
    const at = Math.max(event.at, this.events.at(-1)?.at ?? event.at)
    this.events.push(JSON.parse(JSON.stringify({ ...event, at })))
  }

  newest(module: string | undefined, cluster: string | undefined, until: number, limit: number): readonly HistoryEvent[] {
    const exact = (module === undefined) === (cluster === undefined)
    return this.events
      .filter((event) => event.at <= until)
      .filter((event) => (exact || module !== undefined ? event.module === module : true))
      .filter((event) => (exact || cluster !== undefined ? event.cluster === cluster : true))
      .reverse()
      .slice(0, limit)
  }

  stateAt(module: string, cluster: string, at: number): object | undefined {
    const [last] = this.newest(module, cluster, at, 1)
    if (last === undefined) return undefined
    let [assigned, running]: (string | undefined)[] = []
    for (const event of this.newest(module, cluster, at, Infinity).toReversed()) {
      if (event.type === 'assigned') assigned = event.revision
      if (event.type === 'ready') running = event.revision
      if (event.type === 'removed') assigned = running = undefined
    }
    const contact = this.newest(undefined, cluster, at, Infinity).find(
      (event) => event.module === undefined && ['lost', 'found'].includes(event.type),
    )
    return { module, cluster, assigned, running, reachable: contact?.type !== 'lost', last }
  }
}

describe('a history', () => {
  test('answers as a list of its events does', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.nat(), fc.integer({ min: 1, max: 8 }), (changes, pick, limit) => {
        const [history, model] = [new FleetHistory(), new Model()]
        let at = 1_700_000_000_000
        for (const { step, ...event } of changes) {
          at += step
          history.add({ at, ...event })
          model.add({ at, ...event })
        }
        expect(history.size).toBe(changes.length)
        const times = [-1, Infinity, ...model.events.flatMap((event) => [event.at - 1, event.at])]
        const until = times[pick % times.length] as number
        for (const module of [undefined, ...modules])
          for (const cluster of [undefined, ...clusters]) {
            expect(history.newest({ module, cluster, until, limit })).toEqual(model.newest(module, cluster, until, limit))
            if (module === undefined || cluster === undefined) continue
            expect(history.stateAt({ module, cluster }, until)).toEqual(model.stateAt(module, cluster, until))
          }
        const states = (pairs: readonly (readonly [string, string])[]) =>
          pairs.map(([module, cluster]) => model.stateAt(module, cluster, until)).filter((state) => state !== undefined)
        for (const module of modules)
          expect(new Set(history.moduleAt(module, until))).toEqual(new Set(states(clusters.map((cluster) => [module, cluster] as const))))
        for (const cluster of clusters)
          expect(new Set(history.clusterAt(cluster, until))).toEqual(new Set(states(modules.map((module) => [module, cluster] as const))))
      }),
      { numRuns: runs(300) },
    )
  })

  test('answers in the same way once there are snapshots', () => {
    const history = new FleetHistory()
    const events = 3_000_000
    // One pair of all that happens, and one of the first and the last event.
    const [busy, rare] = [
      { module: 'shop', cluster: 'eu' },
      { module: 'web', cluster: 'us' },
    ]
    history.add({ at: 0, type: 'assigned', ...rare, revision: 'v1' })
    for (let at = 1; at < events; at++) history.add({ at, type: 'ready', ...busy, revision: `v${at % 7}` })
    history.add({ at: events, type: 'assigned', ...rare, revision: 'v2' })
    for (const at of [1, 1_048_574, 1_048_575, 1_048_576, 1_048_577, 2_097_151, 2_097_152, 2_900_000])
      expect([at, history.stateAt(busy, at)?.running, history.stateAt(rare, at)?.assigned]).toEqual([at, `v${at % 7}`, 'v1'])
    expect(history.stateAt(rare, events)?.assigned).toBe('v2')
    expect(history.newest({ ...rare }).map(({ at }) => at)).toEqual([events, 0])
    expect(history.newest({ module: 'shop', until: 2_100_000, limit: 2 }).map(({ at }) => at)).toEqual([2_100_000, 2_099_999])
  })

  test('knows nothing of what has never happened', () => {
    const history = new FleetHistory()
    const nothing = { newest: [], state: undefined, cluster: [], module: [] }
    const ask = () => ({
      newest: history.newest({ module: 'shop' }),
      state: history.stateAt({ module: 'shop', cluster: 'eu' }, 1),
      cluster: history.clusterAt('eu', 1),
      module: history.moduleAt('shop', 1),
    })
    expect(ask()).toEqual(nothing)
    history.add({ at: 1, type: 'assigned', module: 'web', cluster: 'us', revision: 'v1' })
    expect(ask()).toEqual(nothing)
  })

  test.each([
    [{ at: 1.5 }, 'at: found number 1.5, accepted whole milliseconds since the epoch'],
    [{ at: Number.NaN }, 'at: found number NaN, accepted whole milliseconds since the epoch'],
    [{ type: 'deployed' }, 'type: found string "deployed", accepted assigned, ready, failed, removed, lost,'],
    [{ module: 5 }, 'module: found number 5, accepted a text, or nothing'],
    [{ cluster: null, revision: {} }, 'cluster: found null, accepted a text, or nothing; revision: found an object'],
  ])('refuses %j, and is as it was', (wrong, message) => {
    const history = new FleetHistory()
    const event = { at: 1, type: 'ready', module: 'shop', cluster: 'eu' }
    expect(() => history.add({ ...event, ...wrong } as HistoryEvent)).toThrow(message)
    expect([history.size, history.newest({ module: 'shop' })]).toEqual([0, []])
  })

  test('starts with how things were, and what is known already changes nothing', () => {
    const history = new FleetHistory()
    const [module, cluster] = ['shop', 'eu']
    const last = { at: 5, type: 'failed', module, cluster, revision: 'v2', why: 'timeout' } as const
    const state = { last, assigned: 'v2', running: 'v1', reachable: true }
    history.restore({ last: { at: 3, type: 'relabelled', cluster }, assigned: undefined, running: undefined, reachable: false })
    history.restore(state)
    history.restore(state)
    expect(history.size).toBe(2)
    history.restore({ ...state, last: { ...last, at: 6 } })
    expect(history.newest({ module, cluster }).map(({ at }) => at)).toEqual([6, 5])
    expect(history.stateAt({ module, cluster }, 4)).toBeUndefined()
    expect(history.stateAt({ module, cluster }, 5)).toEqual({ module, cluster, ...state, reachable: false })
    history.add({ at: 6, type: 'ready', module, cluster, revision: 'v2' })
    expect(history.stateAt({ module, cluster }, 6)).toMatchObject({ assigned: 'v2', running: 'v2' })
    history.restore({ ...state, last: { ...last, at: 7 }, running: 'v0' })
    expect(history.stateAt({ module, cluster }, 7)).toMatchObject({ assigned: 'v2', running: 'v0' })
    expect(history.stateAt({ module, cluster }, 6)).toMatchObject({ running: 'v2' })
  })

  test.each([
    [{ assigned: 5 }, 'assigned: found number 5, accepted a text, or nothing'],
    [{ reachable: undefined }, 'reachable: found nothing, accepted true or false'],
    [{ last: { at: 1, type: 'deployed' } }, 'type: found string "deployed", accepted assigned'],
  ])('restores no %j', (wrong, message) => {
    const history = new FleetHistory()
    const state = { last: { at: 1, type: 'ready', module: 'shop', cluster: 'eu' }, assigned: undefined, running: 'v1', reachable: true }
    expect(() => history.restore({ ...state, ...wrong } as unknown as HistoryState)).toThrow(message)
    expect(history.size).toBe(0)
  })
})
