import { flag } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'
import { jsonPointerPattern } from '../target/json-pointer.ts'

/** How long a value can be, in characters: values stand in what each cluster is assigned. */
export const maxValueLength = 4096

const value: Schema = { type: 'string', maxLength: maxValueLength }
const part = (maxLength: number, accepts?: string): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  ...(accepts === undefined ? {} : { pattern: '^[^/%]+$', accepts }),
})

/** A field of an object, and of which type its value is. */
const field: Readonly<Record<string, Schema>> = {
  pointer: {
    type: 'string',
    minLength: 1,
    maxLength: 1024,
    pattern: jsonPointerPattern,
    accepts: 'a JSON pointer such as /metadata/labels/region, with ~1 for a / and ~0 for a ~ in a name',
  },
  type: { type: 'string', enum: ['string', 'integer', 'number', 'boolean'], default: 'string' },
}

const objectName = 'at most 253 characters without / and %, in which $(name) stands for the value of another parameter'

/** The schema of parameters: values, and what they are bound to. */
export const parametersSchema: Schema = {
  type: 'array',
  maxItems: 100,
  // Two of one name are refused by name, rather than by the server of a list map.
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    typeName: 'ModuleParameter',
    required: ['name'],
    exactlyOneOf: ['value', 'valueFrom'],
    properties: {
      name: {
        type: 'string',
        maxLength: 63,
        pattern: '^[_A-Za-z][_A-Za-z0-9]*$',
        accepts: 'at most 63 letters, digits and _, not beginning with a digit',
      },
      value,
      valueFrom: {
        type: 'object',
        typeName: 'ParameterSource',
        exactlyOneOf: ['clusterFieldRef', 'objectFieldRef'],
        properties: {
          clusterFieldRef: { type: 'object', typeName: 'ClusterFieldReference', required: ['pointer'], properties: field },
          objectFieldRef: {
            type: 'object',
            typeName: 'ObjectFieldReference',
            required: ['apiVersion', 'kind', 'name', 'pointer'],
            properties: {
              apiVersion: part(253),
              kind: part(63),
              name: part(253, objectName),
              namespace: part(253, objectName),
              ...field,
              evaluate: { type: 'string', enum: ['Upstream', 'Downstream'], default: 'Upstream' },
            },
          },
          default: value,
          optional: flag(),
        },
      },
    },
  },
}
