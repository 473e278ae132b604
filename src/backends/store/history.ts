import { invalid } from '../../model/errors/invalid.ts'

/** How many writes a store remembers, 10,000 when absent. `model/invalid` when it is no whole number from 1. */
export function historyLength(history = 10_000): number {
  if (Number.isInteger(history) && history > 0) return history
  throw invalid(undefined, [{ path: 'history', found: String(history), accepted: 'a whole number from 1' }])
}
