import { withoutFinalizer } from '../../model/finalizers.ts'
import type { DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import { assemblageStatusOf } from '../../model/kinds/assemblage/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { isMarked, unmarked } from '../../plan/assemblage/marked-object.ts'
import { named } from '../../plan/assemblage/next-status.ts'
import type { Driver } from '../../ports/driver.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { saveAssemblageStatus } from './save-status.ts'
import type { SyncWrites } from './sync-writes.ts'

/** Keeps an Assemblage in its store until its syncs are gone, or left. */
export const assemblageFinalizer = 'fleetkit.dev/assemblage'

/** How soon is looked again whether they are gone. */
const lookAgainMs = 10_000

/** Removes the syncs of an Assemblage that is being deleted, or leaves them, and then the finalizer. Its status says why it is still there. */
export async function remove(
  object: KubeObject,
  drivers: ReadonlyMap<string, Driver>,
  writes: SyncWrites,
  context: ReconcileContext,
): Promise<WorkResult | undefined> {
  const { store, signal, clock } = context
  const free = withoutFinalizer(object, assemblageFinalizer)
  if (free === object) return undefined
  const spec = (object.spec ?? {}) as { readonly driver?: unknown; readonly deletionPolicy?: unknown }
  const { driver: name = `${spec.driver ?? 'fleetkit'}`, syncs = [] } = assemblageStatusOf(object)
  const driver = drivers.get(name)
  if (driver === undefined) {
    const message = `its syncs are made with the driver ${name}, which the controller does not have`
    writes.replace(object, await saveAssemblageStatus(object, { hold: { status: 'False', reason: 'UnknownDriver', message } }, context))
    return { requeueAfterMs: lookAgainMs }
  }
  const assemblage = refOf(object)
  // Listed, not from the cache: what was created last may be missing there, and would be left behind.
  const found = await driver.observe(assemblage, context)
  const ours = found.objects.filter((other) => isMarked(other, assemblage))
  const orphans = spec.deletionPolicy === 'Orphan'
  if (orphans) for (const other of ours) await store.update(unmarked(other), { signal })
  if (orphans || ours.length === 0) {
    await store.update(free, { signal })
    return undefined
  }
  const input: DriverInput = { assemblage, syncs: [], found, known: syncs, now: clock.now() }
  const verdicts = await writes.apply(driver, driver.diff(input), input, 'Correct', context)
  const message = verdicts.length === 0 ? 'what its syncs shared is being deleted' : named(verdicts)
  writes.replace(
    object,
    await saveAssemblageStatus(object, { verdicts, hold: { status: 'False', reason: 'Terminating', message } }, context),
  )
  return { requeueAfterMs: lookAgainMs }
}
