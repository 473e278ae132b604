/** A whole number from 0 up to but without `most`. */
export function below(random: () => number, most: number): number {
  return Math.floor(random() * most)
}

/** One of several. */
export function pick<T>(random: () => number, items: readonly T[]): T {
  return items[below(random, items.length)] as T
}
