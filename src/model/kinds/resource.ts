import { Immer } from 'immer'
import { deepFreeze } from '../deep-freeze.ts'
import { FleetkitError, hasCode } from '../errors/error.ts'
import { invalid } from '../errors/invalid.ts'
import { describeValue, type Problem } from '../errors/problem.ts'
import { jsonCopy } from '../json/parse-json.ts'
import type { KubeObject, ObjectMeta } from '../object.ts'
import { type ObjectRef, refOf } from '../reference.ts'
import { validate, withDefaults } from '../schema/validate.ts'
import { parseYaml } from '../yaml/yaml.ts'
import type { KindDefinition } from './kind.ts'
import type { NamespacedMeta } from './metadata.ts'
import { metadataProblems, namespaceOf } from './metadata.ts'

/**
 * What a {@link Resource} is made from. For a kind that is namespaced, `metadata.namespace` is `default` when absent.
 *
 * @category Objects
 */
export interface ResourceInput<SpecInput, Status> {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly metadata: ObjectMeta
  readonly spec: SpecInput
  readonly status?: Status | undefined
}

/**
 * `T` without `readonly`, at every depth: what a recipe of `with` may change.
 *
 * @category Objects
 */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Draft<T[Key]> }
    : T

// An instance of our own: the global one has settings that other users of immer in the process can change.
const immer: Immer = new Immer({ autoFreeze: true })

/**
 * What the objects of this library have in common: a frozen value with a name, that is valid from the moment it exists.
 *
 * @category Objects
 */
export abstract class Resource<
  Kind extends string,
  Spec extends object,
  Status extends object,
  /** What a recipe of `with` is given. */
  Changeable = Draft<{ metadata: ObjectMeta; spec: Spec }>,
  /** `ObjectMeta` for a kind that belongs to the whole cluster. */
  Meta extends ObjectMeta = NamespacedMeta,
> {
  readonly apiVersion: string
  readonly kind: Kind
  readonly metadata: Meta
  readonly spec: Spec
  readonly status: Status | undefined

  /**
   * @param problemsOf - what its schema cannot say; called only when the schema is satisfied
   * @throws {@link FleetkitError} `model/invalid` with every problem
   */
  protected constructor(
    definition: KindDefinition,
    input: ResourceInput<unknown, Status>,
    problemsOf: (metadata: ObjectMeta, spec: Spec) => readonly Problem[],
  ) {
    let problems = shapeProblems(definition, input)
    if (problems.length === 0) problems = problemsOf(input.metadata, input.spec as Spec)
    if (problems.length > 0) throw invalid(refOfInput(definition, input), problems)
    const { metadata, spec, status } = jsonCopy({ metadata: input.metadata, spec: input.spec, status: input.status })
    this.apiVersion = definition.apiVersion
    this.kind = definition.kind as Kind
    this.metadata = deepFreeze({ ...metadata, ...namespaceOf(definition, metadata) }) as Meta
    this.spec = deepFreeze(withDefaults(definition.spec, spec) as Spec)
    this.status = deepFreeze(status)
    Object.freeze(this)
  }

  /** A copy, changed by `recipe` and validated again. */
  with(recipe: (draft: Changeable) => void): this {
    const base = { metadata: this.metadata, spec: this.spec }
    const changed = immer.produce(base, (draft) => recipe(draft as Changeable))
    const Class = this.constructor as new (input: ResourceInput<Spec, Status>) => this
    return new Class({ ...changed, status: this.status })
  }

  /** The reference to this object. */
  get ref(): ObjectRef {
    return refOf(this.toObject())
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

/** What the text of exactly one YAML or JSON document says. `model/yaml` when it cannot be read. */
export function parseDocument(text: string, options: { readonly origin?: string }): unknown {
  const documents = parseYaml(text, options)
  if (documents.length !== 1) {
    throw new FleetkitError('model/invalid', `${options.origin ?? 'the text'}: found ${documents.length} documents, accepted exactly one`)
  }
  return documents[0]?.value
}

/** A problem for each dependency of an object that is the object itself. */
export function selfDependencies(
  kind: string,
  metadata: ObjectMeta,
  dependsOn: readonly { readonly kind?: string | undefined; readonly name: string; readonly namespace?: string | undefined }[] = [],
): readonly Problem[] {
  const namespace = metadata.namespace ?? 'default'
  return dependsOn.flatMap((dependency, index) =>
    (dependency.kind ?? kind) === kind && dependency.name === metadata.name && (dependency.namespace ?? namespace) === namespace
      ? [{ path: `spec.dependsOn[${index}]`, found: `this ${kind} itself`, accepted: `another ${kind}` }]
      : [],
  )
}

function shapeProblems(definition: KindDefinition, input: ResourceInput<unknown, unknown>): readonly Problem[] {
  if (typeof input !== 'object' || input === null)
    return [{ path: definition.singular, found: describeValue(input), accepted: 'an object with metadata and spec' }]
  const problems: Problem[] = []
  for (const field of ['apiVersion', 'kind'] as const) {
    const accepted = definition[field]
    if (input[field] !== undefined && input[field] !== accepted)
      problems.push({ path: field, found: describeValue(input[field]), accepted })
  }
  return [...problems, ...metadataProblems(definition, input.metadata), ...validate(definition.spec, input.spec, 'spec')]
}

/** The reference to what was given, as far as it names itself. */
function refOfInput(definition: KindDefinition, input: ResourceInput<unknown, unknown>): ObjectRef {
  const name = typeof input?.metadata?.name === 'string' ? input.metadata.name : '(unnamed)'
  const { apiVersion, kind, scope } = definition
  if (scope === 'Cluster') return { apiVersion, kind, name }
  const namespace = typeof input?.metadata?.namespace === 'string' ? input.metadata.namespace : 'default'
  return { apiVersion, kind, namespace, name }
}

/** What is wrong with a value that another one holds in a field, whose path is put before. */
export function problemsWithin(path: string, make: () => unknown): readonly Problem[] {
  try {
    make()
    return []
  } catch (error) {
    if (!hasCode(error, 'model/invalid')) throw error
    return error.problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }))
  }
}
