import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a Rollout mean. */
export const rolloutStateDescriptions: Descriptions = {
  StoredRolloutSpec: {
    '': 'What is remembered of the rollout of a Module.',
    module: 'The Module, in the same namespace.',
    state: 'The state of the rollout, as planRollout takes it. What is lost of it is recovered from what the clusters have.',
  },
  StoredRolloutStatus: { '': 'Nothing: how far the rollout has come is in the status of its Module.' },
}
