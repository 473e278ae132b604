/**
 * What the author of a controller does to objects: finalizers, owner references, statuses, and Kubernetes Events. What
 * `controllerutil` and the event recorder are to controller-runtime.
 *
 * @module fleetkit/controller
 * @packageDocumentation
 */
import '../../ports/error-codes.ts'
import '../runtime/error-codes.ts'

export { hasFinalizer, withFinalizer, withoutFinalizer } from '../../model/finalizers.ts'
export { type CreateOrUpdateResult, createOrUpdate } from './create-or-update.ts'
export { EventRecorder, type EventRecorderOptions, type RecordedEvent } from './event-recorder.ts'
export { controllerOf, withController, withOwner, withoutOwner } from './owners.ts'
export { recordSyncEvents } from './record-sync-events.ts'
export { updateStatus } from './update-status.ts'
