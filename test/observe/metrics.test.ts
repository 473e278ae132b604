import { controller, EventBus, FleetkitError, Manager } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { openTelemetry, type TelemetryAttributes } from 'fleetkit/opentelemetry'
import { prometheusMetrics } from 'fleetkit/prometheus'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const sync = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'podinfo' }
const app = { apiVersion: 'example.com/v1', kind: 'App' }

/** The samples of a text in the format 0.0.4, by its grammar (prometheus.io, "Exposition formats"); throws for anything else. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line)
    if (comment?.[1] === 'TYPE') {
      if (types.has(comment[2] as string)) throw new Error(`two types: ${line}`)
      types.set(comment[2] as string, comment[3] as string)
    }
    if (comment !== null) continue
    const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (-?[\d.e+-]+|[+-]Inf|NaN)$/.exec(line)
    const family = sample?.[1]?.replace(/_(bucket|sum|count)$/, '')
    if (sample === null || !(types.has(sample[1] as string) || types.get(family as string) === 'histogram'))
      throw new Error(`no sample: ${line}`)
    if (samples.has(`${sample[1]}${sample[2] ?? ''}`)) throw new Error(`twice: ${line}`)
    samples.set(`${sample[1]}${sample[2] ?? ''}`, Number(sample[3]))
  }
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  return samples
}

test('what a manager does is counted for Prometheus', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const manager = new Manager({ store, clock, random: () => 1, leaderElection: { namespace: 'fleet', name: 'test' } })
  using metrics = prometheusMetrics(manager.events, { labels: { shard: 'a"b\\c\nd' } })
  manager.add(
    controller({
      for: app,
      async reconcile({ ref }, context) {
        await context.clock.sleep(300)
        if (ref.name === 'bad') throw new Error('a bug')
        return ref.name === 'again' ? { requeueAfterMs: 1e9 } : undefined
      },
      backoff: { baseMs: 1000, maxMs: 1000 },
    }),
  )
  void manager.run()
  for (const name of ['good', 'bad', 'again']) await store.create({ ...app, metadata: { name, namespace: 'default' } })
  await clock.advance(2000)
  const samples = parse(metrics.text())
  const shard = 'shard="a\\"b\\\\c\\nd"'
  const of = (name: string, more: string): number | undefined => samples.get(`fleetkit_${name}{${shard},${more}}`)
  expect(of('reconcile_total', 'controller="app",result="success"')).toBe(1)
  expect(of('reconcile_total', 'controller="app",result="requeue_after"')).toBe(1)
  expect(of('reconcile_total', 'controller="app",result="error"')).toBe(2)
  expect(of('reconcile_duration_seconds_count', 'controller="app"')).toBe(2)
  expect(of('reconcile_duration_seconds_sum', 'controller="app"')).toBeCloseTo(0.6)
  expect(of('reconcile_duration_seconds_bucket', 'controller="app",le="0.25"')).toBe(0)
  expect(of('reconcile_duration_seconds_bucket', 'controller="app",le="0.5"')).toBe(2)
  expect(of('reconcile_duration_seconds_bucket', 'controller="app",le="+Inf"')).toBe(2)
  expect(of('queue_depth', 'controller="app",state="delayed"')).toBe(3)
  expect(of('leader', 'lease="fleet/test"')).toBe(1)
  await manager.close()
})

test('what Syncs do is counted, and closing ends it', () => {
  const events = new EventBus()
  const metrics = prometheusMetrics(events)
  events.emit('sync.finished', { sync, revision: 'v1', durationMs: 2000, changed: 1 })
  events.emit('sync.failed', { sync, error: new Error('no'), durationMs: 1000 })
  events.emit('sync.applied', { sync, ref: sync, action: 'create' })
  events.emit('sync.pruned', { sync, ref: sync })
  events.emit('sync.drift', { sync, ref: sync, fields: ['spec.x'] })
  events.emit('informer.error', { of: app, error: new Error('no'), retryInMs: 1 })
  metrics.close()
  events.emit('sync.pruned', { sync, ref: sync })
  const samples = parse(metrics.text())
  expect(samples.get('fleetkit_sync_attempt_total{result="success"}')).toBe(1)
  expect(samples.get('fleetkit_sync_attempt_duration_seconds_sum{result="error"}')).toBe(1)
  expect(samples.get('fleetkit_sync_object_total{action="prune"}')).toBe(1)
  expect(samples.get('fleetkit_sync_drift_total')).toBe(1)
  expect(samples.get('fleetkit_informer_error_total{kind="App"}')).toBe(1)
  expect(metrics.text()).not.toContain('podinfo')
})

test('OpenTelemetry gets the same numbers, and a span for each attempt', () => {
  const clock = new VirtualClock(1000)
  const events = new EventBus({ clock })
  const recorded: unknown[] = []
  const instrument = (kind: string) => (name: string) => ({
    add: (value: number, attributes: TelemetryAttributes) => void recorded.push([kind, name, value, attributes]),
    record: (value: number, attributes: TelemetryAttributes) => void recorded.push([kind, name, value, attributes]),
  })
  const spans: unknown[] = []
  const telemetry = openTelemetry({
    events,
    meter: { createCounter: instrument('counter'), createGauge: instrument('gauge'), createHistogram: instrument('histogram') },
    tracer: {
      startSpan(name, options) {
        const span: Record<string, unknown> = { name, ...options, events: [] }
        spans.push(span)
        return {
          setAttribute: (key, value) => void Object.assign(span, { [key]: value }),
          addEvent: (event, attributes) => void (span.events as unknown[]).push([event, attributes?.name]),
          setStatus: (status) => void Object.assign(span, { status }),
          end: (endTime) => void Object.assign(span, { endTime }),
        }
      },
    },
  })
  events.emit('sync.started', { sync })
  events.emit('sync.resolved', { sync, revision: 'v1@sha1:abc' })
  events.emit('sync.applied', { sync, ref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }, action: 'create' })
  events.emit('sync.finished', { sync, revision: 'v1@sha1:abc', durationMs: 2000, changed: 1 })
  events.emit('sync.started', { sync })
  events.emit('sync.started', { sync })
  events.emit('sync.failed', { sync, error: new FleetkitError('git/unreachable', 'no answer'), durationMs: 10 })
  events.emit('leader.acquired', { lease: 'fleet/test', holder: 'me', term: 1 })
  telemetry.close()
  events.emit('sync.started', { sync })
  expect(recorded).toEqual([
    ['counter', 'fleetkit.sync.object', 1, { action: 'create' }],
    ['counter', 'fleetkit.sync.attempt', 1, { result: 'success' }],
    ['histogram', 'fleetkit.sync.attempt.duration', 2, { result: 'success' }],
    ['counter', 'fleetkit.sync.attempt', 1, { result: 'error' }],
    ['histogram', 'fleetkit.sync.attempt.duration', 0.01, { result: 'error' }],
    ['gauge', 'fleetkit.leader', 1, { lease: 'fleet/test' }],
  ])
  expect(spans).toMatchObject([
    {
      name: 'fleetkit.sync.attempt',
      startTime: 1000,
      endTime: 1000,
      attributes: { 'k8s.namespace.name': 'apps', 'fleetkit.sync': 'podinfo' },
      'fleetkit.revision': 'v1@sha1:abc',
      events: [
        ['sync.resolved', undefined],
        ['sync.applied', 'a'],
      ],
      status: { code: 1 },
    },
    { endTime: 1000, events: [] },
    { status: { code: 2, message: 'no answer' } },
  ])
})
