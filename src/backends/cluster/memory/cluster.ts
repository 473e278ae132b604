import { clearsManagedFields } from '../../../manifest/fields/managers.ts'
import { customTypes } from '../../../manifest/types/custom-type.ts'
import { hasAnyName } from '../../../manifest/types/kind-rules.ts'
import type { ResourceSchema } from '../../../manifest/types/resource-schema.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { formatProblem } from '../../../model/errors/problem.ts'
import { fieldManagerProblem } from '../../../model/field-manager.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type GroupKind, groupOf, isDefinition, type ObjectRef, refOf, type TypeRef } from '../../../model/reference.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import type { ApplyOptions, ApplyResult, IssuedToken, ResourceType, TokenOptions, WriteOptions } from '../../../ports/cluster.ts'
import type { CallOptions, DeleteOptions } from '../../../ports/store.ts'
import { historyLength } from '../../store/history.ts'
import type { Snapshot } from '../../store/memory/table.ts'
import { type CommitOptions, ObjectStore } from '../../store/object-store.ts'
import { decideCreate, decideUpdate, type Outcome, settle, type WriteContext } from '../../store/rules.ts'
import { typeName } from '../../store/table.ts'
import { validateNewObject, validateObject } from '../../store/validate.ts'
import { Admission, type Writing } from './admission.ts'
import { ClusterTable } from './cluster-table.ts'
import type { ClusterBackup, RestorableCluster } from './restorable.ts'
import { Types } from './types.ts'
import { unsignedToken } from './unsigned-token.ts'

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']
/** Namespaces that are there from the start and cannot be deleted. */
const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

/** The finalizers that keep an object until what belongs to it is deleted. */
const foreground = 'foregroundDeletion'
const namespaceContent = 'kubernetes'
const definedObjects = 'customresourcecleanup.apiextensions.k8s.io'
const holds: readonly string[] = [foreground, namespaceContent, definedObjects]

/** Kinds whose dependents stay unless it is said otherwise (registry, `DefaultGarbageCollectionPolicy`). */
const orphans: ReadonlySet<string> = new Set(['|ReplicationController', 'batch|Job'])

/** Options of `memoryCluster`. */
export interface MemoryClusterOptions {
  /** For timestamps and leases. The system clock when absent. */
  readonly clock?: Clock | undefined
  /** How many of the last writes are remembered at least, for watches and later pages. 10,000 when absent. */
  readonly history?: number | undefined
  /** Makes the uid of a new object. Random when absent; give a counter for runs that repeat exactly. */
  readonly uid?: (() => string) | undefined
  /** The manager of creates and updates that name none. `fleetkit` when absent. */
  readonly fieldManager?: string | undefined
}

/** A cluster in memory: the rules of the store with the admission of an API server, server-side apply, and garbage collection. */
export class MemoryCluster extends ObjectStore implements RestorableCluster {
  readonly #cluster: ClusterTable
  readonly #types: Types
  readonly #admission: Admission
  readonly #uid: () => string
  readonly #fieldManager: string
  /** Objects that are being deleted and wait for what belongs to them. */
  readonly #held = new Map<string, ObjectRef>()

  constructor({ clock = systemClock, history, uid = () => crypto.randomUUID(), fieldManager = 'fleetkit' }: MemoryClusterOptions) {
    const table = new ClusterTable(historyLength(history))
    const types = new Types(table)
    const admission = new Admission({ table, types, clock, uid })
    const traits = (type: TypeRef) => {
      const served = types.get(type)
      return { ...served, anyName: served.builtIn && hasAnyName(type) }
    }
    super({ table, clock, uid, traits })
    this.#cluster = table
    this.#types = types
    this.#admission = admission
    this.#uid = uid
    this.#fieldManager = fieldManager
    for (const name of initialNamespaces)
      this.write({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, (current, context) =>
        admission.apply(
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
          current,
          { manager: 'kube-apiserver', force: true },
          context,
        ),
      )
  }

  override async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const turn = this.turn()
    if (turn !== undefined) await turn
    return this.#admitted(validateNewObject(object), options, (input, current, context) =>
      decideCreate(input, current, this.#uid(), context),
    )
  }

