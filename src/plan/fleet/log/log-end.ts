import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'

/**
 * Where a log ends: what the next event is appended to.
 *
 * @category RolloutLog
 */
export interface LogEnd {
  /** The Module; the fleet when absent. */
  readonly module?: string | undefined
  /** The number of the last chunk; 0 while there is none. */
  readonly seq: number
  /** The time of the last event, in milliseconds since the epoch. */
  readonly at?: number | undefined
  /** The digest of the last chunk; unknown when that cannot be read. */
  readonly digest?: string | undefined
  /** The last chunk, while it is not sealed. */
  readonly open?: RolloutLogSpec | undefined
}

/**
 * What to write to a store. `create` fails where another writer has created the same; `update` and `delete` are of the object that was read, by its
 * `resourceVersion`, so that they fail where another writer has changed it.
 *
 * @category RolloutLog
 */
export interface LogChange {
  readonly verb: 'create' | 'update' | 'delete'
  /** The name of the object. */
  readonly name: string
  /** Its new spec; absent when it is deleted. */
  readonly spec?: RolloutLogSpec | undefined
}
