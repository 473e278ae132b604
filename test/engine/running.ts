import type { Manager } from 'fleetkit'
import type { VirtualClock } from 'fleetkit/testing'

/** Lets what runs end. */
export type Stop = () => Promise<void>

/** Runs a manager in virtual time. */
export function running(manager: Manager, clock: VirtualClock): Stop {
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  return async () => {
    stop.abort()
    // Longer than its grace period.
    await clock.advance(31_000)
    await done
  }
}
