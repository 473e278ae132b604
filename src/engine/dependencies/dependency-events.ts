import { kinds } from '../../model/kinds/kinds.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import { type Dependency, dependenciesOf } from '../../plan/sync/dependencies.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import type { IndexRequest, WatchSource } from '../runtime/controller.ts'
import type { FleetKind } from '../runtime/fleet-kind.ts'
import type { DependantKind } from './dependant-kinds.ts'
import { dependantIndex, everyDependencyOf } from './every-dependency.ts'

/** What the controller of a kind has to know and to see of what its objects depend on. */
export function dependencyEvents(kind: DependantKind): {
  readonly indexes: readonly IndexRequest[]
  readonly watches: readonly WatchSource[]
} {
  return {
    indexes: [
      { type: kind, name: 'dependsOn', values: (object) => dependenciesOf(object).map(({ ref }) => refKey(ref)) },
      { type: kind, name: dependantIndex, values: (object) => everyDependencyOf(object).map(refKey) },
      { type: kind, name: 'readyExpr', values: (object) => dependenciesOf(object).flatMap(withExpression) },
    ],
    watches: (Object.keys(kinds) as FleetKind[]).flatMap((type) => dependencySources(kind, type)),
  }
}

/** What of the objects of a type wakes those of a kind: they can go on, or that is gone which had to be deleted first. */
function dependencySources(kind: DependantKind, type: FleetKind): readonly WatchSource[] {
  const optional = type !== kind
  return [
    {
      type,
      optional,
      predicate: becameReady,
      map: (object, cache) => cache.indexed(kind, 'dependsOn', refKey(refOf(object))).map(refOf),
    },
    // An expression can ask for anything in it.
    { type, optional, map: (object, cache) => cache.indexed(kind, 'readyExpr', refKey(refOf(object))).map(refOf) },
    {
      type,
      optional,
      predicate: (change) => change.type === 'DELETED',
      map: (object) => everyDependencyOf(object).filter((ref) => ref.kind === kind),
    },
  ]
}

function withExpression({ ref, readyExpr }: Dependency): readonly string[] {
  return readyExpr === undefined ? [] : [refKey(ref)]
}

/** Whether dependants can go on. That readiness ends again, as with each correction of drift, must not wake them. */
function becameReady({ object, previous }: Change): boolean {
  const generationOf = (of: KubeObject | undefined): unknown => (of?.status as Partial<SyncStatus> | null | undefined)?.observedGeneration
  return readinessOf(object).ready && !(readinessOf(previous).ready && generationOf(previous) === generationOf(object))
}
