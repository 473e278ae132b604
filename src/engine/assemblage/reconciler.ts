import { monotonic } from '../../async/time/monotonic.ts'
import { nextTurn } from '../../async/turn.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { formatProblem } from '../../model/errors/problem.ts'
import { withFinalizer } from '../../model/finalizers.ts'
import { Assemblage } from '../../model/kinds/assemblage/assemblage.ts'
import type { DriverInput, Observation, SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import { assemblageStatusOf } from '../../model/kinds/assemblage/status.ts'
import type { AssembledSync } from '../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey } from '../../model/reference.ts'
import type { AssemblageHold } from '../../plan/assemblage/next-status.ts'
import { orderSyncs } from '../../plan/assemblage/order-syncs.ts'
import type { Driver } from '../../ports/driver.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { assemblageFinalizer, remove } from './remove.ts'
import { saveAssemblageStatus, tellsProgress } from './save-status.ts'
import { SyncWrites } from './sync-writes.ts'

/** How soon is looked again at what is not as it is to be, also if nothing changes. */
const lookAgainMs = 30_000
/** How often at most is told how far the syncs in progress have come: each of twenty changes several times. */
const progressEveryMs = 5000
/** More are read in a turn of the event loop of their own. */
const fewSyncs = 100

/** What a reconcile works with. */
interface Work {
  readonly driver: Driver
  readonly assemblage: Assemblage
  /** In the order of their dependencies. */
  readonly syncs: readonly AssembledSync[]
}

/** The work of the controller of Assemblage, loaded with the first reconcile, and what it remembers. */
export class AssemblageReconciler {
  readonly #drivers: ReadonlyMap<string, Driver>
  /** Of each Assemblage, what this process has written. */
  readonly #writes = new Map<string, SyncWrites>()

  constructor(drivers: readonly Driver[]) {
    this.#drivers = new Map(drivers.map((driver) => [driver.name, driver]))
  }

  async reconcile({ ref, object: cached }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    const writes = this.#writes.get(refKey(ref)) ?? new SyncWrites()
    const isOld = cached !== undefined && writes.isReplaced(cached)
    const object = isOld ? await context.idle(() => context.store.get(ref, { signal: context.signal })) : cached
    if (object === undefined) {
      this.#writes.delete(refKey(ref))
      return undefined
    }
    this.#writes.set(refKey(ref), writes)
    if (object.metadata.deletionTimestamp !== undefined) return context.idle(() => remove(object, this.#drivers, writes, context))
    if (syncsIn(object) > fewSyncs) await context.idle(nextTurn)
    const work = this.#workOf(object)
    if ('reason' in work) {
      writes.replace(object, await saveAssemblageStatus(object, { hold: work }, context))
      return undefined
    }
    return context.idle(() => this.#keep(object, work, writes, context))
  }

  /** What is to be done for an Assemblage, or why that cannot be. */
  #workOf(object: KubeObject): Work | AssemblageHold {
    const assemblage = orInvalid(() => Assemblage.from(object))
    if (assemblage instanceof FleetkitError) return refusal('Invalid', assemblage.message)
    const { driver: name, syncs } = assemblage.spec
    const { driver: made, syncs: kept = [] } = assemblageStatusOf(object)
    const driver = this.#drivers.get(name)
    if (driver === undefined)
      return refusal(
        'UnknownDriver',
        `spec.driver: found ${name}, accepted one of those that the controller has: ${[...this.#drivers.keys()].join(', ')}`,
      )
    if (made !== undefined && made !== name && kept.length > 0)
      return refusal(
        'DriverChanged',
        `its syncs are made with the driver ${made}: take them out of spec.syncs, and wait until they are gone, before another driver is named`,
      )
    const problems = driver.check(syncs)
    if (problems.length > 0) return refusal('Unsupported', `the driver ${name} cannot do this: ${problems.map(formatProblem).join('; ')}`)
    const ordered = orderSyncs(syncs)
    const [cycle] = ordered.cycles
    if (cycle !== undefined) return refusal('DependencyCycle', `syncs depend on one another: ${[...cycle.path, cycle.path[0]].join(' → ')}`)
    return { driver, assemblage, syncs: ordered.syncs }
  }

  async #keep(
    object: KubeObject,
    { driver, assemblage, syncs }: Work,
    writes: SyncWrites,
    context: ReconcileContext,
  ): Promise<WorkResult | undefined> {
    const { ref, spec } = assemblage
    // There may be a thousand syncs, and others wait for the event loop.
    await nextTurn()
    const found = await observe(ref, driver, writes, context)
    const input: DriverInput = { assemblage: ref, syncs, found, known: assemblageStatusOf(object).syncs ?? [], now: context.clock.now() }
    const changes = driver.diff(input)
    await nextTurn()
    if (spec.suspend || changes.length === 0) {
      const message = 'it is suspended (spec.suspend), and its syncs are not as they are to be'
      const hold = changes.length === 0 ? undefined : ({ status: 'Unknown', reason: 'Suspended', message } as const)
      return show(object, driver.judge(input), assemblage, hold, writes, context)
    }
    const prepared = await prepare(object, driver, writes, context)
    const verdicts = await writes.apply(driver, changes, input, spec.edits, context)
    return show(prepared, verdicts, assemblage, undefined, writes, context)
  }
}

/** What there is of the syncs: from the cache, unless that is older than what was written. */
async function observe(ref: ObjectRef, driver: Driver, writes: SyncWrites, context: ReconcileContext): Promise<Observation> {
  const cached = driver.types.flatMap((type) => context.cache.list(type, { namespace: ref.namespace }))
  if (!writes.isAheadOf(cached)) return driver.observe(ref, context, cached)
  const listed = await driver.observe(ref, context)
  writes.forgetOthers(listed.objects)
  return listed
}

/** Before anything is written: the finalizer is there, and by which driver the syncs are made. */
async function prepare(object: KubeObject, { name }: Driver, writes: SyncWrites, context: ReconcileContext): Promise<KubeObject> {
  const held = withFinalizer(object, assemblageFinalizer)
  const kept = held === object ? object : writes.replace(object, await context.store.update(held, { signal: context.signal }))
  if (assemblageStatusOf(kept).driver === name) return kept
  const hold = { status: 'Unknown', reason: 'Progressing', message: 'its syncs are being written' } as const
  return writes.replace(kept, await saveAssemblageStatus(kept, { driver: name, hold }, context))
}

async function show(
  object: KubeObject,
  verdicts: readonly SyncVerdict[],
  { spec }: Assemblage,
  hold: AssemblageHold | undefined,
  writes: SyncWrites,
  context: ReconcileContext,
): Promise<WorkResult | undefined> {
  await nextTurn()
  const place = new Map(spec.syncs.map(({ name }, index) => [name, index]))
  const at = ({ name }: SyncVerdict): number => place.get(name) ?? spec.syncs.length
  const facts = { verdicts: verdicts.toSorted((a, b) => at(a) - at(b)), hold }
  const leftMs = writes.savedAt + progressEveryMs - monotonic(context.clock)
  if (leftMs > 0 && tellsProgress(object, facts, context)) return { requeueAfterMs: leftMs }
  const saved = writes.replace(object, await saveAssemblageStatus(object, facts, context))
  if (saved !== object) writes.savedAt = monotonic(context.clock)
  return verdicts.every(({ state }) => state === 'Ready') ? undefined : { requeueAfterMs: lookAgainMs }
}

function syncsIn({ spec }: KubeObject): number {
  const { syncs } = (spec ?? {}) as { readonly syncs?: unknown }
  return Array.isArray(syncs) ? syncs.length : 0
}

function refusal(reason: string, message: string): AssemblageHold {
  return { status: 'False', reason, message, stalled: true }
}
