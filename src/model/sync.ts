import { Immer } from 'immer'
import { FleetkitError, formatProblem, type Problem } from './error.ts'
import { syncKind } from './kinds.ts'
import { isDnsLabel, labelNameAccepted, maxSyncNameLength, validateLabels } from './names.ts'
import type { KubeObject, ObjectMeta } from './object.ts'
import type { ObjectRef } from './reference.ts'
import type { SyncSpec, SyncSpecInput, SyncStatus } from './sync-types.ts'
import { describeValue, validate, withDefaults } from './validate.ts'
import { parseYaml } from './yaml.ts'

/** What a {@link Sync} is made from. `metadata.namespace` is `default` when absent. */
export interface SyncInit {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly metadata: ObjectMeta
  readonly spec: SyncSpecInput
  readonly status?: SyncStatus | undefined
}

/** `T` without `readonly`, at every depth: what a recipe of `with` may change. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Draft<T[Key]> }
    : T

// An instance of our own: the global one has settings that other users of immer in the process can change.
const immer: Immer = new Immer({ autoFreeze: true })

/**
 * Applies the configuration of one exact version of one source to this cluster. A frozen value: it is valid from the
 * moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Sync } from 'fleetkit'
 *
 * const sync = new Sync({
 *   metadata: { name: 'podinfo', namespace: 'apps' },
 *   spec: {
 *     source: { git: { url: 'https://example.com/podinfo.git', tag: '6.9.2' } },
 *     path: './kustomize',
 *     prune: true,
 *   },
 * })
 * const next = sync.with((draft) => { draft.spec.source.git.tag = '6.9.3' })
 * console.log(next.spec.interval) // 10m
 * ```
 */
export class Sync {
  readonly apiVersion: string = syncKind.apiVersion
  readonly kind = 'Sync'
  readonly metadata: ObjectMeta & { readonly namespace: string }
  readonly spec: SyncSpec
  readonly status: SyncStatus | undefined

  constructor(init: SyncInit) {
    const problems = problemsOf(init)
    if (problems.length > 0) throw invalid(init, problems)
    const { metadata, spec, status } = structuredClone({ metadata: init.metadata, spec: init.spec, status: init.status })
    this.metadata = deepFreeze({ ...metadata, namespace: metadata.namespace ?? 'default' })
    this.spec = deepFreeze(withDefaults(syncKind.spec, spec) as SyncSpec)
    this.status = deepFreeze(status)
    Object.freeze(this)
  }

  /** A Sync from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Sync {
    const documents = parseYaml(text, options)
    if (documents.length !== 1) {
      throw new FleetkitError('model/invalid', `${options.origin ?? 'the text'}: found ${documents.length} documents, accepted exactly one`)
    }
    return new Sync(documents[0]?.value as unknown as SyncInit)
  }

  /** A Sync from an object of a store. */
  static from(object: KubeObject): Sync {
    return new Sync(object as unknown as SyncInit)
  }

  /** A copy, changed by `recipe` and validated again. */
  with(recipe: (draft: Draft<{ metadata: ObjectMeta; spec: SyncSpec }>) => void): Sync {
    const base = { metadata: this.metadata as ObjectMeta, spec: this.spec }
    const changed = immer.produce(base, (draft) => recipe(draft as Draft<typeof base>))
    return new Sync({ ...changed, status: this.status })
  }

  /** The reference to this Sync. */
  get ref(): ObjectRef {
    return { apiVersion: this.apiVersion, kind: this.kind, namespace: this.metadata.namespace, name: this.metadata.name }
  }

  /** The plain object, as stores take it. */
  toObject(): KubeObject {
    const { apiVersion, kind, metadata, spec, status } = this
    return status === undefined ? { apiVersion, kind, metadata, spec } : { apiVersion, kind, metadata, spec, status }
  }

  /** What `JSON.stringify` writes. */
  toJSON(): KubeObject {
    return this.toObject()
  }
}

function problemsOf(init: SyncInit): readonly Problem[] {
  if (typeof init !== 'object' || init === null)
    return [{ path: 'sync', found: describeValue(init), accepted: 'an object with metadata and spec' }]
  const problems: Problem[] = []
  const fixed = (path: 'apiVersion' | 'kind', accepted: string): void => {
    if (init[path] !== undefined && init[path] !== accepted) problems.push({ path, found: describeValue(init[path]), accepted })
  }
  fixed('apiVersion', syncKind.apiVersion)
  fixed('kind', syncKind.kind)
  problems.push(...metadataProblems(init.metadata), ...validate(syncKind.spec, init.spec, 'spec'))
  if (problems.length > 0) return problems
  return dependencyProblems(init)
}

function metadataProblems(metadata: ObjectMeta): readonly Problem[] {
  if (typeof metadata !== 'object' || metadata === null)
    return [{ path: 'metadata', found: describeValue(metadata), accepted: 'an object with name' }]
  const problems: Problem[] = []
  const label = (path: string, value: unknown): void => {
    if (typeof value !== 'string' || !isDnsLabel(value)) problems.push({ path, found: describeValue(value), accepted: labelNameAccepted })
  }
  label('metadata.name', metadata.name)
  if (typeof metadata.name === 'string' && metadata.name.length > maxSyncNameLength) {
    problems.push({ path: 'metadata.name', found: `${metadata.name.length} characters`, accepted: `at most ${maxSyncNameLength}` })
  }
  if (metadata.namespace !== undefined) label('metadata.namespace', metadata.namespace)
  return [...problems, ...validateLabels(metadata.labels ?? {}, 'metadata.labels')]
}

function dependencyProblems({ metadata, spec }: SyncInit): readonly Problem[] {
  const namespace = metadata.namespace ?? 'default'
  return (spec.dependsOn ?? []).flatMap((dependency, index) =>
    dependency.name === metadata.name && (dependency.namespace ?? namespace) === namespace
      ? [{ path: `spec.dependsOn[${index}]`, found: 'this Sync itself', accepted: 'another Sync' }]
      : [],
  )
}

function invalid(init: SyncInit, problems: readonly Problem[]): FleetkitError {
  const name = typeof init?.metadata?.name === 'string' ? init.metadata.name : '(unnamed)'
  const namespace = typeof init?.metadata?.namespace === 'string' ? init.metadata.namespace : 'default'
  return new FleetkitError('model/invalid', problems.map(formatProblem).join('; '), {
    ref: { apiVersion: syncKind.apiVersion, kind: 'Sync', namespace, name },
    problems,
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const field of Object.values(value)) deepFreeze(field)
  return Object.freeze(value)
}
