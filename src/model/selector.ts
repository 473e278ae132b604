/**
 * Selects objects by their labels, as Kubernetes does. All parts must hold. `{}` selects everything.
 *
 * @category Objects
 */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined
  readonly matchExpressions?: readonly LabelExpression[] | undefined
}

/**
 * One requirement of a {@link LabelSelector}.
 *
 * @category Objects
 */
export interface LabelExpression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** At least one for `In` and `NotIn`; none for the other two. */
  readonly values?: readonly string[] | undefined
}

/**
 * Whether `labels` satisfy `selector`. An absent selector selects nothing, an empty one everything. `NotIn` and
 * `DoesNotExist` hold for an absent label (k8s.io/apimachinery, `labels.Requirement.Matches`).
 *
 * @category Objects
 */
export function matchesSelector(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  if (selector === undefined) return false
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false
  }
  return (selector.matchExpressions ?? []).every((expression) => holds(expression, labels))
}

function holds({ key, operator, values = [] }: LabelExpression, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/**
 * A selector in the query form of the Kubernetes API: `app=web,tier in (a,b),!legacy`. Parts are sorted.
 *
 * @category Objects
 */
export function formatSelector(selector: LabelSelector): string {
  const equalities = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${[...values].sort().join(',')})`
      case 'NotIn':
        return `${key} notin (${[...values].sort().join(',')})`
      case 'Exists':
        return key
      case 'DoesNotExist':
        return `!${key}`
    }
  })
  return [...equalities, ...expressions].sort().join(',')
}
