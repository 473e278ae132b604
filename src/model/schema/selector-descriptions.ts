import type { Descriptions } from './describe.ts'

/** What the fields of a label selector mean. */
export const selectorDescriptions: Descriptions = {
  LabelSelector: {
    '': 'Selects objects by their labels. All parts must hold; an empty selector selects everything.',
    matchLabels: 'Labels that must have exactly these values.',
    matchExpressions: 'Requirements that must all hold.',
  },
  LabelExpression: {
    key: 'The key of the label.',
    operator: 'How the label relates to the values.',
    values: 'At least one for In and NotIn, none for Exists and DoesNotExist.',
  },
}