  override async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const turn = this.turn()
    if (turn !== undefined) await turn
    const cleared = { ...options, clearsOwners: clearsManagedFields(object) }
    return this.#admitted(validateObject(object), cleared, (input, current, context) =>
      decideUpdate(input, current, options.subresource, context),
    )
  }

  backUp(): ClusterBackup {
    return this.#cluster.snapshot()
  }

  restore(backup: ClusterBackup): void {
    const snapshot = backup as Snapshot
    this.#cluster.restore(snapshot)
    this.#held.clear()
    for (const { object } of snapshot.objects)
      if (object.metadata.deletionTimestamp !== undefined) this.#held.set(object.metadata.uid as string, refOf(object))
    this.wake()
  }

  async apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    throwIfAborted(options.signal)
    throwIfAborted(options.lease?.signal)
    this.#managerOf(options.fieldManager)
    const results: ApplyResult[] = new Array(objects.length)
    // Definitions first, so that their objects can be in the same call.
    const order = [...objects.keys()].sort((a, b) => Number(goesFirst(objects[b])) - Number(goesFirst(objects[a])))
    for (const index of order) {
      const turn = this.turn()
      if (turn !== undefined) await turn
      results[index] = this.#applyOne(objects[index] as KubeObject, options)
    }
    return results
  }

  async discover(type: TypeRef | GroupKind, { signal }: CallOptions = {}): Promise<ResourceType | undefined> {
    throwIfAborted(signal)
    const versions = this.#types.versionsOf(type)
    const found = versions.find(({ apiVersion }) => 'group' in type || apiVersion === type.apiVersion)
    return found && resourceType(found, versions)
  }

  async types({ signal }: CallOptions = {}): Promise<readonly ResourceType[]> {
    throwIfAborted(signal)
    return this.#types.kinds().map((versions) => resourceType(versions[0] as ResourceSchema, versions))
  }

  /** One that looks as a server's does, and is not signed: nothing asks for it here. */
  async createToken({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>, options: TokenOptions): Promise<IssuedToken> {
    const ref: ObjectRef = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }
    if ((await this.get(ref, options)) === undefined) throw new FleetkitError('store/not-found', 'there is no such ServiceAccount', { ref })
    return unsignedToken(ref, options.expirationSeconds, this.clock.now(), this.#uid())
  }

  override write(
    object: KubeObject,
    decide: (current: KubeObject | undefined, context: WriteContext) => Outcome,
    options?: CommitOptions,
  ): Outcome {
    const outcome = super.write(object, (current, context) => asServer(() => decide(current, context)), options)
    if (outcome.kind === 'removed' && options?.dryRun !== true) void this.#collect(outcome.object)
    return outcome
  }

  override async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    if (ref.kind === 'Namespace' && groupOf(ref.apiVersion) === '' && initialNamespaces.includes(ref.name))
      throw new FleetkitError('cluster/forbidden', 'this namespace may not be deleted', { ref })
    const current = await this.get(ref, options)
    const { propagation = orphans.has(typeName(ref)) ? 'Orphan' : undefined } = options
    if (current !== undefined && propagation === 'Orphan') this.#orphan(current)
    const hold = holdOf(ref, options)
    const held =
      current !== undefined &&
      current.metadata.deletionTimestamp === undefined &&
      hold !== undefined &&
      this.#contentsOf(current, hold).length > 0
    if (held) this.#finalize(current, (finalizers) => [...finalizers, hold], options)
    await super.delete(ref, held ? { ...options, resourceVersion: undefined } : options)
    if (current === undefined) return undefined
    if (held) this.#held.set(current.metadata.uid as string, ref)
    if (hold === namespaceContent) this.#terminate(current)
    await this.#collect(current)
    return this.#current(current)
  }

  /** A create or an update, as it is admitted. */
  #admitted(
    object: KubeObject,
    { signal, lease, dryRun, fieldManager = this.#fieldManager, ...options }: WriteOptions & Pick<Writing, 'clearsOwners'>,
    decide: (input: KubeObject, current: KubeObject | undefined, context: WriteContext) => Outcome,
  ): KubeObject {
    throwIfAborted(signal)
    throwIfAborted(lease?.signal)
    const writing = { ...options, manager: this.#managerOf(fieldManager) }
    const admit: WriteContext['admit'] = (next, request) => this.#admission.admit(next, request, writing)
    const decideDecoded = (current: KubeObject | undefined, context: WriteContext): Outcome =>
      decide(this.#admission.decode(object, writing), current, { ...context, admit })
    return this.write(object, decideDecoded, { dryRun, lease }).object
  }

  #managerOf(fieldManager: string): string {
    const problem = fieldManagerProblem(fieldManager)
    if (problem !== undefined) throw invalid(undefined, [problem])
    return fieldManager
  }

  #applyOne(object: KubeObject, { fieldManager: manager, force = false, dryRun, lease, ...options }: ApplyOptions): ApplyResult {
    const ref = refOf({ ...object, metadata: object?.metadata ?? {} })
    try {
      const config = validateObject(object)
      let created = false
      const outcome = this.write(
        config,
        (current, context) => {
          created = current === undefined
          return this.#admission.apply(config, current, { ...options, manager, force }, context)
        },
        { dryRun, lease },
      )
      return { ref: refOf(config), object: outcome.object, created }
    } catch (error) {
      if (error instanceof FleetkitError && !hasCode(error, 'closed', 'store/lease-lost')) return { ref, error }
      throw error
    }
  }

  /** Deletes what belonged to a removed object, and finishes the deletions that waited for it. */
  async #collect(removed: KubeObject): Promise<void> {
    if (this.#current(removed) === undefined)
      for (const dependent of this.#cluster.dependentsOf(removed.metadata.uid as string))
        if (!(dependent.metadata.ownerReferences ?? []).some((owner) => this.#exists(owner, dependent)))
          await this.#deleteIfThere(dependent)
    for (const [uid, ref] of this.#held) {
      const object = this.#cluster.get(typeName(ref), ref.namespace ?? '', ref.name)
      const hold = object?.metadata.finalizers?.find((finalizer) => holds.includes(finalizer))
      if (object === undefined || object.metadata.uid !== uid || hold === undefined) {
        this.#held.delete(uid)
        continue
      }
      for (const content of this.#contentsOf(object, hold)) await this.#deleteIfThere(content)
      if (this.#contentsOf(object, hold).length > 0 || !this.#held.delete(uid)) continue
      this.#finalize(object, (finalizers) => finalizers.filter((finalizer) => finalizer !== hold))
    }
  }

  async #deleteIfThere(object: KubeObject): Promise<void> {
    const current = this.#current(object)
    if (current === undefined || current.metadata.deletionTimestamp !== undefined) return
    // The API version that it was written in may be served no more.
    const [{ apiVersion } = current] = this.#types.versionsOf(current)
    await this.delete({ ...refOf(current), apiVersion })
  }

  #current(object: KubeObject): KubeObject | undefined {
    const found = this.#cluster.get(typeName(object), object.metadata.namespace ?? '', object.metadata.name)
    return found?.metadata.uid === object.metadata.uid ? found : undefined
  }

  /** An owner is in the namespace of what it owns, or in none. */
  #exists(
    owner: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string },
    { metadata }: KubeObject,
  ): boolean {
    return ['', metadata.namespace ?? ''].some(
      (namespace) => this.#cluster.get(typeName(owner), namespace, owner.name)?.metadata.uid === owner.uid,
    )
  }

  #contentsOf(object: KubeObject, hold: string): readonly KubeObject[] {
    switch (hold) {
      case namespaceContent:
        return this.#cluster.inNamespace(object.metadata.name)
      case definedObjects:
        return customTypes(object).flatMap((type) => [...this.#cluster.scan(typeName(type))])
      default:
        return this.#cluster.dependentsOf(object.metadata.uid as string)
    }
  }

  /** A namespace that is being deleted says so. */
  #terminate(namespace: KubeObject): void {
    if (this.#current(namespace) === undefined) return
    this.write(namespace, (current, { traits }) => {
      const object = current ?? namespace
      return settle({ ...object, status: { ...(object.status as object), phase: 'Terminating' } }, object, traits)
    })
  }

  #orphan(owner: KubeObject): void {
    for (const dependent of this.#cluster.dependentsOf(owner.metadata.uid as string))
      this.write(dependent, (current, { traits }) => {
        const object = current ?? dependent
        const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid)
        const { ownerReferences: _, ...metadata } = object.metadata
        return settle({ ...object, metadata: ownerReferences.length === 0 ? metadata : { ...metadata, ownerReferences } }, object, traits)
      })
  }

  #finalize(object: KubeObject, change: (finalizers: readonly string[]) => readonly string[], given: DeleteOptions = {}): void {
    this.write(object, (current, { traits }) => {
      const { uid, resourceVersion } = given
      const before = current ?? object
      if (
        (uid ?? before.metadata.uid) !== before.metadata.uid ||
        (resourceVersion ?? before.metadata.resourceVersion) !== before.metadata.resourceVersion
      )
        throw new FleetkitError('store/conflict', 'its resourceVersion or uid is another', { ref: refOf(object) })
      return settle({ ...before, metadata: { ...before.metadata, finalizers: change(before.metadata.finalizers ?? []) } }, before, traits)
    })
  }
}

