/**
 * The events of a manager or a runner as metrics in the text format of Prometheus, for any HTTP server. It needs no package.
 *
 * @module fleetkit/prometheus
 * @packageDocumentation
 */
import type { EventBus } from './event-bus.ts'
import { type Instrument, type Measure, measuresOf, secondsBuckets } from './measures.ts'

/** Options of {@link prometheusMetrics}. */
export interface PrometheusOptions {
  /** Labels that every metric gets, e.g. which manager of a process it is. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** What has been counted so far. Disposing of it stops the counting. */
export interface PrometheusMetrics extends Disposable {
  /** For the header `content-type`. */
  readonly contentType: string
  /** All metrics, for the body of the answer. */
  text(): string
  /** The same as disposing of it. */
  close(): void
}

/**
 * Counts the events of a bus. The names begin with `fleetkit_`; labels name controllers, kinds, results and actions, never single
 * objects, so that a fleet of any size makes few series.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { fleetControllers, Manager, type Runnable } from 'fleetkit'
 * import { memoryCluster, memoryGit } from 'fleetkit/memory'
 * import { prometheusMetrics } from 'fleetkit/prometheus'
 *
 * await using manager = new Manager({ store: memoryCluster(), git: memoryGit() }).add(...fleetControllers())
 * using metrics = prometheusMetrics(manager.events)
 * const server: Runnable = {
 *   name: 'metrics',
 *   needsLeaderElection: false,
 *   async run({ signal }) {
 *     const http = createServer((_, answer) => answer.setHeader('content-type', metrics.contentType).end(metrics.text()))
 *     http.listen({ port: 8080, signal })
 *   },
 * }
 * await manager.add(server).run({ signal: AbortSignal.timeout(1000) })
 * ```
 */
export function prometheusMetrics(events: EventBus, { labels = {} }: PrometheusOptions = {}): PrometheusMetrics {
  const families = new Map<Instrument, Map<string, Series>>()
  const subscription = events.on('*', (event) => {
    for (const { instrument, value, labels: own } of measuresOf(event)) {
      const family = families.get(instrument) ?? new Map<string, Series>()
      families.set(instrument, family)
      const key = formatLabels({ ...labels, ...own })
      const series = family.get(key) ?? { labels: { ...labels, ...own }, value: 0, count: 0, buckets: secondsBuckets.map(() => 0) }
      family.set(key, series)
      add(series, instrument, value)
    }
  })
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: () => [...families].map(([instrument, family]) => formatFamily(instrument, [...family.values()])).join(''),
    close: () => subscription[Symbol.dispose](),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  }
}

/** The values of one metric for one set of labels. */
interface Series {
  readonly labels: Measure['labels']
  /** The value of a counter or a gauge, the sum of a histogram. */
  value: number
  count: number
  readonly buckets: number[]
}

function add(series: Series, { kind }: Instrument, value: number): void {
  series.value = kind === 'gauge' ? value : series.value + value
  series.count++
  for (const [index, most] of secondsBuckets.entries()) if (value <= most) (series.buckets[index] as number) += 1
}

function formatFamily(instrument: Instrument, all: readonly Series[]): string {
  const { kind, help } = instrument
  const suffix = { counter: '_total', gauge: '', histogram: '_seconds' }[kind]
  const name = `fleetkit_${instrument.name.join('_')}${suffix}`
  const lines = all.flatMap(({ labels, value, count, buckets }) =>
    kind !== 'histogram'
      ? [`${name}${formatLabels(labels)} ${value}`]
      : [
          ...secondsBuckets.map((most, index) => `${name}_bucket${formatLabels({ ...labels, le: String(most) })} ${buckets[index]}`),
          `${name}_bucket${formatLabels({ ...labels, le: '+Inf' })} ${count}`,
          `${name}_sum${formatLabels(labels)} ${value}`,
          `${name}_count${formatLabels(labels)} ${count}`,
        ],
  )
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n')
}

function formatLabels(labels: Measure['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeCharacter)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}
