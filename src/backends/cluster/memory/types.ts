import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type TypeRef, typeKey } from '../../../model/reference.ts'
import { type Table, typeName } from '../../store/table.ts'
import { customTypes } from './custom-type.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { builtInTypes } from './type-table.ts'

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
    const key = typeKey(type)
    const builtIn = builtInTypes().get(key)
    if (builtIn !== undefined) return builtIn
    for (const definition of this.#table.scan(typeName(definitionType))) {
      const served = this.#typesOf(definition).find((candidate) => typeKey(candidate) === key)
      if (served !== undefined) return served
    }
    return undefined
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
