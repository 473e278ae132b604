import { customTypes } from '../../../manifest/types/custom-type.ts'
import type { ResourceSchema } from '../../../manifest/types/resource-schema.ts'
import { builtInTypes } from '../../../manifest/types/type-table.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type GroupKind, groupKindOf, groupOf, type TypeRef, typeKey, versionOf } from '../../../model/reference.ts'
import { type Table, typeName } from '../../store/table.ts'

/** Where definitions lie. */
const definitionType: TypeRef = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }

/** What the cluster serves: the built-in types, and those of the definitions that it holds. */
export class Types {
  readonly #table: Table
  readonly #defined = new WeakMap<object, readonly ResourceSchema[]>()

  constructor(table: Table) {
    this.#table = table
  }

  find(type: TypeRef): ResourceSchema | undefined {
    return builtInTypes().get(typeKey(type)) ?? this.versionsOf(type).find(({ apiVersion }) => apiVersion === type.apiVersion)
  }

  /** The kind in each API version that is served, the preferred one first. */
  versionsOf(type: TypeRef | GroupKind): readonly ResourceSchema[] {
    const group = 'group' in type ? type.group : groupOf(type.apiVersion)
    return byPreference(this.#served().filter((served) => served.kind === type.kind && groupOf(served.apiVersion) === group))
  }

  /** The API versions of every kind, as {@link versionsOf} has them. */
  kinds(): readonly (readonly ResourceSchema[])[] {
    return [...Map.groupBy(this.#served(), groupKindOf).values()].map(byPreference)
  }

  #served(): readonly ResourceSchema[] {
    const definitions = [...this.#table.scan(typeName(definitionType))]
    return [...builtInTypes().values(), ...definitions.flatMap((definition) => this.#typesOf(definition))]
  }

  /** `cluster/unknown-kind` when it is not served. */
  get(type: TypeRef): ResourceSchema {
    const served = this.find(type)
    if (served === undefined) throw new FleetkitError('cluster/unknown-kind', `the cluster serves no ${type.kind} of ${type.apiVersion}`)
    return served
  }

  #typesOf(definition: KubeObject): readonly ResourceSchema[] {
    const spec = definition.spec as object
    const known = this.#defined.get(spec) ?? customTypes(definition)
    this.#defined.set(spec, known)
    return known
  }
}

function byPreference(versions: readonly ResourceSchema[]): readonly ResourceSchema[] {
  return versions.toSorted((a, b) => preference(b) - preference(a))
}

/** How much an API server prefers a version: stable, beta, alpha, of each the newest; then other names. */
function preference({ apiVersion }: TypeRef): number {
  const [, major, level, minor = ''] = /^v(\d+)(?:(alpha|beta)(\d*))?$/.exec(versionOf(apiVersion)) ?? []
  return ['alpha', 'beta', undefined].indexOf(level) * 1e6 + Number(major) * 1e3 + Number(minor) || -1
}
