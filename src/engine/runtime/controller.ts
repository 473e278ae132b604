import type { BackoffOptions } from '../../async/time/backoff.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { KindDefinition } from '../../model/kinds/kind.ts'
import { type FleetKinds, kinds } from '../../model/kinds/kinds.ts'
import { type TypedKind, type TypedObject, typedObject } from '../../model/kinds/typed-kind.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'
import type { Schema } from '../../model/schema/schema.ts'
import type { Change } from './cache/object-cache.ts'
import type { IndexFunction } from './cache/object-index.ts'
import type { CacheReader, ReconcileContext } from './context.ts'
import { type FleetKind, typeOf } from './fleet-kind.ts'
import type { WorkOutcome } from './queue/work.ts'
import { isSameSpec } from './same-spec.ts'
import { terminal } from './terminal.ts'

/**
 * What to reconcile.
 *
 * @category Manager
 */
export interface ReconcileRequest<Of extends KubeObject = KubeObject> {
  readonly ref: ObjectRef
  /** The object as the cache has it; `undefined` when it is gone. It is frozen. */
  readonly object: Of | undefined
}

/**
 * Makes what one object specifies true. It is called with the state, never with what changed, at least once after every
 * change, and never twice at the same time for one object.
 *
 * What it throws decides what comes next: after {@link terminal} the object is reconciled when it changes; after any other
 * error with a backoff; an error after the signal aborted is ignored.
 *
 * @category Manager
 */
export type Reconcile<Of extends KubeObject = KubeObject> = (request: ReconcileRequest<Of>, context: ReconcileContext) => WorkOutcome

/**
 * Whether a change is worth a reconcile.
 *
 * @category Manager
 */
export type Predicate = (change: Change) => boolean

/**
 * Objects of another type whose changes concern the objects of a controller.
 *
 * @category Manager
 */
export interface WatchSource {
  readonly type: FleetKind | TypeRef
  /** The objects to reconcile. For a change it is called with the object before and after it. */
  readonly map: (object: KubeObject, cache: CacheReader) => readonly ObjectRef[]
  readonly predicate?: Predicate | undefined
  /** Whether it is watched only where another controller of the manager works with the type, or watches it anyway. */
  readonly optional?: boolean | undefined
}

/**
 * An index that a controller needs of a type that it names; {@link CacheReader.indexed} reads it.
 *
 * @category Manager
 */
export interface IndexRequest {
  readonly type: FleetKind | TypeRef
  readonly name: string
  readonly values: IndexFunction
}

/**
 * The objects of a type, as far as it says what they are.
 *
 * @category Manager
 */
export type ObjectOf<Type extends FleetKind | TypeRef> = (Type extends FleetKind ? FleetKinds[Type] : Type) extends {
  readonly spec: Schema
} & TypedKind<infer Spec, infer Status>
  ? TypedObject<Spec, Status>
  : KubeObject

/**
 * Options of {@link controller}.
 *
 * @category Manager
 */
export interface ControllerOptions<For extends FleetKind | TypeRef = FleetKind | TypeRef> {
  /** For logs, events and metrics. The kind, in lower case, by default. Unique within a manager. */
  readonly name?: string | undefined
  /**
   * The type whose objects it reconciles: a kind of this library by name, or `{ apiVersion, kind }`. With a kind that has a schema
   * (by name, or from `defineKind` of `fleetkit/kinds`) the objects are validated, have their defaults, and have the type of the
   * schema; an invalid one is a terminal error. One that is being deleted is passed even so, as it is.
   */
  readonly for: For
  /** Types of objects that it makes: a change of one reconciles the object that its controlling owner reference names. */
  readonly owns?: readonly (FleetKind | TypeRef)[] | undefined
  readonly watches?: readonly WatchSource[] | undefined
  readonly indexes?: readonly IndexRequest[] | undefined
  /** Of the changes of `for`, which count. All by default. */
  readonly predicate?: Predicate | undefined
  readonly reconcile: Reconcile<ObjectOf<For>>
  /** How many objects are reconciled at the same time. 4 by default. */
  readonly concurrency?: number | undefined
  /** The bulkhead of an object, e.g. its cluster. */
  readonly groupOf?: ((request: ReconcileRequest) => string | undefined) | undefined
  /** How many objects of one group are reconciled at the same time. A quarter of `concurrency` by default, at least 1. */
  readonly groupConcurrency?: number | undefined
  /** How long one reconcile may take before it is aborted with `timeout`. Not limited by default. */
  readonly timeoutMs?: number | undefined
  /** From 1 second to 10 minutes by default. */
  readonly backoff?: BackoffOptions | undefined
  /**
   * Each object is reconciled at the latest this many milliseconds after its last reconcile, though nothing changed. That of
   * the manager by default.
   */
  readonly resyncMs?: number | undefined
}

