import type { FleetEvent } from './events.ts'

/** What is measured, once for every system that collects it. */
export interface Instrument {
  /** Its name, in words. */
  readonly name: readonly string[]
  /** A counter adds up, a gauge says how it is now, a histogram counts seconds. */
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
}

const instruments = {
  reconciles: {
    name: ['reconcile'],
    kind: 'counter',
    help: 'Reconciles by controller and result: success, requeue_after, error, terminal.',
  },
  reconcileSeconds: { name: ['reconcile', 'duration'], kind: 'histogram', help: 'How long successful reconciles took.' },
  queue: { name: ['queue', 'depth'], kind: 'gauge', help: 'Objects of a controller by state: ready, delayed, running.' },
  attempts: { name: ['sync', 'attempt'], kind: 'counter', help: 'Attempts at Syncs by result: success, error.' },
  attemptSeconds: { name: ['sync', 'attempt', 'duration'], kind: 'histogram', help: 'How long attempts at Syncs took, by result.' },
  objects: { name: ['sync', 'object'], kind: 'counter', help: 'Objects of Syncs that were written or deleted, by action.' },
  drift: { name: ['sync', 'drift'], kind: 'counter', help: 'Objects of Syncs that another manager had changed.' },
  informerErrors: { name: ['informer', 'error'], kind: 'counter', help: 'Failures to list or watch, by kind.' },
  relists: { name: ['informer', 'relist'], kind: 'counter', help: 'Complete lists after a gap in a watch, by kind.' },
  leader: { name: ['leader'], kind: 'gauge', help: 'Whether this process holds the lease.' },
} as const satisfies Readonly<Record<string, Instrument>>

/** One number to collect, and what it is about. */
export interface Measure {
  readonly instrument: Instrument
  /** What to add to a counter, the value of a gauge, or seconds for a histogram. */
  readonly value: number
  readonly labels: Readonly<Record<string, string>>
}

/** What there is to collect from an event. Labels have few values: no names of objects. */
export function measuresOf(event: FleetEvent): readonly Measure[] {
  switch (event.type) {
    case 'controller.reconciled': {
      const { controller, durationMs, requeueAfterMs } = event
      return [
        count(instruments.reconciles, { controller, result: requeueAfterMs === undefined ? 'success' : 'requeue_after' }),
        { instrument: instruments.reconcileSeconds, value: durationMs / 1000, labels: { controller } },
      ]
    }
    case 'controller.error':
      return [count(instruments.reconciles, { controller: event.controller, result: 'error' })]
    case 'controller.terminal':
      return [count(instruments.reconciles, { controller: event.controller, result: 'terminal' })]
    case 'controller.queue':
      return (['ready', 'delayed', 'running'] as const).map((state) => {
        return { instrument: instruments.queue, value: event[state], labels: { controller: event.controller, state } }
      })
    case 'sync.finished':
    case 'sync.failed': {
      const labels = { result: event.type === 'sync.finished' ? 'success' : 'error' }
      return [count(instruments.attempts, labels), { instrument: instruments.attemptSeconds, value: event.durationMs / 1000, labels }]
    }
    case 'sync.applied':
      return [count(instruments.objects, { action: event.action })]
    case 'sync.pruned':
      return [count(instruments.objects, { action: 'prune' })]
    case 'sync.drift':
      return [count(instruments.drift, {})]
    case 'informer.error':
      return [count(instruments.informerErrors, { kind: event.of.kind })]
    case 'informer.relisted':
      return [count(instruments.relists, { kind: event.of.kind })]
    case 'leader.acquired':
    case 'leader.lost':
      return [{ instrument: instruments.leader, value: event.type === 'leader.acquired' ? 1 : 0, labels: { lease: event.lease } }]
    default:
      return []
  }
}

function count(instrument: Instrument, labels: Readonly<Record<string, string>>): Measure {
  return { instrument, value: 1, labels }
}

/** Upper bounds of the classes of a histogram, in seconds, as controller-runtime has them for reconciles, in fewer steps. */
export const secondsBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
