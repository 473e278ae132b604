import fc from 'fast-check'
import { type HistoryEvent, type HistoryEventType, historyEventTypes } from 'fleetkit/fleet'

const some = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

export const modules = ['shop', 'web', undefined] as const
export const clusters = ['eu', 'us', 'asia', 'constructor', '__proto__', undefined] as const

/** Reasons are long, so that few events fill a chunk, and of all characters. */
const reasons: readonly string[] = Array.from({ length: 40 }, (_, index) => `${index} "ü"\n`.repeat(20 * (index % 20)) + String(index))

/** Times go on by nothing, a little, or months. */
const change = fc.record({
  step: some(0, 1, 1000, 60_000, 2 ** 32 + 5),
  type: some<HistoryEventType>('assigned', 'assigned', 'ready', 'ready', ...historyEventTypes),
  module: some('shop', 'shop', ...modules),
  cluster: some(...clusters),
  revision: some('v1', 'v2', 'v3', undefined),
  why: some(...reasons, undefined),
})

/** Events of a few Modules and of the fleet, in the order in which they happened. */
export function randomEvents(maxLength: number): fc.Arbitrary<readonly HistoryEvent[]> {
  return fc.array(change, { maxLength, size: 'max' }).map((changes) => {
    let at = 1_700_000_000_000
    return changes.map(({ step, ...event }) => {
      at += step
      return { at, ...event }
    })
  })
}
