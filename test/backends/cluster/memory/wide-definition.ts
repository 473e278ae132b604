import type { KubeObject } from 'fleetkit'
import { definition } from '../../../internals.ts'

const text = { type: 'string' }
const texts = { type: 'object', additionalProperties: text }
const more = {
  struct: { type: 'object', properties: { a: text, b: text, inner: { type: 'object', properties: { x: text, y: text } } } },
  nested: { type: 'object', additionalProperties: texts },
  items: {
    type: 'array',
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: text, parts: texts, tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' } },
    },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  },
  maybe: { ...texts, nullable: true },
  given: { ...texts, default: { d: 'x' } },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
}

/** The definition of the conformance suite, with a field for every way in which null and empty values are stored. */
export function wideDefinition(group: string): KubeObject {
  const wide = structuredClone(definition(group)) as unknown as {
    spec: { versions: [{ schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }] }
  }
  Object.assign(wide.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties, more)
  return wide as unknown as KubeObject
}
