import { monotonic } from '../../async/time/monotonic.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { DriverChange, DriverInput, SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import type { AssemblageSpec, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import { rememberWrite } from '../../plan/assemblage/next-status.ts'
import type { Driver } from '../../ports/driver.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { Corrections } from '../runtime/writes/corrections.ts'
import { orRefused } from '../runtime/writes/or-refused.ts'

/** How long the store may take for one write. */
const writeAtMostMs = 30_000

/** The writes of this process for the syncs of one Assemblage. */
export class SyncWrites {
  /** The generation of each object as it was written last, by its uid, until the cache has that. */
  readonly #generations = new Map<string, number>()
  readonly #corrections = new Corrections()
  /** When the status of the Assemblage was saved last, by a monotonic clock. */
  savedAt: number = -Infinity
  /** The resourceVersions of the Assemblage that its own controller has replaced. */
  readonly #replaced = new Set<string | undefined>()

  /** Notes that one state of the Assemblage has taken the place of another. */
  replace(before: KubeObject, after: KubeObject): KubeObject {
    if (before !== after) this.#replaced.add(before.metadata.resourceVersion)
    return after
  }

  /** Whether an Assemblage is older than what this process has made of it. */
  isReplaced({ metadata }: KubeObject): boolean {
    if (this.#replaced.has(metadata.resourceVersion)) return true
    this.#replaced.clear()
    return false
  }

  /** Whether objects are older than what this process has written. */
  isAheadOf(objects: readonly KubeObject[]): boolean {
    for (const { metadata } of objects) {
      const written = this.#generations.get(metadata.uid ?? '')
      if (written !== undefined && written <= (metadata.generation ?? 0)) this.#generations.delete(metadata.uid ?? '')
    }
    return this.#generations.size > 0
  }

  /** Notes which objects there are: those that were written and are gone will not come into the cache any more. */
  forgetOthers(listed: readonly KubeObject[]): void {
    const uids = new Set(listed.map(({ metadata }) => metadata.uid))
    for (const uid of this.#generations.keys()) if (!uids.has(uid)) this.#generations.delete(uid)
  }

  /**
   * Makes the writes that are due, in their order. What the store refuses for one sync keeps back those that depend on it, and no other.
   *
   * @returns how the syncs are then
   */
  async apply(
    driver: Driver,
    changes: readonly DriverChange[],
    input: DriverInput,
    edits: AssemblageSpec['edits'],
    context: ReconcileContext,
  ): Promise<readonly SyncVerdict[]> {
    const { assemblage } = input
    const objects = new Map(input.found.objects.map((object) => [refKey(refOf(object)), object]))
    const refused = new Map<string | undefined, FleetkitError>()
    const known = new Map(input.known.map((sync) => [sync.name, sync]))
    for (const change of changes) {
      if (!this.#isDue(change, edits, known, context) || isKeptBack(change, refused, input)) continue
      const { sync, action, object, reason } = change
      const written = await orRefused(
        withinTime(writeAtMostMs, 'the store did not answer in time', context, (signal) => driver.apply(change, { ...context, signal })),
      )
      if (written instanceof FleetkitError) {
        refused.set(sync, written)
        continue
      }
      const key = refKey(refOf(object))
      if (reason === 'edited') this.#corrections.corrected(key, monotonic(context.clock))
      context.events.emit('assemblage.written', { assemblage, syncName: sync, object: refOf(object), action, reason, edits: change.edits })
      if (written === undefined) continue
      objects.set(key, written)
      if (sync === undefined) continue
      const { uid = '', generation = 0 } = written.metadata
      this.#generations.set(uid, generation)
      known.set(sync, rememberWrite(sync, written.metadata, known.get(sync), input.now))
    }
    const verdicts = driver.judge({ ...input, found: { ...input.found, objects: [...objects.values()] }, known: [...known.values()] })
    return verdicts.map((verdict) => {
      const error = refused.get(verdict.name) ?? refused.get(undefined)
      return error === undefined || verdict.state === 'Ready'
        ? verdict
        : { ...verdict, state: 'Failed', reason: 'Rejected', message: error.message }
    })
  }

  #isDue(
    { reason, action, sync, object }: DriverChange,
    edits: AssemblageSpec['edits'],
    known: ReadonlyMap<string, AssembledSyncStatus>,
    { clock }: ReconcileContext,
  ): boolean {
    const isLost = action === 'create' && sync !== undefined && known.get(sync)?.uid !== undefined
    if (edits === 'Report' && (isLost || reason === 'edited')) return false
    return reason !== 'edited' || this.#corrections.leftMs(refKey(refOf(object)), monotonic(clock)) <= 0
  }
}

/** Whether what a change is of depends on something that was refused; what several syncs share is something that all depend on. */
function isKeptBack({ sync }: DriverChange, refused: ReadonlyMap<string | undefined, unknown>, { syncs }: DriverInput): boolean {
  if (refused.size === 0) return false
  if (refused.has(undefined)) return true
  const open = sync === undefined ? [] : [sync]
  const seen = new Set(open)
  for (const name of open) {
    const dependencies = syncs.find((other) => other.name === name)?.dependsOn ?? []
    for (const dependency of dependencies) {
      if (refused.has(dependency.name)) return true
      if (!seen.has(dependency.name)) open.push(dependency.name)
      seen.add(dependency.name)
    }
  }
  return false
}
