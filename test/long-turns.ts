/**
 * The longest time of the processor, in milliseconds, that this thread spends between two turns of the event loop until `work`
 * ends: what another part of the process would wait for. Other processes and threads do not count, so a busy machine changes little.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let running = true
  let last = processorMs()
  const tick = (): void => {
    const now = processorMs()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(tick)
  }
  setImmediate(tick)
  try {
    await work()
  } finally {
    running = false
    tick()
  }
  return longest
}

/** The time of the processor that this thread has taken so far, in milliseconds. */
export function processorMs(): number {
  // Of Node 24, which the tests run on; the types are those of the oldest Node that is supported.
  const { user, system } = (process as unknown as { threadCpuUsage(): NodeJS.CpuUsage }).threadCpuUsage()
  return (user + system) / 1000
}