/** What is `model/invalid` in a store is `cluster/invalid` in an API server. */
function asServer<T>(decide: () => T): T {
  try {
    return decide()
  } catch (error) {
    if (!hasCode(error, 'model/invalid')) throw error
    const problems = error.problems.map((problem) => ({ cause: 'FieldValueInvalid', ...problem }))
    throw new FleetkitError('cluster/invalid', problems.map(formatProblem).join('; '), { ref: error.ref, reason: 'Invalid', problems })
  }
}

/** Whether an object is a definition. Nothing is known of it yet: it may be no object at all. */
function goesFirst(object: KubeObject | undefined): boolean {
  return typeof object?.apiVersion === 'string' && isDefinition(object)
}

function holdOf(ref: ObjectRef, { propagation }: DeleteOptions): string | undefined {
  if (ref.kind === 'Namespace' && groupOf(ref.apiVersion) === '') return namespaceContent
  if (isDefinition(ref)) return definedObjects
  return propagation === 'Foreground' ? foreground : undefined
}

function resourceType({ apiVersion, kind, plural, namespaced }: ResourceSchema, versions: readonly ResourceSchema[]): ResourceType {
  return { apiVersion, kind, plural, namespaced, verbs, apiVersions: versions.map((version) => version.apiVersion) }
}
