/** How many callers wait for a turn. */
let waiting = 0

/** Whether someone waits for {@link nextTurn}: a virtual clock lets them go on before time does. */
export function turnsWaiting(): boolean {
  return waiting > 0
}

/** Lets timers and I/O have a turn of the event loop, which promises alone never give them. */
export async function nextTurn(): Promise<void> {
  waiting++
  await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve))
  waiting--
}
