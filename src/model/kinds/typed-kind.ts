import { invalid } from '../errors/invalid.ts'
import type { KubeObject } from '../object.ts'
import { refOf } from '../reference.ts'
import type { Schema } from '../schema/schema.ts'
import type { SchemaValue } from '../schema/schema-value.ts'
import { validPart } from '../schema/valid-part.ts'
import { validate, withDefaults } from '../schema/validate.ts'
import type { KindDefinition } from './kind.ts'

/**
 * An object of a kind whose schema is known.
 *
 * @category Objects
 */
export interface TypedObject<Spec, Status> extends KubeObject {
  readonly spec: Spec
  /** What of the status is one. */
  readonly status?: Partial<Status> | undefined
}

/**
 * A kind whose objects have a type in TypeScript too.
 *
 * @category Objects
 */
export interface TypedKind<Spec, Status> extends KindDefinition {
  /** For the compiler alone; never there. */
  readonly '~types'?: { readonly spec: Spec; readonly status: Status }
}

/** What of a kind has to be said; the rest has a default. */
export type KindInput<SpecSchema extends Schema, StatusSchema extends Schema> = Pick<KindDefinition, 'apiVersion' | 'kind'> &
  Partial<Omit<KindDefinition, 'apiVersion' | 'kind' | 'spec' | 'status'>> & {
    readonly spec: SpecSchema
    readonly status?: StatusSchema | undefined
  }

const noStatus: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/**
 * A kind of your own, from which come its definition for the API server, its validation, and the type of its objects in a controller.
 * The plural is the name with an s, the scope a namespace, unless said otherwise.
 *
 * @example
 * ```ts
 * import { controller } from 'fleetkit'
 * import { defineKind } from 'fleetkit/kinds'
 *
 * const widget = defineKind({
 *   apiVersion: 'example.com/v1',
 *   kind: 'Widget',
 *   spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 0 }, color: { type: 'string', default: 'red' } } },
 * })
 * export const widgets = controller({
 *   for: widget,
 *   async reconcile({ object }, { logger }) {
 *     if (object !== undefined) logger.info('seen', { size: object.spec.size, color: object.spec.color })
 *   },
 * })
 * ```
 */
export function defineKind<const SpecSchema extends Schema, const StatusSchema extends Schema = Schema>(
  input: KindInput<SpecSchema, StatusSchema>,
): TypedKind<SchemaValue<SpecSchema>, SchemaValue<StatusSchema>> {
  const singular = input.singular ?? input.kind.toLowerCase()
  const defaults = {
    scope: 'Namespaced',
    nameForm: 'subdomain',
    plural: `${singular}s`,
    shortNames: [],
    description: '',
    columns: [],
  } as const
  return { ...defaults, ...input, singular, status: input.status ?? noStatus }
}

/**
 * An object as one of its kind, with its defaults filled in. A status that was edited by hand is taken as far as it is one.
 *
 * @throws FleetkitError `model/invalid` with every problem of the spec.
 */
export function typedObject<Spec, Status>(kind: TypedKind<Spec, Status>, object: KubeObject): TypedObject<Spec, Status> {
  const problems = validate(kind.spec, object.spec, 'spec')
  if (problems.length > 0) throw invalid(refOf(object), problems)
  const status = kind.status === noStatus ? object.status : validPart(kind.status, object.status)
  return { ...object, spec: withDefaults(kind.spec, object.spec) as Spec, status: status as Partial<Status> | undefined }
}
