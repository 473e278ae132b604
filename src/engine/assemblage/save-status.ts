import { withinTime } from '../../async/time/within-time.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { assemblageStatusOf } from '../../model/kinds/assemblage/status.ts'
import type { AssemblageStatus } from '../../model/kinds/assemblage/types.generated.ts'
import { mirrorWriteAnnotation } from '../../model/mirror/annotations.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { isProgress } from '../../plan/assemblage/is-progress.ts'
import { type AssemblageFacts, nextAssemblageStatus } from '../../plan/assemblage/next-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'

/** How long the store may take. */
const saveAtMostMs = 30_000

type SavedFacts = Omit<AssemblageFacts, 'generation' | 'observed'>

/** Whether to save how an Assemblage is would tell only how far its syncs have come. */
export function tellsProgress(object: KubeObject, facts: SavedFacts, context: ReconcileContext): boolean {
  const { previous, next } = nextOf(object, facts, context)
  return isProgress(previous, next)
}

/**
 * Saves how an Assemblage is, if that is news, onto the object that it was decided by and no other: what was decided by an older one is `store/conflict`.
 *
 * @returns the object as it is stored then
 */
export async function saveAssemblageStatus(object: KubeObject, facts: SavedFacts, context: ReconcileContext): Promise<KubeObject> {
  const { store, events } = context
  const { previous, next } = nextOf(object, facts, context)
  if (jsonEqual(next, previous)) return object
  const saved = await withinTime(saveAtMostMs, 'the store did not answer in time', context, (signal) =>
    store.update({ ...object, status: next as unknown as JsonObject }, { subresource: 'status', signal }),
  )
  const known = new Map(previous.syncs?.map((sync) => [sync.name, sync]))
  for (const { name, state, reason, revision } of next.syncs ?? []) {
    const before = known.get(name)
    if (before?.state !== state || before.revision !== revision)
      events.emit('assemblage.judged', { assemblage: refOf(object), syncName: name, state, reason, revision })
  }
  return saved
}

function nextOf(
  object: KubeObject,
  facts: SavedFacts,
  { clock }: ReconcileContext,
): { readonly previous: AssemblageStatus; readonly next: AssemblageStatus } {
  const { generation = 0, annotations } = object.metadata
  const previous = assemblageStatusOf(object)
  const all = { ...facts, generation, observed: annotations?.[mirrorWriteAnnotation] }
  return { previous, next: jsonCopy(nextAssemblageStatus(previous, all, clock.now())) }
}
