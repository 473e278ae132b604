import { formatTime } from '../model/condition.ts'
import { formatDuration } from '../model/duration.ts'
import { withoutSubject } from '../model/errors/without-subject.ts'
import { printable } from '../model/printable.ts'
import { formatRef } from '../model/reference.ts'
import type { FleetEvent, FleetEventFields, FleetEventType } from '../observe/events.ts'

/** The words for each type of event. */
type Words = { readonly [Type in FleetEventType]?: (fields: FleetEventFields[Type]) => string }

const words: Words = {
  'sync.started': ({ sync }) => `${formatRef(sync)}: started`,
  'sync.resolved': ({ sync, revision }) => `${formatRef(sync)}: the source is ${revision}`,
  'sync.planned': ({ sync, revision, actions }) => `${formatRef(sync)}: planned ${revision}: ${formatCounts(actions)}`,
  'sync.recovered': ({ sync, refs }) =>
    `${formatRef(sync)}: its record was lost, found by their labels: ${formatList(refs.map((ref) => formatRef(ref)))}`,
  'sync.applied': ({ sync, ref, action }) => `${formatRef(sync)}: ${pastOf(action)} ${formatRef(ref)}`,
  'sync.pruned': ({ sync, ref }) => `${formatRef(sync)}: pruned ${formatRef(ref)}`,
  'sync.health': ({ sync, ref, health, message }) => `${formatRef(sync)}: ${formatRef(ref)} is ${health}: ${message}`,
  'sync.drift': ({ sync, ref, fields, authors = [] }) => {
    const who = authors.map(
      ({ manager, time, fields: theirs }) => `${manager}${time === undefined ? '' : ` at ${time}`} changed ${formatList(theirs)}`,
    )
    return `${formatRef(sync)}: ${formatRef(ref)} had drifted: ${[formatList(fields), ...who].join('; ')}`
  },
  'sync.contention': ({ sync, ref, field, manager = 'another manager', until }) =>
    `${formatRef(sync)}: ${formatRef(ref)}: ${manager} writes ${field} again each time it is corrected; left alone until ${formatTime(until)}`,
  'sync.finished': ({ sync, revision, durationMs, changed }) =>
    `${formatRef(sync)}: ${revision} is applied in ${formatDuration(durationMs)}, ${changed} ${changed === 1 ? 'object' : 'objects'} changed`,
  'sync.failed': ({ sync, error, durationMs }) =>
    `${formatRef(sync)}: failed after ${formatDuration(durationMs)}: ${withoutSubject(error.message, sync)}`,
  'mirror.written': ({ source, copy, reason, edits }) =>
    `${formatRef(source)}: ${formatRef(copy)} is written (${reason}${edits.length === 0 ? '' : `: ${edits.join(', ')}`})`,
  'mirror.reported': ({ source, ready, reason, revision }) =>
    `${formatRef(source)}: ready is ${ready} (${reason})${revision === undefined ? '' : `, at ${revision}`}`,
  'assemblage.written': ({ assemblage, object, action, reason, edits }) =>
    `${formatRef(assemblage)}: ${formatRef(object)} is ${action}d (${reason}${edits.length === 0 ? '' : `: ${edits.join(', ')}`})`,
  'assemblage.judged': ({ assemblage, syncName, state, reason, revision }) =>
    `${formatRef(assemblage)}: ${syncName} is ${state} (${reason})${revision === undefined ? '' : `, to be at ${revision}`}`,
  'module.pinned': ({ module, revision, commit, tag }) =>
    `${formatRef(module)}: wanted is ${revision}: ${tag === undefined ? '' : `${tag}, `}commit ${commit}`,
  'rollout.assigned': ({ cluster, module, revision, why, stage }) =>
    `${formatRef(cluster)}: ${revision === null ? `is to be rid of ${module}` : `is assigned ${revision}`} (${why}${stage === null ? '' : `, stage ${stage}`})`,
  'rollout.progress': ({ module, revision, phase, clusters, done, updating, held }) =>
    `${formatRef(module)}: ${phase}${revision === null ? '' : `, ${revision}`}: ${done} of ${clusters} clusters done, ${updating} updating, ${held} held`,
  'rollout.checked': ({ module, stage, track, check, verdict, evidence }) =>
    `${formatRef(module)}: check ${check} of stage ${stage}${track === undefined ? '' : ` in ${track}`}: ${verdict}${evidence === undefined ? '' : ` (${evidence})`}`,
  'module.hand-over': ({ module, cluster, state, message }) =>
    `${formatRef(cluster)}: ${formatRef(module)} is ${state}${message === undefined ? '' : `: ${message}`}`,
  'rollout.error': ({ namespace, error, retryInMs }) =>
    `the fleet of ${namespace}: could not be written, next try in ${formatDuration(retryInMs)}: ${error.message}`,
  'sync.suspended': ({ sync }) => `${formatRef(sync)}: left alone, it is suspended`,
  'sync.held': ({ sync, by, reason }) => `${formatRef(sync)}: left alone, the handbrake was pulled by ${by}: ${reason}`,
  'sync.pinned': ({ sync, revision, by, reason }) => `${formatRef(sync)}: stays at ${revision}, pinned by ${by}: ${reason}`,
  'controller.reconciled': ({ controller, ref, durationMs }) =>
    `${controller}: ${formatRef(ref)} reconciled in ${formatDuration(durationMs)}`,
  'controller.queue': ({ controller, ready, delayed, running }) => `${controller}: ${running} running, ${ready} ready, ${delayed} delayed`,
  'controller.error': ({ controller, ref, error, failures, retryInMs }) =>
    `${controller}: ${formatRef(ref)} failed ${times(failures)}, next try in ${formatDuration(retryInMs)}: ${withoutSubject(error.message, ref)}`,
  'controller.terminal': ({ controller, ref, error }) =>
    `${controller}: ${formatRef(ref)} failed, and is not tried again until it changes: ${withoutSubject(error.message, ref)}`,
  'runnable.failed': ({ runnable, error }) => `${runnable}: failed, and the manager stops: ${error.message}`,
  'informer.relisted': ({ of, objects, missed: { added, modified, deleted } }) =>
    `${of.kind}: listed again, ${objects} objects; missed were ${added} added, ${modified} modified, ${deleted} deleted`,
  'informer.error': ({ of, error, retryInMs }) =>
    `${of.kind}: cannot be watched, next try in ${formatDuration(retryInMs)}: ${error.message}`,
  'informer.unprojected': ({ ref, error }) => `${formatRef(ref)}: could not be projected: ${withoutSubject(error.message, ref)}`,
  'leader.acquired': ({ lease, holder, term }) => `${lease}: ${holder} leads (term ${term})`,
  'leader.lost': ({ lease, holder, term, error }) => `${lease}: ${holder} leads no longer (term ${term}): ${error.message}`,
  'manager.started': ({ controllers }) => `the manager runs ${formatList(controllers)}`,
  'manager.stopped': ({ reason }) => `the manager has stopped: ${reason}`,
  'stream.dropped': ({ count }) => `${count} events were dropped: they were read too slowly`,
}

