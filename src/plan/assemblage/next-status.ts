import { type Condition, type ConditionUpdate, formatTime, setReady } from '../../model/condition.ts'
import { shortened } from '../../model/errors/shortened.ts'
import type { SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import type { AssemblageStatus, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'

/** How many syncs a message names. */
const maxNamed = 10
/** How long what is said of one sync may be: the statuses of a thousand of them have to fit into one object. */
const maxSaid = 512
/** A message is for people; API servers take at most 32,768 characters. */
const maxMessageLength = 4096

/** Why nothing is written for an Assemblage. */
export interface AssemblageHold {
  readonly status: 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** Whether only a change of the Assemblage can repair it. */
  readonly stalled?: boolean | undefined
}

/** What came of looking after an Assemblage. */
export interface AssemblageFacts {
  readonly generation: number
  /** The write of the mirror that keeps the Assemblage. */
  readonly observed?: string | undefined
  readonly driver?: string | undefined
  /** How its syncs are; as before when absent. */
  readonly verdicts?: readonly SyncVerdict[] | undefined
  /** What is to be said instead of what the verdicts say: why nothing is written. */
  readonly hold?: AssemblageHold | undefined
}

/**
 * The status of an Assemblage: `Ready` is `True` once every sync is exactly as specified and none is left that is not, `False` where one cannot go on by itself.
 *
 * @param now - milliseconds since the epoch
 */
export function nextAssemblageStatus(previous: AssemblageStatus, facts: AssemblageFacts, now: number): AssemblageStatus {
  const { generation, observed, driver = previous.driver, verdicts, hold } = facts
  const before = new Map(previous.syncs?.map((sync) => [sync.name, sync]))
  const syncs = verdicts?.map((verdict) => recorded(verdict, before.get(verdict.name), now)) ?? previous.syncs
  const ready: ConditionUpdate = {
    type: 'Ready',
    observedGeneration: generation,
    ...(hold === undefined
      ? summary(syncs ?? [])
      : { status: hold.status, reason: hold.reason, message: shortened(hold.message, maxMessageLength) }),
  }
  const stalled = hold?.stalled === true
  return {
    ...previous,
    ...(stalled || ready.status === 'True' ? { observedGeneration: generation } : {}),
    conditions: setReady(previous.conditions ?? [], ready, stalled, now),
    observed,
    driver,
    syncs,
  }
}

/** What is remembered of a sync once the object that it is made of was written: what was known of another generation says nothing of this one. */
export function rememberWrite(
  sync: string,
  { uid, generation }: { readonly uid?: string | undefined; readonly generation?: number | undefined },
  before: AssembledSyncStatus | undefined,
  now: number,
): AssembledSyncStatus {
  if (before !== undefined && before.uid === uid && before.generation === generation) return before
  const written = { state: 'Progressing', reason: 'Written', message: 'it was written', since: formatTime(now) } as const
  return { ...before, name: sync, ...written, uid, generation }
}

function recorded(verdict: SyncVerdict, previous: AssembledSyncStatus | undefined, now: number): AssembledSyncStatus {
  const isSame = previous?.state === verdict.state && previous.revision === verdict.revision
  return { ...verdict, message: shortened(verdict.message, maxSaid), since: isSame ? previous.since : formatTime(now) }
}

function summary(syncs: readonly AssembledSyncStatus[]): Pick<Condition, 'status' | 'reason' | 'message'> {
  const unready = syncs.filter(({ state }) => state !== 'Ready')
  if (unready.length === 0) return { status: 'True', reason: 'Succeeded', message: `${count(syncs.length)} ready` }
  const of = (...states: readonly string[]): readonly AssembledSyncStatus[] => unready.filter(({ state }) => states.includes(state))
  const [failed, unassigned] = [of('Failed', 'Stalled'), of('Unassigned')]
  if (failed.length > 0) return { status: 'False', reason: 'SyncsFailed', message: named(failed) }
  if (unassigned.length > 0) return { status: 'False', reason: 'SyncsUnassigned', message: named(unassigned) }
  const ready = `${syncs.length - unready.length} of ${count(syncs.length)} ready`
  return { status: 'Unknown', reason: 'Progressing', message: `${ready}; ${named(unready)}` }
}

function count(syncs: number): string {
  return syncs === 1 ? '1 sync is' : `${syncs} syncs are`
}

/** Syncs, each with what is said of it; of many the first. */
export function named(syncs: readonly SyncVerdict[]): string {
  const first = syncs.slice(0, maxNamed).map(({ name, message }) => `${name}: ${message}`)
  return [...first, ...(syncs.length > maxNamed ? [`and ${syncs.length - maxNamed} more`] : [])].join('; ')
}
