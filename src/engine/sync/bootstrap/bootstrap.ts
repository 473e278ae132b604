import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { timeLimit } from '../../../async/time/time-limit.ts'
import { parseDuration } from '../../../model/duration.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { readinessOf } from '../../../model/kinds/readiness.ts'
import { requestedAtAnnotation } from '../../../model/kinds/sync/annotations.ts'
import { syncStatusOf } from '../../../model/kinds/sync/status.ts'
import { Sync } from '../../../model/kinds/sync/sync.ts'
import type { SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey } from '../../../model/reference.ts'
import type { FleetEvent } from '../../../observe/events.ts'
import type { Action } from '../../../plan/apply/action.ts'
import { actionsOf } from '../../../plan/apply/plan.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { CallOptions } from '../../../ports/store.ts'
import { configMapStatusStore } from '../config-map-status-store.ts'
import { SyncRunner } from '../runner.ts'
import type { SyncRunnerOptions } from '../runner-options.ts'

const fieldManager = 'fleetkit:bootstrap'
const pollMs = 500

/**
 * Options of {@link bootstrap}. It disposes of none of them.
 *
 * @category Bootstrap
 */
export interface BootstrapOptions extends Pick<SyncRunnerOptions, 'git' | 'renderers' | 'clock' | 'logger'>, CallOptions {
  /** The cluster that is to keep itself. */
  readonly cluster: ClusterApi
  /**
   * The Sync of the management, as it is to stand in the cluster. Its source declares everything that a management is made of: namespace, definitions, rights, the Deployment of its controller, and this
   * very Sync, which has the deletion policy `Orphan`. How long all of it may take is its `timeout`.
   */
  readonly sync: Sync
  /** What the cluster needs and no repository holds, such as the Secret with the credentials of the git server. Applied before the rest, and never deleted. */
  readonly credentials?: readonly KubeObject[] | undefined
  /** Told what happens, as it happens. */
  readonly onEvent?: ((event: FleetEvent) => void) | undefined
}

/**
 * Makes a bare cluster keep itself: applies the source of a Sync that declares that Sync and what carries it out, waits until a controller in the cluster has taken it up, and leaves it to it. It can be
 * stopped anywhere and called again. A cluster that keeps itself already is asked to look at once, and nothing else is done: its version is changed in git.
 *
 * @returns the status of the Sync as that controller wrote it
 * @throws FleetkitError `bootstrap/not-itself` before anything is written; `bootstrap/not-taken-over`; what `SyncRunner.run` throws.
 *
 * @example
 * ```ts
 * import { Sync } from 'fleetkit'
 * import { bootstrap } from 'fleetkit/bootstrap'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using cluster = await kubernetesCluster({ context: 'management' })
 * await using git = gitRepositories()
 * const sync = new Sync({
 *   metadata: { namespace: 'fleetkit', name: 'management' },
 *   spec: {
 *     source: { git: { url: 'https://example.com/management.git', tag: 'v1.0.0' } },
 *     prune: true,
 *     wait: true,
 *     deletionPolicy: 'Orphan',
 *   },
 * })
 * const { lastAppliedRevision } = await bootstrap({ cluster, git, sync })
 * console.log(`keeps itself at ${lastAppliedRevision}`)
 * ```
 *
 * @category Bootstrap
 */
export async function bootstrap({ credentials = [], onEvent, signal, ...options }: BootstrapOptions): Promise<SyncStatus> {
  const { cluster, sync, clock = systemClock } = options
  const { timeout } = sync.spec
  using limit = timeLimit(
    signal,
    parseDuration(timeout) as number,
    clock,
    `the cluster does not keep itself after ${timeout} (spec.timeout)`,
  )
  const call = { signal: limit.signal }
  if (!(await keepsItself(cluster, sync, call))) {
    await using runner = new SyncRunner({ ...options, actor: 'bootstrap' })
    if (onEvent !== undefined) runner.events.on('*', onEvent)
    const plan = await runner.plan(sync, call)
    checkItself(sync, actionsOf(plan))
    await createNamespace(cluster, sync.ref.namespace, call)
    await applyCredentials(cluster, credentials, call)
    await runner.run(sync, call)
  }
  const status = await takenOver(cluster, sync, clock, call)
  const records = configMapStatusStore(cluster)
  await records.remove(sync.ref, await records.load(sync.ref, call), call)
  return status
}

/** Whether a controller in the cluster has carried out the Sync: the record of a runner lies elsewhere. */
async function keepsItself(cluster: ClusterApi, { ref }: Sync, options: CallOptions): Promise<boolean> {
  const object = (await cluster.discover(ref, options)) && (await cluster.get(ref, options))
  return syncStatusOf(object ?? {}).lastAppliedRevision !== undefined
}

/** What names another version, or no version at all, would be taken to that by the controller, or kept by none. */
function checkItself({ ref, spec }: Sync, actions: readonly Action[]): void {
  const { object: declared, type, reason } = actions.find((action) => refKey(action.ref) === refKey(ref)) ?? {}
  if (declared === undefined) throw new FleetkitError('bootstrap/not-itself', 'its source does not declare it', { ref })
  if (type === 'refuse') throw new FleetkitError('bootstrap/not-itself', reason?.message as string, { ref })
  const own = Sync.from(declared).spec
  for (const field of ['source', 'path', 'deletionPolicy'] as const) {
    if (jsonEqual(own[field], spec[field])) continue
    const message = `its source declares it with spec.${field} ${JSON.stringify(own[field])}; it is given with ${JSON.stringify(spec[field])}`
    throw new FleetkitError('bootstrap/not-itself', message, { ref })
  }
}

async function createNamespace(cluster: ClusterApi, name: string | undefined, options: CallOptions): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: name ?? 'default' } }
  await cluster.create(object, { ...options, fieldManager }).catch((error: unknown) => {
    if (!hasCode(error, 'store/exists')) throw error
  })
}

async function applyCredentials(cluster: ClusterApi, credentials: readonly KubeObject[], options: CallOptions): Promise<void> {
  for (const result of await cluster.apply(credentials, { ...options, fieldManager, force: true }))
    if ('error' in result) throw result.error
}

/** Asks who carries out the Sync in the cluster to attempt it, and waits for the outcome. */
async function takenOver(cluster: ClusterApi, { ref }: Sync, clock: Clock, { signal }: CallOptions): Promise<SyncStatus> {
  const requestedAt = new Date(clock.now()).toISOString()
  await retryOnConflict(async () => {
    const object = await cluster.get(ref, { signal })
    if (object === undefined) throw new FleetkitError('bootstrap/not-taken-over', 'it was deleted meanwhile', { ref })
    const annotations = { ...object.metadata.annotations, [requestedAtAnnotation]: requestedAt }
    await cluster.update({ ...object, metadata: { ...object.metadata, annotations } }, { signal, fieldManager })
  })
  let last = 'no controller in the cluster has taken it up'
  try {
    for (;;) {
      const object = await cluster.get(ref, { signal })
      const status = syncStatusOf(object ?? {})
      if (status.lastHandledReconcileAt === requestedAt) {
        const { ready, message } = readinessOf(object)
        if (ready) return status
        last = `its controller says: ${message}`
      }
      await clock.sleep(pollMs, { signal })
    }
  } catch (cause) {
    if (hasCode(cause, 'timeout')) throw new FleetkitError('bootstrap/not-taken-over', `${cause.message}: ${last}`, { ref, cause })
    throw cause
  }
}
