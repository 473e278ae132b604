import { mapAtMost } from '../../async/map-at-most.ts'
import { withinTime } from '../../async/time/within-time.ts'
import type { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import type { RemoteAssemblage } from '../../model/kinds/remote-assemblage/remote-assemblage.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { assembleModules } from '../../plan/mirror/assemble-modules.ts'
import type { MirrorHold } from '../../plan/mirror/next-mirror-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { RevisionWaits } from './revision-waits.ts'

/** How long the store may take to give the revisions that the cache does not have. */
const readAtMostMs = 30_000
/** How many of them are asked for at once. */
const concurrency = 8

/** What was read of objects of the cache: a revision is checked once, and not for each cluster and each look. */
const read = new WeakMap<KubeObject, ModuleRevision | FleetkitError>()

/** The copy of a RemoteAssemblage with modules, made of their revisions; or why it cannot be made. */
export async function moduleCopy(
  remote: RemoteAssemblage,
  waits: RevisionWaits,
  context: ReconcileContext,
): Promise<KubeObject | MirrorHold> {
  const objects = await revisionsOf(remote, waits, context)
  const assembled = assembleModules(remote, (name) => {
    const object = objects.get(name)
    return object && readRevision(object)
  })
  return 'reason' in assembled ? assembled : assembled.toObject()
}

function readRevision(object: KubeObject): ModuleRevision | FleetkitError {
  const known = read.get(object) ?? orInvalid(() => ModuleRevision.from(object))
  read.set(object, known)
  return known
}

/** The revisions by name. The cache may be older than what the object names: then the store is asked. */
async function revisionsOf(
  { ref, metadata: { namespace }, spec }: RemoteAssemblage,
  waits: RevisionWaits,
  context: ReconcileContext,
): Promise<ReadonlyMap<string, KubeObject>> {
  const { cache, store } = context
  const names = [...new Set(spec.modules?.map(({ revision }) => revision))]
  const refs = names.map((name): ObjectRef => ({ ...moduleRevisionType, namespace, name }))
  const isCached = cache.has(moduleRevisionType)
  const found = new Map(refs.map((each) => [each, isCached ? cache.get(each) : undefined]))
  const unknown = refs.filter((each) => found.get(each) === undefined)
  // Before the store is asked: what appears after its answer is seen.
  waits.set(ref, unknown)
  if (unknown.length > 0)
    await context.idle(() =>
      withinTime(readAtMostMs, 'the store did not answer in time', context, (signal) =>
        mapAtMost(unknown, concurrency, async (each) => found.set(each, await store.get(each, { signal }))),
      ),
    )
  return new Map([...found].flatMap(([{ name }, object]) => (object === undefined ? [] : [[name, object]])))
}
