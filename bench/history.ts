/**
 * Claims: of ten million events of 200 modules on 10,000 clusters, also where half of all events are on 2,000 pairs, why a cluster runs what it runs, what ran on a cluster
 * and where a module ran at a time are each answered within 10 ms; the index takes at most 250 MiB. Stored, an event takes about 24 bytes; all are read, checked and indexed
 * within 10 s, in slices of at most 50 ms.
 */

import { FleetHistory, type HistoryEventType } from 'fleetkit/fleet'
import { measureStoredHistory } from './stored-history.ts'

const [modules, clusters, events] = [200, 10_000, Number(process.env.EVENTS ?? 10_000_000)]
const [busy, asked] = [2000, 300]

export function measureHistory(): void {
  console.log(`\n### The history of a fleet: ${events / 1e6} million events, ${modules} modules, ${clusters} clusters\n`)
  console.log('| | events are | median | max | of the aim, 10 ms |\n|---|---|---|---|---|')
  measure('anywhere', 0)
  measure('half on 2,000 pairs', 0.5)
  measureStoredHistory({ modules, clusters, events })
}

function measure(where: string, skew: number): void {
  let state = 1
  const below = (end: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
  const isBusy = (): boolean => below(1000) < skew * 1000
  const busyPair = (index: number): readonly [number, number] => [index % modules, Math.floor(index / modules) * 37]
  const pick = (): readonly [number, number] => (isBusy() ? busyPair(below(busy)) : [below(modules), below(clusters)])
  globalThis.gc?.()
  const before = process.memoryUsage()
  const names = {
    module: Array.from({ length: modules }, (_, at) => `module-${at}`),
    cluster: Array.from({ length: clusters }, (_, at) => `cluster-${at}`),
  }
  const types = ['assigned', 'ready', 'failed', 'ready'] as const
  const history = new FleetHistory()
  const started = performance.now()
  for (let at = 0; at < events; at++) {
    const [module, cluster] = pick()
    const revision = `v${at >>> 18}`
    history.add({
      at: at * 700,
      type: types[at & 3] as HistoryEventType,
      module: names.module[module],
      cluster: names.cluster[cluster],
      revision,
      why: `stage ${at & 7}`,
    })
  }
  const each = ((performance.now() - started) * 1e6) / events
  globalThis.gc?.()
  const after = process.memoryUsage()
  const mib = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20
  const time = (name: string, ask: () => unknown): void => {
    const times = Array.from({ length: asked }, () => {
      const begun = performance.now()
      ask()
      return performance.now() - begun
    }).sort((a, b) => a - b)
    const [median, max] = [times[asked / 2] as number, times.at(-1) as number]
    console.log(`| ${name} | ${where} | ${median.toFixed(3)} ms | ${max.toFixed(2)} ms | ${(max / 10).toFixed(2)}x |`)
  }
  const then = (): number => below(events) * 700
  const some = (): { module: string; cluster: string } => {
    const [module, cluster] = pick()
    return { module: names.module[module] as string, cluster: names.cluster[cluster] as string }
  }
  time('why: the newest 50 of a pair', () => history.newest(some()))
  time('a pair at a time', () => history.stateAt(some(), then()))
  time('a cluster at a time', () => history.clusterAt(some().cluster, then()))
  time('a module at a time', () => history.moduleAt(some().module, then()))
  time('the newest 50 of a module', () => history.newest({ module: some().module }))
  console.log(`\n${where}: ${each.toFixed(0)} ns to add an event, ${mib.toFixed(0)} MiB (the aim is 250)\n`)
}
