import { labelPattern, maxNameLength, maxSubdomainLength, subdomainPattern } from '../names.ts'
import type { JsonObject, KubeObject } from '../object.ts'
import { groupOf, versionOf } from '../reference.ts'
import type { Schema } from '../schema/schema.ts'
import type { KindDefinition } from './kind.ts'

/**
 * The CustomResourceDefinition of a kind: structural, with printer columns, the status subresource, and the rules
 * that a structural schema cannot say as CEL rules with the same words as our own validation.
 *
 * @example
 * ```ts
 * import { formatYaml } from 'fleetkit'
 * import { definitionOf, kinds } from 'fleetkit/kinds'
 *
 * for (const kind of Object.values(kinds)) console.log(formatYaml(definitionOf(kind)))
 * ```
 */
export function definitionOf(kind: KindDefinition): KubeObject & JsonObject {
  const group = groupOf(kind.apiVersion)
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      },
      versions: [
        {
          name: versionOf(kind.apiVersion),
          served: true,
          storage: true,
          subresources: { status: {} },
          ...(kind.columns.length > 0 ? { additionalPrinterColumns: kind.columns.map((column) => ({ ...column })) } : {}),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: kind.description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string', description: 'Version of the schema of this object.' },
                kind: { type: 'string', description: 'Kind of this object.' },
                metadata: { type: 'object', properties: { name: nameSchemas[kind.nameForm] } },
                spec: structural(kind.spec),
                status: structural(kind.status),
              },
            },
          },
        },
      ],
    },
  }
}

/**
 * The JSON Schema (draft 2020-12) of a whole object of a kind, for editors and other validators.
 */
export function jsonSchemaOf(kind: KindDefinition): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind.kind,
    description: kind.description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: kind.apiVersion },
      kind: { const: kind.kind },
      metadata: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, ...(kind.scope === 'Namespaced' ? { namespace: { type: 'string' } } : {}) },
      },
      spec: jsonSchema(kind.spec),
      status: jsonSchema(kind.status),
    },
    additionalProperties: false,
  }
}

const nameSchemas: Readonly<Record<KindDefinition['nameForm'], JsonObject>> = {
  label: { type: 'string', maxLength: maxNameLength, pattern: labelPattern },
  subdomain: { type: 'string', maxLength: maxSubdomainLength, pattern: subdomainPattern },
}

const ownKeywords: ReadonlySet<string> = new Set([
  'accepts',
  'minimumDuration',
  'transitionRules',
  'refused',
  'exactlyOneOf',
  'typeName',
  'extends',
  'properties',
  'additionalProperties',
  'items',
])

function structural(schema: Schema): JsonObject {
  const rules = rulesOf(schema)
  const { type, properties = {}, ...rest } = nested(schema, structural) as JsonObject & { type: string; properties?: JsonObject }
  // An API server keeps no empty list of properties.
  const fields = Object.keys(properties).length === 0 ? {} : { properties }
  const types =
    type === 'int-or-string' ? { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true } : { type }
  return { ...types, ...rest, ...fields, ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}) }
}

function jsonSchema(schema: Schema): JsonObject {
  const refused = Object.entries(schema.properties ?? {}).filter(([, field]) => field.refused !== undefined)
  const { type, properties, ...rest } = nested(schema, jsonSchema) as { type: string; properties?: JsonObject }
  const kept = Object.fromEntries(Object.entries(properties ?? {}).filter(([key]) => !refused.some(([other]) => other === key)))
  return {
    type: type === 'int-or-string' ? ['integer', 'string'] : type,
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-kubernetes-'))),
    ...(properties === undefined ? {} : { properties: kept }),
    ...(properties === undefined || schema['x-kubernetes-preserve-unknown-fields'] ? {} : { additionalProperties: false }),
    ...(schema.exactlyOneOf === undefined ? {} : { oneOf: schema.exactlyOneOf.map((key) => ({ required: [key] })) }),
  }
}

function nested(schema: Schema, convert: (schema: Schema) => JsonObject): JsonObject {
  const own = Object.fromEntries(Object.entries(schema).filter(([key]) => !ownKeywords.has(key))) as JsonObject
  return {
    ...own,
    ...(schema.properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(schema.properties).map(([key, field]) => [key, convert(field)])) }),
    ...(schema.additionalProperties === undefined ? {} : { additionalProperties: convert(schema.additionalProperties) }),
    ...(schema.items === undefined ? {} : { items: convert(schema.items) }),
  }
}

function rulesOf(schema: Schema): JsonObject[] {
  const refused = Object.entries(schema.properties ?? {}).flatMap(([key, field]) =>
    field.refused === undefined ? [] : [{ rule: `!has(self.${key})`, message: `${key} is not accepted: use ${field.refused}` }],
  )
  const { minimumDuration: shortest } = schema
  const duration =
    shortest === undefined ? [] : [{ rule: `duration(self) >= duration('${shortest}')`, message: `must be ${shortest} or longer` }]
  const rules = [...refused, ...duration, ...(schema.transitionRules ?? []).map((rule) => ({ ...rule }))]
  const choice = schema.exactlyOneOf
  if (choice === undefined) return rules
  const count = choice.map((key) => `(has(self.${key}) ? 1 : 0)`).join(' + ')
  return [...rules, { rule: `${count} == 1`, message: `exactly one of ${choice.join(', ')} is accepted` }]
}
