import type { SyncSpec } from '../../model/kinds/sync/types.generated.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { KindRules } from './kind-rules.ts'
import type { StatusStore } from './status-store.ts'

/** The fields of a specification that an attempt reads. */
export type AttemptSpec = Pick<
  SyncSpec,
  | 'source'
  | 'path'
  | 'targetNamespace'
  | 'postBuild'
  | 'prune'
  | 'allowEmpty'
  | 'maxPrune'
  | 'force'
  | 'forceConflicts'
  | 'wait'
  | 'healthChecks'
  | 'timeout'
>

/** What to apply, and for whom: all that an attempt knows of the object that asks for it. */
export interface AttemptInput {
  /** The object that owns what is applied. */
  readonly owner: ObjectRef
  /** Generation of the owner. */
  readonly generation: number
  readonly spec: AttemptSpec
  /** What must be ready before anything is applied. */
  readonly dependencies: readonly ObjectRef[]
  /** Value of the annotation that requested the attempt; the status repeats it. */
  readonly requestedAt?: string | undefined
}

/** What an attempt works with. */
export interface AttemptContext extends KindRules {
  /** The cluster to apply to. */
  readonly cluster: ClusterApi
  readonly git: Git
  /** The first one that accepts a directory renders it. */
  readonly renderers: readonly Renderer[]
  readonly statuses: StatusStore
  readonly clock: Clock
  readonly logger: Logger
  readonly events: EventSink
  readonly signal: AbortSignal
}