/**
 * An event in one line of words, for terminals and logs. Events of other programs are shown with their fields.
 *
 * @example
 * ```ts
 * import type { SyncRunner } from 'fleetkit'
 * import { formatEvent } from 'fleetkit/views'
 *
 * declare const runner: SyncRunner
 * runner.events.on('*', (event) => console.log(new Date(event.at).toISOString(), formatEvent(event)))
 * ```
 */
export function formatEvent(event: FleetEvent): string {
  const { type, at: _, ...fields } = event
  const known = words[type] as ((fields: object) => string) | undefined
  return printable(known === undefined ? `${type} ${JSON.stringify(fields)}` : known(fields))
}

/** Counts of actions as `2 create, 1 update`; those of objects that are left alone are not worth a word. */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  const done = Object.entries(counts).filter(([type, count]) => count > 0 && type !== 'skip')
  return done.length === 0 ? 'nothing to do' : done.map(([type, count]) => `${count} ${type}`).join(', ')
}

function pastOf(action: string): string {
  return `${action}${action.endsWith('e') ? 'd' : 'ed'}`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`
}

const maxListed = 5

function formatList(items: readonly string[]): string {
  const listed = items.slice(0, maxListed).join(', ')
  return items.length > maxListed ? `${listed} and ${items.length - maxListed} more` : listed
}
