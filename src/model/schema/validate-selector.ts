import type { Problem } from '../errors/problem.ts'
import { isLabelValue, isQualifiedName, keyAccepted, labelValueAccepted, validateLabels } from '../names.ts'
import type { Schema } from './schema.ts'
import { validate } from './validate.ts'

/** The schema of a {@link LabelSelector}. */
export const selectorSchema: Schema = {
  type: 'object',
  typeName: 'LabelSelector',
  properties: {
    matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        typeName: 'LabelExpression',
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string' },
          operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
          values: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
}

/**
 * Every problem of a label selector: its shape, and the rules of k8s.io/apimachinery for keys, values, and how many
 * values each operator takes.
 */
export function validateSelector(selector: unknown, path: string): readonly Problem[] {
  const shape = validate(selectorSchema, selector, path)
  if (shape.length > 0) return shape
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Readonly<Record<string, string>>
    matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[]
  }
  const expressions = matchExpressions.flatMap(({ key, operator, values = [] }, index): readonly Problem[] => {
    const at = `${path}.matchExpressions[${index}]`
    const problems: Problem[] = []
    if (!isQualifiedName(key)) problems.push({ path: `${at}.key`, found: `string ${JSON.stringify(key)}`, accepted: keyAccepted })
    const wantsValues = operator === 'In' || operator === 'NotIn'
    if (wantsValues !== values.length > 0) {
      problems.push({
        path: `${at}.values`,
        found: `${values.length} values`,
        accepted: wantsValues ? `at least one for ${operator}` : `none for ${operator}`,
      })
    }
    for (const [position, value] of values.entries()) {
      if (!isLabelValue(value))
        problems.push({ path: `${at}.values[${position}]`, found: `string ${JSON.stringify(value)}`, accepted: labelValueAccepted })
    }
    return problems
  })
  return [...validateLabels(matchLabels, `${path}.matchLabels`), ...expressions]
}
