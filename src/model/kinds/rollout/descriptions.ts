import type { Descriptions } from '../../schema/describe.ts'

const stage = { stage: 'The stage.', track: 'Of a strategy with tracks: the track, as tenant=a.' }

/** What the fields of a Rollout mean. */
export const rolloutStateDescriptions: Descriptions = {
  StoredRolloutSpec: {
    '': 'What people say of the rollout of a Module.',
    module: 'The Module, in the same namespace. Absent in the one that is named all.modules, which holds for all of them.',
    handbrake: 'In all.modules: nothing is started, reverted or removed anywhere in the fleet. What is updating may finish.',
    emergency: 'A revision of the Module goes out in spite of windows and freezes.',
    approvals: 'Who has approved of which stage.',
    pins: 'The clusters that get a revision and stay at it, whatever the Module says.',
  },
  RolloutHandbrake: { '': 'Who pulled it, and why.', by: 'Who pulled it.', reason: 'Why.' },
  RolloutEmergency: {
    '': 'What cannot wait, who says so, and why. Budgets, gates and failures hold as ever.',
    revision: 'Name of the ModuleRevision. Another one goes by windows and freezes.',
    by: 'Who declared it.',
    reason: 'Why.',
  },
  StageApproval: {
    '': 'The consent of a person to a stage.',
    ...stage,
    by: 'Who approves.',
    digest: 'What is approved of, as in status.approvals. It counts for nothing else.',
  },
  RolloutPin: {
    '': 'A cluster that stays at a revision.',
    cluster: 'The Cluster.',
    revision: 'Name of the ModuleRevision.',
    by: 'Who pinned it.',
    reason: 'Why.',
  },
  StoredRolloutStatus: {
    '': 'What is remembered of the rollout of a Module.',
    state: 'The state of the rollout, as planRollout takes it. What is lost of it is recovered from what the clusters have.',
    approvals: 'The stages that wait for approvals now.',
    verdicts: 'What the checks of the rollout have said, each the last time.',
  },
  AwaitedApproval: {
    '': 'A stage that waits for approvals.',
    ...stage,
    digest: 'What would begin: the revision, the strategy, the clusters of the stage, and those that have failed so far.',
    clusters: 'How many clusters would get the revision.',
    message: 'How many approvals there are.',
  },
  StoredVerdict: {
    '': 'What a check has said.',
    ...stage,
    revision: 'Name of the ModuleRevision that it is about.',
    nonce: 'The attempt at it.',
    check: 'Name of the check.',
    verdict: 'What came of it.',
    at: 'When it was asked, in milliseconds since 1970 UTC.',
    evidence: 'What it went by.',
  },
}
