// Made from the schema by `npm run generate`; do not edit.

/**
 * Its events in columns: numbers with a space in between, one for each event.
 *
 * @category RolloutLog
 */
export interface RolloutLogEvents {
  /** When: milliseconds after the one before. The first is counted from the start of the chunk, in a snapshot from 1970 on. */
  readonly at: string
  /** What has happened: the number of its name, from 1 on. */
  readonly type: string
  /** On which cluster: the number of its name; 0 for none. */
  readonly cluster: string
  /** Which revision it is about: the number of its name; 0 for none. */
  readonly revision: string
  /** Why: the number of the reason; 0 for none. */
  readonly why: string
}

/**
 * The names that the columns count.
 *
 * @category RolloutLog
 */
export interface RolloutLogNames {
  /** What can happen. */
  readonly type: readonly string[]
  /** Clusters. */
  readonly cluster: readonly string[]
  /** Revisions. */
  readonly revision: readonly string[]
  /** Reasons, for people. */
  readonly why: readonly string[]
}

/**
 * How each cluster was before its first event, so that what is older can be deleted.
 *
 * @category RolloutLog
 */
export interface RolloutLogSnapshot extends RolloutLogEvents {
  /** The revision that it was to have: the number of its name; 0 for none. */
  readonly assigned: string
  /** The revision that it had reported last as ready: the number of its name; 0 for none. */
  readonly running: string
  /** 1 where it could not be reached. Absent when all could. */
  readonly unreachable?: string | undefined
}

/**
 * A chunk of a log.
 *
 * @category RolloutLog
 */
export interface RolloutLogSpec {
  /** The Module that it is about; the fleet when absent. */
  readonly module?: string | undefined
  /** Its number in the log, from 1 on. Of chunks that were merged, the number of the first. */
  readonly seq: number
  /** Whether it is full: nothing is appended any more. */
  readonly sealed: boolean
  /** When its first event was. */
  readonly from: string
  /** When its last event was. */
  readonly to: string
  /** How many events it has. */
  readonly count: number
  /** The digest of the chunk before it, so that a cut or an edit is found. */
  readonly previous?: string | undefined
  /** The digest of all its other fields. */
  readonly digest: string
  /** The digests of the chunks that were merged into it. */
  readonly replaces?: readonly string[] | undefined
  /** The names that the columns count. */
  readonly names: RolloutLogNames
  /** Its events in columns: numbers with a space in between, one for each event. */
  readonly events: RolloutLogEvents
  /** How each cluster was before its first event, so that what is older can be deleted. */
  readonly snapshot?: RolloutLogSnapshot | undefined
}

/**
 * undefined
 *
 * @category RolloutLog
 */
export type RolloutLogStatus = Readonly<Record<string, never>>
