import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a rollout strategy mean. */
export const rolloutDescriptions: Descriptions = {
  RolloutSpec: {
    '': 'How a version goes out to the clusters.',
  },
  StageProgressSpec: {
    '': 'How a stage proceeds: when a cluster is done or has failed, and when the stage is complete.',
    maxFailures:
      'More failures than this halt the rollout. 0, as when absent: the first failure does; all: none does. Percentage of the members: rounded down.',
    weighted:
      'Whether limit, waves, maxConcurrency, maxUnavailable and maxStarts are sums of the weights of clusters instead of numbers of them. Percentages are of the total weight then. Default false.',
    minReady: 'How long a cluster must have been ready before it counts as done. Absent or 0s: it counts at once.',
    soak: 'How long the stage waits once it is complete. Absent or 0s: not at all.',
    approvals: 'How many people must approve before the stage begins. Absent or 0: no one.',
    progressDeadline: 'How long a cluster may take, from its last step forward, before it counts as failed. Absent: for ever.',
    minDone:
      'How many members must be done for the stage to be complete. Percentage of the members that are not on hold: rounded up. 0: none; all: each. Default 1.',
    maxDeferred: 'How many members may be unreachable and left for later. Percentage of the members: rounded down. 0: none. Default all.',
    maxLost:
      'How many members may be lost: unreachable since they were started, until their deadline. More halt the rollout. Percentage of the members: rounded down. all: any number. Default 0.',
    onFailure:
      'What becomes of a cluster that has failed, while the others go on: it is left as it is, or rolled back under the limits of the stage. Its failure counts in either case. Default hold.',
    requireSuccess:
      'Whether every member but the excluded ones must be done, and one at least, for the stage to be complete: not one that failed, is unreachable, or on hold. Default false.',
    checks: 'What has to pass before the stage is complete, once its members have finished. Default none.',
    windows: 'Clusters are started only within these. Absent: at any time. An empty list: never.',
  },
  StartLimitSpec: {
    '': 'At most so many members are started within any time of a length, to whatever version. Of one that is started again within it, the last start counts. Removals count, and wait for none. Absent: any number.',
    limit: 'How many. Percentage of the members: rounded down, at least 1. 0: none is started; all: any number.',
    per: 'The length of the time.',
  },
  RetrySpec: {
    '': 'A cluster that has failed is tried again, and has failed for good only after that. Until then its failure counts for nothing. Absent: never.',
    limit: 'How many times at most.',
    backoff: 'How long after the first failure; twice as long after each further one.',
    maxBackoff: 'The longest that it becomes. Absent: it grows without end.',
  },
  StageCheckSpec: {
    '': 'A question at the end of a stage, which something outside answers with a verdict.',
    name: 'Unique among the checks of the stage.',
    maxPending: 'For how long after the soak no verdict, or pending, is waited for; then the check has failed. Absent: for ever.',
    onFail:
      'What its failure leads to: a halt alone, or one after which the failed clusters are rolled back, or all that have the new version are. Default: what onHalt says.',
  },
  FailureRate: {
    '': 'Instead of maxFailures: a larger share of failures among the finished members halts the rollout.',
    percent: 'The share that must be exceeded, in percent.',
    minSample: 'How many members must have finished before the share counts.',
  },
  StageWindow: {
    '': 'An interval of time.',
    from: 'Its first instant, as RFC 3339.',
    to: 'The first instant after it, as RFC 3339.',
  },
  RolloutPolicySpec: {
    '': 'What holds for the rollout as a whole.',
    join: 'What a cluster without the module gets when it joins a stage before its turn: the last good version, nothing yet, or the new one at once. Default baseline.',
    onHalt: 'What a halt leads to: nothing, the failed clusters are rolled back, or all that have the new version are. Default hold.',
    maxDeletions:
      'How many removals may go on at once. Percentage of the clusters that have the module, or are to have it: rounded down, at least 1. 0: none; all: any number. Default 10%.',
    forgetDeselected: 'Whether failures of clusters that are no longer selected stop counting. Default false.',
    tracks:
      'A label: for each of its values the stages go by themselves, side by side, with the same limits each; one that halts stops alone. The clusters without it are one too. Absent: all are one.',
    fastRollback: 'Whether a rollback to a version that was good skips soak and approvals. Default true.',
  },
  SupersedeSpec: {
    '': 'What happens to the running version when a newer one is wanted. Absent: the newer one begins at once.',
    mode: 'The newer one begins at once (supersede), after this one is finished (queue), or once the open stages have finished (finishStage).',
    maxSupersedes: 'After so many versions in a row that none finished, the running one may finish. Absent: no limit.',
    minRunTime: 'How long a version runs before another may supersede it. Absent or 0s: no time.',
  },
  CorrelateSpec: {
    '': 'When failures gather under one value of a label, only the clusters with that value are stopped.',
    labels: 'The labels to look at.',
    'labels[]': 'The key of a label.',
    percent:
      'The share of failures among the finished clusters with the value, in percent, that must be exceeded, while the others do not exceed it.',
    minSample: 'How many clusters with the value must have finished before anything is concluded.',
  },
  AllAtOnceSpec: {
    '': 'Every cluster at once.',
  },
  OneAtATimeSpec: {
    '': 'One cluster after the other, and only while every other reachable one is ready.',
    sortBy: 'The order of the clusters. Those that are down already always go first; ties are broken by id.',
  },
  SortKeySpec: {
    '': 'Orders clusters by a label.',
    label: 'The key of the label.',
    as: 'How its values compare: as text, by code points, or as numbers, with other values last. Default text.',
    order: 'Default ascending.',
  },
  StageLimitsSpec: {
    '': 'How fast a stage proceeds.',
    maxUnavailable:
      'How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number.',
    maxConcurrency:
      'How many members may be updating at once, to whatever version. Percentage of the members: rounded down, at least 1. 0: none is started. Default all.',
    within: 'A label: maxUnavailable holds for each of its values by itself. The clusters without it are one group too.',
    strict: 'Start only so many that, if all of them fail, the tolerance is exceeded by at most one. Default false.',
    sortBy: 'The order of the clusters. Those that are down already always go first; ties are broken by id.',
  },
  RollingSpec: {
    '': 'As many clusters at a time as may be unavailable.',
  },
  StagedSpec: {
    '': 'One stage after the other. A cluster belongs to the first stage that takes it.',
    stages: 'The stages in their order.',
    rest: 'Clusters that no stage takes: they get a last stage with the limits of the one before, or the rollout is refused. Default last.',
    maxFailures:
      'More failures than this, over all stages, halt the rollout. 0: the first does; all, as when absent: only the stages count. Percentage of the clusters: rounded down.',
    maxFailureRate: 'Instead of maxFailures: the same as a share, over all stages.',
  },
  StageMembersSpec: {
    '': 'Which clusters a stage takes.',
    selector: 'Takes clusters by their labels. Absent: any.',
    clusters: 'Takes only clusters with these ids. Absent: any.',
    'clusters[]': 'The id of a cluster.',
    limit:
      'Takes at most so many of them, the first in order when the stage begins; no other comes in later when one of them leaves. Percentage of the clusters that fit: rounded down, at least 1. 0: none. Default all.',
    limitBy: 'A label: limit counts for each of its values by itself. The clusters without it are one group too.',
    waves:
      'Takes the clusters in waves, the first in order first, each as a stage of its own with all that this one says: fleet-1, fleet-2 and so on of fleet. These are their sizes; the last of the stages takes the rest.',
    'waves[]':
      'The size of one wave. Percentage of all clusters of the module, whatever stage takes them: rounded down, at least 1. all: the rest.',
  },
  StageSpec: {
    '': 'One stage: the clusters it takes, and how it proceeds.',
    name: 'Unique among the stages. Not rest: that is the stage of the clusters that no other takes.',
    maxUnavailable:
      'How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. Default all.',
  },
  CanarySpec: {
    '': 'A few clusters first, and then the others. Without selector, clusters and limit: one cluster first.',
    maxUnavailable:
      'How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. Default all.',
  },
  CanaryNextSpec: {
    '': 'How the others follow. What it says of the rollout as a whole holds where the canary says nothing. Absent: all at once.',
  },
}
