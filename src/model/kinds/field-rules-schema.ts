import { text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'
import { jsonPointerPattern } from '../target/json-pointer.ts'

const maxRules = 50

const pattern = (what: string): Schema => ({ ...text(`${what}: a regular expression of the whole text.`), maxLength: 256 })
const selector = (what: string): Schema => ({ ...text(`${what}, as kubectl takes it: app=web,tier in (a,b).`), maxLength: 1024 })

const target: Schema = {
  type: 'object',
  typeName: 'FieldRuleTarget',
  description: 'The objects of the source that a rule is about, as in Flux. All parts must hold; all objects when there is none.',
  properties: {
    group: pattern('API group'),
    version: pattern('API version without the group'),
    kind: pattern('Kind'),
    name: pattern('Name'),
    namespace: pattern('Namespace'),
    labelSelector: selector('Selects by labels'),
    annotationSelector: selector('Selects by annotations'),
  },
}

const paths: Schema = {
  type: 'array',
  description: 'JSON pointers (RFC 6901) to the fields and all below them. Positions in lists are those in the source.',
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

const rules = (items: Schema, description: string): Schema => ({
  type: 'array',
  description,
  maxItems: maxRules,
  'x-kubernetes-list-type': 'atomic',
  items,
})

/** Which fields are left as they are in the cluster, and who wins where two managers want one field. See docs/drift.md. */
export const fieldRules: Readonly<Record<string, Schema>> = {
  ignore: rules(
    {
      type: 'object',
      typeName: 'IgnoreRule',
      description: 'Fields that are left as they are in the cluster, once the object exists.',
      required: ['paths'],
      properties: { paths, target },
    },
    'Fields that are left as they are in the cluster, as in Flux: no drift, and never written over.',
  ),
  conflicts: rules(
    {
      type: 'object',
      typeName: 'ConflictRule',
      description: 'Who wins where another manager owns a field and has another value for it.',
      required: ['action'],
      properties: {
        action: {
          type: 'string',
          description:
            'The value of the source is forced (Force), the live value is taken into what is applied (Adopt), the field is left out of what is applied (Strip), or the object is refused (Refuse).',
          enum: ['Force', 'Adopt', 'Strip', 'Refuse'],
        },
        managers: {
          type: 'array',
          description: 'Names of the other managers: regular expressions of the whole name. All when absent.',
          minItems: 1,
          maxItems: 20,
          'x-kubernetes-list-type': 'atomic',
          items: { type: 'string', minLength: 1, maxLength: 256 },
        },
        paths,
        target,
      },
    },
    'Who wins where another manager owns a field. The first rule that fits counts; forceConflicts otherwise.',
  ),
}
