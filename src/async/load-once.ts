const loading = new Set<Promise<unknown>>()

/**
 * A module that is loaded when it is first asked for, and once. What imports of the library cost is what they load at once;
 * the rest comes with the first use.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    if (loaded === undefined) {
      const promise = load().finally(() => loading.delete(promise))
      loading.add(promise)
      loaded = promise
    }
    return loaded
  }
}

/** Resolves when no module is being loaded: that takes real time, for which a virtual clock has to wait. */
export async function modulesLoaded(): Promise<void> {
  while (loading.size > 0) await Promise.allSettled(loading)
}
