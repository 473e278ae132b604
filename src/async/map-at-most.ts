/**
 * Does the same with each of many, at most `limit` at a time. Results are in the order of the items. Once one rejects, no other is begun.
 */
export async function mapAtMost<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Array<Result>(items.length)
  const pending = items.entries()
  const worker = async (): Promise<void> => {
    for (let next = pending.next(); next.done !== true; next = pending.next()) {
      const [index, item] = next.value
      results[index] = await work(item)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  } finally {
    // An array iterator that is at its end stays there.
    for (const _ of pending);
  }
  return results
}
