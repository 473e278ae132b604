import { loadOnce } from '../../async/load-once.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import { requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf, type TypeRef } from '../../model/reference.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import { annotationsChanged, type Controller, controller, generationChanged, type Predicate } from '../runtime/controller.ts'
import { ownIndex, ownKeys } from './own-revisions.ts'
import { moduleType } from './types.ts'

const isRequested: Predicate = annotationsChanged(requestedAtAnnotation)

/** The index of Modules by the Module that they take their version from. */
const promotionIndex = 'promoteFrom'

const loadPin = loadOnce(() => import('./pin-module.ts'))

/**
 * The controller of `Module`: finds the exact commit of the version that each one names, keeps it as a `ModuleRevision`, and says in `status.revision` which one is
 * wanted. A tag keeps the commit that it had when it was seen first; when it moves, the condition Pinned says so. What becomes of the revision is the work of
 * {@link rolloutController}.
 *
 * @example
 * ```ts
 * import { Manager, moduleController } from 'fleetkit'
 * import { memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), git: memoryGit() })
 * manager.add(moduleController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Module
 */
export function moduleController({ concurrency = 16 }: { readonly concurrency?: number | undefined } = {}): Controller {
  return pinController(moduleType, concurrency)
}

/** The controller that pins what is rolled out of a type. */
export function pinController(type: TypeRef, concurrency: number): Controller {
  return controller({
    // By its type alone: an invalid one has a status too.
    for: type,
    owns: [moduleRevisionType],
    concurrency,
    // Of a store or a git server that never answers.
    timeoutMs: 120_000,
    predicate: (change) => generationChanged(change) || isRequested(change),
    indexes: [
      { type, name: promotionIndex, values: promotedFrom },
      { type: moduleRevisionType, name: ownIndex, values: ({ metadata, spec }) => ownKeys(metadata.namespace, spec) },
    ],
    watches: [
      {
        type,
        predicate: completesAnother,
        map: (object, cache) => cache.indexed(type, promotionIndex, refKey(refOf(object))).map(refOf),
      },
    ],
    reconcile: async (request, context) => (await loadPin()).pinModule(request, context),
  })
}

function promotedFrom({ apiVersion, kind, metadata, spec }: KubeObject): readonly string[] {
  const from = (
    spec as { readonly source?: { readonly git?: { readonly promoteFrom?: { readonly name?: unknown; readonly namespace?: unknown } } } }
  )?.source?.git?.promoteFrom
  if (typeof from?.name !== 'string') return []
  const namespace = typeof from.namespace === 'string' ? from.namespace : metadata.namespace
  return [refKey({ apiVersion, kind, namespace, name: from.name })]
}

function completesAnother({ object, previous }: Change): boolean {
  const [now, before] = [object, previous].map((each) => (each?.status as { readonly completed?: unknown } | null | undefined)?.completed)
  return !jsonEqual(now ?? null, before ?? null)
}
