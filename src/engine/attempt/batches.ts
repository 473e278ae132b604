import type { Action } from '../../plan/apply/action.ts'

/** Actions that are carried out at the same time. */
export type Batch = readonly [Action, ...Action[]]

/** The actions in their order, those next to each other together that go together. */
export function batchesOf(actions: readonly Action[], together: (batch: Batch, next: Action) => boolean): readonly Batch[] {
  const batches: [Action, ...Action[]][] = []
  for (const action of actions) {
    const last = batches.at(-1)
    if (last !== undefined && together(last, action)) last.push(action)
    else batches.push([action])
  }
  return batches
}
