import type { FieldChange } from '../../manifest/fields/field-change.ts'
import { compareText } from '../../model/compare-text.ts'
import type { FieldAuthor } from '../../model/field-author.ts'

/** Who wrote the fields that changes are about, one entry for each manager, in the order in which they wrote. */
export function authorsOf(changes: readonly FieldChange[]): readonly (FieldAuthor & { readonly fields: readonly string[] })[] {
  const known = changes.flatMap(({ path, author }) => (author === undefined ? [] : [{ path, author }]))
  const groups = Map.groupBy(known, ({ author: { time = '', manager, operation, subresource = '' } }) =>
    [time, manager, operation, subresource].join('\n'),
  )
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, [first, ...more]]) => (first === undefined ? [] : [{ ...first.author, fields: [first, ...more].map(({ path }) => path) }]))
}