/**
 * A controller as data: what it reconciles, after which changes, and how. A manager runs it.
 *
 * @category Manager
 */
export interface Controller extends ControllerOptions<TypeRef> {
  readonly name: string
  readonly reconcile: Reconcile
  readonly owns: readonly TypeRef[]
  readonly watches: readonly (WatchSource & { readonly type: TypeRef })[]
  readonly indexes: readonly (IndexRequest & { readonly type: TypeRef })[]
}

/**
 * Describes a controller, in the terms of controller-runtime. Throws `model/invalid` for an unknown kind name.
 *
 * @example
 * ```ts
 * import { controller } from 'fleetkit'
 *
 * export const mirror = controller({
 *   for: { apiVersion: 'example.com/v1', kind: 'Mirror' },
 *   owns: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
 *   async reconcile({ ref, object }, { store, signal, logger }) {
 *     if (object === undefined) return
 *     const copy = await store.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ref.namespace, name: ref.name }, { signal })
 *     logger.info('looked', { found: copy !== undefined })
 *     return { requeueAfterMs: 60_000 }
 *   },
 * })
 * ```
 *
 * @category Manager
 */
export function controller<const For extends FleetKind | TypeRef>(options: ControllerOptions<For>): Controller {
  const type = typeOf(options.for)
  if (typeof options.reconcile !== 'function')
    throw new FleetkitError('model/invalid', `the controller of ${type.kind} has no reconcile function`, {
      problems: [{ path: 'reconcile', found: typeof options.reconcile, accepted: 'a function' }],
    })
  return Object.freeze({
    ...options,
    reconcile: decoded(options),
    name: options.name ?? type.kind.toLowerCase(),
    for: type,
    owns: (options.owns ?? []).map(typeOf),
    watches: (options.watches ?? []).map((source) => ({ ...source, type: typeOf(source.type) })),
    indexes: (options.indexes ?? []).map((index) => ({ ...index, type: typeOf(index.type) })),
  })
}

/** A reconcile that is given objects as its kind has them, for a kind with a schema. */
function decoded<For extends FleetKind | TypeRef>({ for: type, reconcile }: ControllerOptions<For>): Reconcile {
  const plain = reconcile as Reconcile
  const kind = typeof type === 'string' ? kinds[type as FleetKind] : (type as TypeRef & Partial<KindDefinition>)
  // Anything with apiVersion and kind names a type; what is listed under a plural is a whole definition.
  if (kind.plural === undefined) return plain
  return (request, context) => {
    const { object } = request
    return plain(object === undefined ? request : { ...request, object: decode(kind as KindDefinition, object) }, context)
  }
}

function decode(kind: KindDefinition, object: KubeObject): KubeObject {
  try {
    return typedObject(kind, object)
  } catch (error) {
    if (object.metadata.deletionTimestamp !== undefined) return object
    throw terminal(error)
  }
}

/**
 * Lets through what changes the specification, and the beginning of a deletion, but not a write of the status.
 * Changes of labels and annotations do not count either (controller-runtime, `predicate.GenerationChangedPredicate`). A server that was restored gives a generation again: another
 * specification under the same one counts.
 *
 * @category Manager
 */
export function generationChanged({ type, object, previous }: Change): boolean {
  return type !== 'MODIFIED' || !isSameSpec(object, previous)
}

/** Lets through what changes one of these annotations: what people ask of an object by them. */
export function annotationsChanged(...names: readonly string[]): Predicate {
  return ({ object, previous }) => names.some((name) => object.metadata.annotations?.[name] !== previous?.metadata.annotations?.[name])
}
