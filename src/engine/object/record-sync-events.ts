import type { ObjectRef } from '../../model/reference.ts'
import type { FleetEvent } from '../../observe/events.ts'
import type { Manager } from '../runtime/manager.ts'
import type { EventRecorder, RecordedEvent } from './event-recorder.ts'

/**
 * Records what the Sync controller of a manager does as Kubernetes Events of each Sync: what it changed, what failed, drift,
 * a handbrake, a pin. An
 * attempt that changes nothing records nothing.
 *
 * @returns the subscription, to be disposed of
 *
 * @example
 * ```ts
 * import { fleetControllers, Manager } from 'fleetkit'
 * import { EventRecorder, recordSyncEvents } from 'fleetkit/controller'
 * import { memoryCluster, memoryGit } from 'fleetkit/memory'
 *
 * const store = memoryCluster()
 * await using manager = new Manager({ store, git: memoryGit() }).add(...fleetControllers())
 * await using recorder = new EventRecorder({ store, component: 'fleetkit' })
 * using subscription = recordSyncEvents(manager, recorder)
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 */
export function recordSyncEvents({ events, cache }: Pick<Manager, 'events' | 'cache'>, recorder: EventRecorder): Disposable {
  const record = (sync: ObjectRef, event: RecordedEvent | undefined): void => {
    const object = event && cache.get(sync)
    if (event !== undefined && object !== undefined) recorder.record(object, event)
  }
  return events.on('*', (event) => {
    if ('sync' in event) record(event.sync, recordOf(event))
  })
}

function recordOf(event: FleetEvent): RecordedEvent | undefined {
  switch (event.type) {
    case 'sync.finished':
      if (event.changed === 0) return undefined
      return { type: 'Normal', reason: 'Applied', message: `${event.revision}: ${event.changed} changed` }
    case 'sync.failed':
      return { type: 'Warning', reason: 'Failed', message: event.error.message }
    case 'sync.contention':
      return {
        type: 'Warning',
        reason: 'FieldContention',
        message: `${event.ref.kind} ${event.ref.name}: ${event.manager ?? 'unknown'} writes ${event.field} again`,
      }
    case 'sync.drift':
      return { type: 'Warning', reason: 'Drift', message: `${event.ref.kind} ${event.ref.name}: ${event.fields.join(', ')}` }
    case 'sync.held':
      return { type: 'Warning', reason: 'Handbrake', message: `pulled by ${event.by}: ${event.reason}` }
    case 'sync.pinned':
      return { type: 'Normal', reason: 'Pinned', message: `${event.revision}, by ${event.by}: ${event.reason}` }
    default:
      return undefined
  }
}
