import { text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'
import { jsonPointerPattern } from '../target/json-pointer.ts'

const maxRules = 50

const pattern: Schema = { ...text(), maxLength: 256 }
const selector: Schema = { ...text(), maxLength: 1024 }

const target: Schema = {
  type: 'object',
  typeName: 'FieldRuleTarget',
  properties: {
    group: pattern,
    version: pattern,
    kind: pattern,
    name: pattern,
    namespace: pattern,
    labelSelector: selector,
    annotationSelector: selector,
  },
}

const paths: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'string',
    minLength: 1,
    maxLength: 1024,
    pattern: jsonPointerPattern,
    accepts: 'a JSON pointer such as /spec/replicas, with ~1 for a / and ~0 for a ~ in a name',
  },
}

const rules = (items: Schema): Schema => ({
  type: 'array',
  maxItems: maxRules,
  'x-kubernetes-list-type': 'atomic',
  items,
})

/** Which fields are left as they are in the cluster, and who wins where two managers want one field. See docs/drift.md. */
export const fieldRules: Readonly<Record<string, Schema>> = {
  ignore: rules({
    type: 'object',
    typeName: 'IgnoreRule',
    required: ['paths'],
    properties: { paths, target },
  }),
  conflicts: rules({
    type: 'object',
    typeName: 'ConflictRule',
    required: ['action'],
    properties: {
      action: {
        type: 'string',
        enum: ['Force', 'Adopt', 'Strip', 'Refuse'],
      },
      managers: {
        type: 'array',
        minItems: 1,
        maxItems: 20,
        'x-kubernetes-list-type': 'atomic',
        items: { type: 'string', minLength: 1, maxLength: 256 },
      },
      paths,
      target,
    },
  }),
}
