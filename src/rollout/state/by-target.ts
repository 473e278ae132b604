/** What is on record of targets, by their ids. */
export function byTarget<Recorded extends { readonly target: string }>(records: readonly Recorded[]): ReadonlyMap<string, Recorded> {
  return new Map(records.map((record) => [record.target, record]))
}
