import type { LabelSelector } from './selector.ts'

type Labels = Readonly<Record<string, string>>

/** `matchesSelector` with the selector parsed once: it is called for every cluster and stage. */
export function compileSelector(selector: LabelSelector): (labels: Labels) => boolean {
  const equal = Object.entries(selector.matchLabels ?? {})
  const tests = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const accepted = new Set(values)
    return (labels: Labels): boolean => {
      const present = Object.hasOwn(labels, key)
      if (operator === 'Exists') return present
      if (operator === 'DoesNotExist') return !present
      return (operator === 'In') === (present && accepted.has(labels[key] as string))
    }
  })
  return (labels) => {
    for (const [key, value] of equal) if (labels[key] !== value || !Object.hasOwn(labels, key)) return false
    return tests.every((test) => test(labels))
  }
}
