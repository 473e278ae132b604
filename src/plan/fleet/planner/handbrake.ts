import type { FleetPolicy, Handbrake } from './input.ts'

/** Whether nothing is to be started. */
export function isPulled(handbrake: FleetPolicy['handbrake']): handbrake is true | Handbrake {
  return handbrake !== undefined && handbrake !== null && handbrake !== false
}
