import type { Redactor } from '../../manifest/substitute/redactor.ts'
import type { FleetkitError } from '../../model/errors/error.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import type { SyncSpec, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Action } from '../../plan/apply/action.ts'
import type { ApplyPlan, PartialPolicy } from '../../plan/apply/plan.ts'
import type { Dependency } from '../../plan/sync/dependencies.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { Store } from '../../ports/store.ts'
import type { KindRules } from './kind-rules.ts'
import type { AttemptMemory } from './memory.ts'
import type { StatusStore } from './record/status-store.ts'

/** What applying a revision takes, and the live objects that this was decided from. */
export interface PlannedSync {
  readonly plan: ApplyPlan
  readonly live: readonly KubeObject[]
  /** Decides anew about some objects, as they are by now. Absent where nothing is to be done. */
  readonly decide?: Redecide | undefined
  /** Hides what came from Secrets in what carrying out the plan says. */
  readonly redactor?: Redactor | undefined
  /** The objects that the source declares. */
  readonly rendered: readonly RenderedObject[]
}

/**
 * Decides about some of the objects of a source again.
 *
 * @param refs - which of them
 * @param live - objects as they are now, of which only those count
 */
export type Redecide = (refs: readonly ObjectRef[], live: readonly KubeObject[]) => Promise<readonly Action[]>

/** The fields of a specification that an attempt reads. */
export type AttemptSpec = Pick<
  SyncSpec,
  | 'source'
  | 'path'
  | 'targetNamespace'
  | 'postBuild'
  | 'prune'
  | 'confirmPrune'
  | 'partial'
  | 'allowEmpty'
  | 'maxPrune'
  | 'force'
  | 'forceConflicts'
  | 'ignore'
  | 'conflicts'
  | 'wait'
  | 'healthChecks'
  | 'healthCheckExprs'
  | 'healthProfile'
  | 'timeout'
> &
  // Of the kinds that keep a history of their own.
  Partial<Pick<SyncSpec, 'pin' | 'revisionHistoryLimit'>>

/** What to apply, and for whom: all that an attempt knows of the object that asks for it. */
export interface AttemptInput {
  /** The object that owns what is applied. */
  readonly owner: Owner
  /** Generation of the owner. */
  readonly generation: number
  readonly spec: AttemptSpec
  /** What must be ready before anything is applied. */
  readonly dependencies: readonly Dependency[]
  /** The objects to apply, made in code: the source of the specification is not read. */
  readonly objects?: CodeSource | undefined
  /** The commit of the tag when it was reviewed. It is applied wherever the tag points now, unless another one was admitted before. */
  readonly reviewedCommit?: string | undefined
  /** What is done when some of the objects are refused. The rest is applied by default. */
  readonly partial?: PartialPolicy | undefined
  /** Value of the annotation that requested the attempt; the status repeats it. */
  readonly requestedAt?: string | undefined
  /** The write of the owner's mirror that is attempted; the status repeats it with the outcome. */
  readonly observed?: string | undefined
  /** Who asked for the attempt. */
  readonly actor?: string | undefined
  /** When the cluster was restored from a backup: objects are looked for by their labels too, until the status says that they were. */
  readonly restoredAt?: string | undefined
  /** The digest of the deletions that have been confirmed; see `spec.confirmPrune`. */
  readonly confirmedPrune?: string | undefined
}

/** Objects that a program makes, as a source. */
export interface CodeSource {
  /** The revision: a digest of the objects. */
  readonly revision: string
  readonly objects: readonly RenderedObject[]
}

/**
 * Looks at what is going to be done before anything is written. It rejects with `sync/plan-changed` when that is not what was
 * reviewed; then not even the status is written.
 *
 * @param previous - the status before the attempt
 */
export type Review = (planned: PlannedSync, previous: SyncStatus) => Promise<void>

/** Another owner beside the one of an attempt: objects move from one to the other without being deleted. */
export interface Peer {
  readonly owner: Owner
  readonly status: SyncStatus
  /** What it is to have, where that is known. */
  readonly input?: AttemptInput | undefined
  /** Whether it has not been attempted yet as it is to be. */
  readonly pending: boolean
  /** Whether the others see its specification where it is kept. Otherwise its inventory alone tells them what it releases. */
  readonly specified: boolean
}

/** What an attempt works with. */
export interface AttemptContext extends KindRules, AttemptMemory {
  /** The cluster to apply to. */
  readonly cluster: ClusterApi
  /** Where the owner has its Secrets and ConfigMaps. */
  readonly home: Pick<Store, 'get'>
  readonly git: Git
  /** The first one that accepts a directory renders it. */
  readonly renderers: readonly Renderer[]
  readonly statuses: StatusStore
  readonly clock: Clock
  readonly logger: Logger
  readonly events: EventSink
  readonly review?: Review | undefined
  /** The other owners, asked for when an object is to be deleted, or belongs to one of them. */
  readonly peers?: ((signal: AbortSignal) => Promise<readonly Peer[]>) | undefined
  readonly signal: AbortSignal
  /** Looked at before each write: why none may follow. */
  readonly brake?: (() => FleetkitError | undefined) | undefined
  /** Waits for an answer while others are worked on. */
  readonly idle?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined
  /** Waits for health while others are worked on; the signal that `work` is given also aborts when the owner has changed. */
  readonly wait?: (<T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>) | undefined
}
