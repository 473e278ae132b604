import { FleetkitError } from '../../model/errors/error.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import { formatRef, type ObjectRef, refKey } from '../../model/reference.ts'
import type { SyncRecords } from './status-store.ts'

/** How many Syncs are looked at to find out whether waiting goes round in a circle. */
const maxVisited = 1000
/** Of what a dependency waits for itself, so much is repeated: its own status says the rest. */
const maxQuoted = 200

/**
 * Checks that every Sync that this one depends on is ready.
 *
 * @throws FleetkitError `sync/dependency` with each that is not; `sync/dependency-cycle` with the circle when one of them
 * depends on this one.
 */
export async function checkDependencies(
  sync: Sync,
  { records, signal }: { readonly records: SyncRecords; readonly signal: AbortSignal },
): Promise<void> {
  const { apiVersion, kind, metadata } = sync
  const refs = (sync.spec.dependsOn ?? []).map(({ name, namespace = metadata.namespace }) => ({ apiVersion, kind, namespace, name }))
  const waiting: { readonly ref: ObjectRef; readonly message: string }[] = []
  for (const ref of refs) {
    const { ready, message } = await records.readiness(ref, { signal })
    if (!ready) waiting.push({ ref, message })
  }
  if (waiting.length === 0) return
  const cycle = await findCycle(
    sync.ref,
    waiting.map(({ ref }) => ref),
    records,
    signal,
  )
  if (cycle !== undefined) {
    const names = cycle.map(({ namespace, name }) => `${namespace}/${name}`).join(' → ')
    throw new FleetkitError('sync/dependency-cycle', `spec.dependsOn goes round in a circle: ${names}`, { ref: sync.ref })
  }
  const listed = waiting.map(({ ref, message }) => `${formatRef(ref)} is not ready: ${quoted(message)}`)
  throw new FleetkitError('sync/dependency', listed.join('; '), { ref: sync.ref })
}

/** The shortest way from a Sync over what it waits for back to itself. */
async function findCycle(
  start: ObjectRef,
  waiting: readonly ObjectRef[],
  records: SyncRecords,
  signal: AbortSignal,
): Promise<readonly ObjectRef[] | undefined> {
  const visited = new Set<string>()
  let paths = waiting.map((ref) => [start, ref])
  while (paths.length > 0 && visited.size < maxVisited) {
    const next: ObjectRef[][] = []
    for (const path of paths) {
      const last = path.at(-1) as ObjectRef
      if (visited.has(refKey(last))) continue
      visited.add(refKey(last))
      for (const ref of await records.dependencies(last, { signal })) {
        if (refKey(ref) === refKey(start)) return [...path, start]
        next.push([...path, ref])
      }
    }
    paths = next
  }
  return undefined
}

function quoted(message: string): string {
  return message.length <= maxQuoted ? message : `${message.slice(0, maxQuoted - 1).toWellFormed()}…`
}
