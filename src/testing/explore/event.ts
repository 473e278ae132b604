/** What can happen to a target. */
export type TargetEventName = 'succeed' | 'fail' | 'recover' | 'degrade' | 'unreachable' | 'return' | 'join' | 'leave'

/** What can happen to the rollout. `verdict`: a check passes or fails. `time`: it passes until the planner asked to be woken. */
export type RolloutEventName = 'version' | 'approve' | 'verdict' | 'time' | 'pause' | 'resume'

/** The kinds of things that can happen. */
export type ExploreEventName = TargetEventName | RolloutEventName

/** Something that happened, as data. `track`: of a strategy with tracks, the one it is of. */
export type ExploreEvent =
  | { readonly event: Exclude<TargetEventName, 'join'>; readonly target: string }
  | { readonly event: 'join'; readonly target: string }
  | { readonly event: 'version'; readonly version: string | null }
  | { readonly event: 'approve'; readonly stage: string; readonly track?: string | undefined }
  | {
      readonly event: 'verdict'
      readonly stage: string
      readonly track?: string | undefined
      readonly check: string
      readonly verdict: 'pass' | 'fail'
    }
  | { readonly event: 'time' | 'pause' | 'resume' }

/**
 * What happens unless said otherwise: everything but that a target recovers from its failure (`recover`), that one is no longer ready without a
 * new version (`degrade`), and that a person pauses and resumes the rollout.
 */
export const defaultEvents: readonly ExploreEventName[] = [
  'succeed',
  'fail',
  'unreachable',
  'return',
  'join',
  'leave',
  'version',
  'approve',
  'verdict',
  'time',
]

/** What happens if nothing goes wrong any more, and no one wants anything else. */
export const calmEvents: ReadonlySet<ExploreEventName> = new Set(['succeed', 'return', 'approve', 'verdict', 'time', 'resume'])

/** One line for people. */
export function formatEvent(event: ExploreEvent): string {
  switch (event.event) {
    case 'version':
      return event.version === null ? 'the removal is wanted' : `version ${event.version} is wanted`
    case 'approve':
      return `${event.stage}${inTrack(event)} is approved`
    case 'verdict':
      return `${event.check} of ${event.stage}${inTrack(event)} ${event.verdict === 'pass' ? 'passes' : 'fails'}`
    case 'time':
      return 'time passes'
    case 'pause':
      return 'the rollout is paused'
    case 'resume':
      return 'the rollout is resumed'
    default:
      return `${event.target} ${sentences[event.event]}`
  }
}

/** Of which track it is, for people. */
export function inTrack({ track }: { readonly track?: string | undefined }): string {
  return track === undefined ? '' : ` in ${track}`
}

const sentences: Readonly<Record<TargetEventName, string>> = {
  succeed: 'succeeds',
  fail: 'fails',
  recover: 'is ready after all',
  degrade: 'is no longer ready',
  unreachable: 'becomes unreachable',
  return: 'can be reached again',
  join: 'joins',
  leave: 'leaves',
}
