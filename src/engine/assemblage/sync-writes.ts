import { withinTime } from '../../async/time/within-time.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { DriverChange, DriverInput, SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import type { AssemblageSpec, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import { rememberWrite } from '../../plan/assemblage/next-status.ts'
import type { Driver } from '../../ports/driver.ts'
import type { ReconcileContext } from '../runtime/context.ts'

/** How long the store may take for one write. */
const writeAtMostMs = 30_000
/** How often an object is set right at most: what edits it again each time is not fought. */
const correctEveryMs = 30_000

/** The writes of this process for the syncs of one Assemblage. */
export class SyncWrites {
  /** The generation of each object as it was written last, by its uid: what is read may be older, and so may the status in which that is saved. */
  readonly #generations = new Map<string, number>()
  /** When each object was set right last. */
  readonly #corrected = new Map<string, number>()

  /** What is remembered of syncs in the status of the Assemblage, and here. */
  knownOf(syncs: readonly AssembledSyncStatus[]): readonly AssembledSyncStatus[] {
    return syncs.map((sync) => {
      const generation = sync.uid === undefined ? undefined : this.#generations.get(sync.uid)
      return generation === undefined || generation <= (sync.generation ?? 0) ? sync : { ...sync, state: 'Progressing', generation }
    })
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
    let { known } = input
    for (const change of changes) {
      if (!this.#isDue(change, edits, input, context) || isKeptBack(change, refused, input)) continue
      const { sync, action, object, reason } = change
      const written = await refusalOf(
        withinTime(writeAtMostMs, 'the store did not answer in time', context, (signal) => driver.apply(change, { ...context, signal })),
      )
      if (written instanceof FleetkitError) {
        refused.set(sync, written)
        continue
      }
      const key = refKey(refOf(object))
      if (reason === 'edited') this.#corrected.set(key, context.clock.now())
      context.events.emit('assemblage.written', { assemblage, syncName: sync, object: refOf(object), action, reason, edits: change.edits })
      if (written === undefined) continue
      objects.set(key, written)
      if (sync === undefined) continue
      const { uid = '', generation = 0 } = written.metadata
      this.#generations.set(uid, generation)
      known = rememberWrite(known, sync, { uid, generation }, input.now)
    }
    const verdicts = driver.judge({ ...input, found: { ...input.found, objects: [...objects.values()] }, known })
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
    { known }: DriverInput,
    { clock }: ReconcileContext,
  ): boolean {
    const isLost = action === 'create' && known.some(({ name, uid }) => name === sync && uid !== undefined)
    if (edits === 'Report' && (isLost || reason === 'edited')) return false
    return reason !== 'edited' || clock.now() >= (this.#corrected.get(refKey(refOf(object))) ?? -Infinity) + correctEveryMs
  }
}

/** Whether what a change is of depends on something that was refused; what several syncs share is something that all depend on. */
function isKeptBack({ sync }: DriverChange, refused: ReadonlyMap<string | undefined, unknown>, { syncs }: DriverInput): boolean {
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

/** What was written, or why the store will not have it; what may be otherwise at the next look is thrown. */
async function refusalOf(write: Promise<KubeObject | undefined>): Promise<KubeObject | undefined | FleetkitError> {
  try {
    return await write
  } catch (error) {
    if (
      !(error instanceof FleetkitError) ||
      error.retryable ||
      hasCode(error, 'store/conflict', 'store/exists', 'store/not-found', 'aborted')
    )
      throw error
    return error
  }
}
