/**
 * The events of a manager or a runner as OpenTelemetry metrics and traces. It takes the meter and the tracer of
 * `@opentelemetry/api` as they are, and needs no package itself.
 *
 * @module fleetkit/opentelemetry
 * @packageDocumentation
 */
import { refKey } from '../model/reference.ts'
import type { EventBus } from './event-bus.ts'
import type { FleetEvent } from './events.ts'
import { type Instrument, measuresOf, secondsBuckets } from './measures.ts'

/** Attributes of a measurement or a span. */
export type TelemetryAttributes = Record<string, string | number | boolean>

/** What a `Counter` has of what is used here. */
export interface TelemetryCounter {
  /** Adds to the count. */
  add(value: number, attributes?: TelemetryAttributes): void
}

/** What a `Gauge` and a `Histogram` have of what is used here. */
export interface TelemetryRecorder {
  /** Records a value. */
  record(value: number, attributes?: TelemetryAttributes): void
}

/** What a `Meter` of `@opentelemetry/api` 1.9 has of what is used here. */
export interface TelemetryMeter {
  /** Makes a counter. */
  createCounter(name: string, options?: object): TelemetryCounter
  /** Makes a gauge. */
  createGauge(name: string, options?: object): TelemetryRecorder
  /** Makes a histogram. */
  createHistogram(name: string, options?: object): TelemetryRecorder
}

/** What a `Tracer` of `@opentelemetry/api` has of what is used here. Times are milliseconds since 1970. */
export interface TelemetryTracer {
  /** Begins a span. */
  startSpan(name: string, options?: { startTime?: number; attributes?: TelemetryAttributes }): TelemetrySpan
}

/** What a `Span` of `@opentelemetry/api` has of what is used here. */
export interface TelemetrySpan {
  /** Sets an attribute. */
  setAttribute(key: string, value: string | number | boolean): unknown
  /** Adds something that happened in it. */
  addEvent(name: string, attributes?: TelemetryAttributes, time?: number): unknown
  /** Says whether it went well. */
  setStatus(status: { code: number; message?: string }): unknown
  /** Ends it. */
  end(endTime?: number): void
}

/** The running report. Disposing of it ends it. */
export interface Telemetry extends Disposable {
  /** The same as disposing of it. */
  close(): void
}

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  readonly events: EventBus
  /** Gets the metrics; none are made without it. */
  readonly meter?: TelemetryMeter | undefined
  /** Gets a span for each attempt at a Sync, with what happened in it as its events; none are made without it. */
  readonly tracer?: TelemetryTracer | undefined
}

/**
 * Reports the events of a bus as metrics and spans, until it is disposed of.
 *
 * @example
 * ```ts
 * import { fleetControllers, Manager } from 'fleetkit'
 * import { memoryCluster, memoryGit } from 'fleetkit/memory'
 * import { openTelemetry, type TelemetryMeter, type TelemetryTracer } from 'fleetkit/opentelemetry'
 *
 * // metrics.getMeter('fleetkit') and trace.getTracer('fleetkit') of @opentelemetry/api
 * export async function run(meter: TelemetryMeter, tracer: TelemetryTracer): Promise<void> {
 *   await using manager = new Manager({ store: memoryCluster(), git: memoryGit() }).add(...fleetControllers())
 *   using telemetry = openTelemetry({ events: manager.events, meter, tracer })
 *   await manager.run()
 * }
 * ```
 */
export function openTelemetry({ events, meter, tracer }: OpenTelemetryOptions): Telemetry {
  const record = meter && recorderOf(meter)
  const trace = tracer && tracerOf(tracer)
  const subscription = events.on('*', (event) => {
    record?.(event)
    trace?.(event)
  })
  const close = (): void => subscription[Symbol.dispose]()
  return { close, [Symbol.dispose]: close }
}

function recorderOf(meter: TelemetryMeter): (event: FleetEvent) => void {
  const made = new Map<Instrument, (value: number, attributes: TelemetryAttributes) => void>()
  const make = (instrument: Instrument): ((value: number, attributes: TelemetryAttributes) => void) => {
    const name = `fleetkit.${instrument.name.join('.')}`
    const options = { description: instrument.help }
    if (instrument.kind === 'counter') {
      const counter = meter.createCounter(name, options)
      return (value, attributes) => counter.add(value, attributes)
    }
    const other =
      instrument.kind === 'gauge'
        ? meter.createGauge(name, options)
        : meter.createHistogram(name, { ...options, unit: 's', advice: { explicitBucketBoundaries: [...secondsBuckets] } })
    return (value, attributes) => other.record(value, attributes)
  }
  return (event) => {
    for (const { instrument, value, labels } of measuresOf(event)) {
      const report = made.get(instrument) ?? make(instrument)
      made.set(instrument, report)
      report(value, { ...labels })
    }
  }
}

/** `SpanStatusCode` of `@opentelemetry/api`. */
const [ok, failed] = [1, 2]

function tracerOf(tracer: TelemetryTracer): (event: FleetEvent) => void {
  const spans = new Map<string, TelemetrySpan>()
  return (event) => {
    if (!('sync' in event) || event.type === 'sync.suspended') return
    const key = refKey(event.sync)
    if (event.type === 'sync.started') {
      // One that was aborted has told no end.
      spans.get(key)?.end(event.at)
      const { namespace = '', name } = event.sync
      const attributes = { 'k8s.namespace.name': namespace, 'fleetkit.sync': name }
      spans.set(key, tracer.startSpan('fleetkit.sync.attempt', { startTime: event.at, attributes }))
      return
    }
    const span = spans.get(key)
    if (span === undefined) return
    if ('revision' in event) span.setAttribute('fleetkit.revision', event.revision)
    if (event.type === 'sync.finished') span.setStatus({ code: ok })
    else if (event.type === 'sync.failed') span.setStatus({ code: failed, message: event.error.message })
    else {
      span.addEvent(
        event.type,
        'ref' in event ? { kind: event.ref.kind, namespace: event.ref.namespace ?? '', name: event.ref.name } : {},
        event.at,
      )
      return
    }
    span.end(event.at)
    spans.delete(key)
  }
}
