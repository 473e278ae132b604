import type { FieldAuthor, FieldChange } from '../../manifest/fields/field-change.ts'
import { compareText } from '../../model/compare-text.ts'

/** Who wrote the fields that changes are about, one entry for each manager, in the order in which they wrote. */
export function authorsOf(
  changes: readonly FieldChange[],
): readonly (Pick<FieldAuthor, 'manager' | 'operation' | 'time'> & { readonly fields: readonly string[] })[] {
  const known = changes.flatMap(({ path, author }) => (author === undefined ? [] : [{ path, author }]))
  const groups = Map.groupBy(known, ({ author }) => `${author.time ?? ''}\n${author.manager}\n${author.operation}`)
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, [first, ...more]]) => {
      const { manager, operation, time } = (first as (typeof known)[number]).author
      return {
        manager,
        operation,
        ...(time === undefined ? {} : { time }),
        fields: [first as (typeof known)[number], ...more].map(({ path }) => path),
      }
    })
}
