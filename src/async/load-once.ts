const working = new Set<Promise<unknown>>()

/** Does what takes real time and waits for no clock, such as what other threads compute: a virtual clock stands still meanwhile. */
export function inRealTime<T>(work: () => Promise<T>): Promise<T> {
  const promise = work().finally(() => working.delete(promise))
  working.add(promise)
  return promise
}

/**
 * A module that is loaded when it is first asked for, and once. What imports of the library cost is what they load at once;
 * the rest comes with the first use.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= inRealTime(load)
    return loaded
  }
}

/** Resolves when nothing goes on {@link inRealTime}. */
export async function realTimeWorkDone(): Promise<void> {
  while (working.size > 0) await Promise.allSettled(working)
}
