import {
  appendToLog,
  compactLog,
  type FleetHistory,
  type HistoryEvent,
  historyOfLogsSteps,
  type LogChange,
  type LogEnd,
  type RolloutLogSpec,
  readLogs,
  readLogsSteps,
} from 'fleetkit/fleet'

/** How many characters of work there are between two turns of the event loop, as in the engine. */
const turnCharacters = 500_000

/** What is stored for rollouts of each module to each cluster, in stages, and how long it takes to have it in memory again. */
export function measureStoredHistory(size: { readonly modules: number; readonly clusters: number; readonly events: number }): void {
  const [texts, appendMs] = stored(size)
  globalThis.gc?.()
  const bytes = texts.reduce((sum, text) => sum + text.length, 0)
  const times = { read: 0, index: 0 }
  let longest = 0
  function inTurns<Result>(steps: Generator<number, Result>, name: keyof typeof times): Result {
    let [begun, characters] = [performance.now(), 0]
    for (;;) {
      const step = steps.next()
      characters += step.done ? turnCharacters : step.value
      if (characters < turnCharacters) continue
      const took = performance.now() - begun
      times[name] += took
      longest = Math.max(longest, took)
      if (step.done) return step.value
      begun = performance.now()
      characters = 0
    }
  }
  const started = performance.now()
  const objects = texts.map((text) => ({ apiVersion: '', kind: '', ...JSON.parse(text) }))
  const parseMs = performance.now() - started
  const { logs, findings } = inTurns(readLogsSteps(objects), 'read')
  const history: FleetHistory = inTurns(historyOfLogsSteps(logs), 'index')
  if (findings.length > 0 || history.size < size.events) throw new Error(`${findings.length} findings, ${history.size} events`)
  const seconds = (parseMs + times.read + times.index) / 1000
  console.log(
    `\n### The same, stored: ${texts.length} chunks, the largest ${Math.max(0, ...texts.map(({ length }) => length)) >> 10} KiB\n`,
  )
  console.log('| | | the aim |\n|---|---|---|')
  console.log(`| an event | ${(bytes / history.size).toFixed(1)} bytes | 24 |`)
  console.log(`| appended, merged, with digests | ${((appendMs * 1e6) / history.size).toFixed(0)} ns an event | |`)
  console.log(`| all parsed, checked, indexed | ${seconds.toFixed(1)} s | 10 for 10 million |`)
  console.log(
    `| of that: parsed, checked, indexed | ${[parseMs, times.read, times.index].map((ms) => (ms / 1000).toFixed(2)).join(', ')} s | |`,
  )
  console.log(`| the longest slice | ${longest.toFixed(0)} ms | 50 |`)
}

/** The objects of a store, as text, and the milliseconds that it took to make them. */
function stored({
  modules,
  clusters,
  events,
}: Parameters<typeof measureStoredHistory>[0]): readonly [texts: readonly string[], ms: number] {
  const texts: string[] = []
  const started = performance.now()
  for (let module = 0; module < modules; module++) {
    const specs = new Map<string, RolloutLogSpec>()
    const write = (changes: readonly LogChange[]): void => {
      for (const { name, spec } of changes) {
        if (spec === undefined) specs.delete(name)
        else specs.set(name, spec)
      }
    }
    let end: LogEnd = { module: `module-${module}`, seq: 0 }
    for (const some of rolloutsOf(`module-${module}`, clusters, events / modules)) {
      const appended = appendToLog(end, some)
      write(appended.changes)
      end = appended.end
    }
    const objects = [...specs].map(([name, spec]) => ({ apiVersion: '', kind: '', metadata: { name }, spec }))
    for (const log of readLogs(objects).logs) write(compactLog(log, { now: 0 }))
    for (const [name, spec] of specs) texts.push(JSON.stringify({ metadata: { name }, spec }))
  }
  return [texts, performance.now() - started]
}

/** Rollouts one after the other, each in stages: so many clusters are assigned at once, and each is ready after a minute or so. */
function* rolloutsOf(module: string, clusters: number, most: number): Generator<readonly HistoryEvent[], void> {
  const stages = ['canary', 'eu-west-1', 'us-east-1', 'rest']
  let state = 1
  const below = (end: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
  let [at, written, rollout] = [1_764_000_000_000, 0, 0]
  for (; written < most; rollout++) {
    const revision = `v1.${rollout}.0-${below(2 ** 32)
      .toString(16)
      .padStart(8, '0')}`
    for (let from = 0; from < clusters && written < most; from += 200) {
      const stage = stages[Math.min(3, from / 200)] as string
      const events: HistoryEvent[] = []
      for (let cluster = from; cluster < from + 200 && written < most; cluster++) {
        const name = `${stages[1 + (cluster % 2)]}-${String(cluster).padStart(4, '0')}`
        at += below(40)
        events.push({ at, type: 'assigned', module, cluster: name, revision, why: `stage ${stage}, maxConcurrency 200` })
        const failed = below(100) === 0
        const why = failed ? 'Deployment web exceeded its progress deadline' : undefined
        events.push({ at: at + 20_000 + below(60_000), type: failed ? 'failed' : 'ready', module, cluster: name, revision, why })
        written += 2
      }
      at += 100_000
      yield events.sort((a, b) => a.at - b.at)
    }
    at += 3_600_000
  }
}
