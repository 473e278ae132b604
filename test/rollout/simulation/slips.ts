import { planRollout, type RolloutAction, type RolloutInput, type Stage } from 'fleetkit/rollout'
import type { Mutant } from './mutants.ts'

/** Sorts the targets of every stage by a number. */
const sortedBy = (input: RolloutInput, key: (id: string) => number): RolloutInput => ({
  ...input,
  targets: input.targets.map((view) => ({ ...view, sortKey: key(view.id) })),
})
const withStages = (input: RolloutInput, change: (stage: Stage) => Stage): RolloutInput => ({
  ...input,
  strategy: { ...input.strategy, stages: input.strategy.stages.map(change) },
})
/** The planner, with other stages than it is given. */
const misreadingStages =
  (change: (stage: Stage) => Stage): Mutant['planner'] =>
  (input, prev) =>
    planRollout(withStages(input, change), prev)
const hash = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97, 7)
let calls = 0

/** Slips that no system is known for, one for each property that the bugs of the field leave alone: each property can fail. */
export const slips: Readonly<Record<string, Mutant>> = {
  P1: {
    bug: 'it remembers how often it was asked',
    planner: (input, prev) => {
      calls += 1
      return planRollout(
        sortedBy(input, (id) => hash(`${id}${calls}`)),
        prev,
      )
    },
    killedBy: ['P1'],
  },
  P2: {
    bug: 'targets go in the order in which they are given',
    planner: (input, prev) => {
      const ids = input.targets.map(({ id }) => id)
      return planRollout(
        sortedBy(input, (id) => ids.indexOf(id)),
        prev,
      )
    },
    killedBy: ['P2'],
  },
  P3: {
    bug: 'what is updating is assigned again',
    planner: (input, prev) => {
      const plan = planRollout(input, prev)
      const again = plan.updating.flatMap(({ target, stage, to }): RolloutAction[] =>
        to === null || stage === null ? [] : [{ target, stage, set: to, why: 'stage' }],
      )
      return { ...plan, actions: [...plan.actions, ...again], updating: [] }
    },
    killedBy: ['P3'],
  },
  P12: {
    bug: 'the order turns around with the budget',
    planner: (input, prev) => {
      const even = input.strategy.stages.some(({ maxConcurrency }) => maxConcurrency === 2)
      return planRollout(even ? sortedBy(input, (id) => -hash(id)) : input, prev)
    },
    killedBy: ['P12'],
  },
  P16: {
    bug: 'without a state everything is started',
    planner: (input, prev) => {
      const unbounded = withStages(input, (stage) => ({ ...stage, maxConcurrency: 'all', maxUnavailable: 'all' }))
      return planRollout(prev === null ? unbounded : input, prev)
    },
    killedBy: ['P16'],
  },
  P17: {
    bug: 'a target that is not ready is assigned once more',
    planner: (input, prev) => {
      const targets = input.targets.map((view) => (view.observed?.phase === 'applying' ? { ...view, assigned: null } : view))
      return planRollout({ ...input, targets }, prev)
    },
    killedBy: ['P17'],
  },
  P20: {
    bug: 'the order is that of a hash of the names',
    planner: (input, prev) => planRollout(sortedBy(input, hash), prev),
    killedBy: ['P20'],
  },
  P21: {
    bug: 'the order is another in odd milliseconds',
    planner: (input, prev) => planRollout(input.now % 2 === 0 ? input : sortedBy(input, (id) => -hash(id)), prev),
    killedBy: ['P21'],
  },
  P22: {
    bug: 'windows and freezes are forgotten',
    planner: ({ windows: _, freezes: __, ...input }, prev) => planRollout(input, prev),
    killedBy: ['P22'],
  },
  R12: {
    bug: 'a target that has windows of its own may be started in those of all targets too',
    planner: ({ targetWindows, ...input }, prev) =>
      planRollout({ ...input, targetWindows: targetWindows?.map(({ selector: _, ...of }) => of) }, prev),
    killedBy: ['P22'],
  },
  'R12, zones': {
    bug: 'every target goes by the clocks of one zone',
    planner: ({ targetWindows, ...input }, prev) =>
      planRollout({ ...input, targetWindows: targetWindows?.map(({ zone: _, ...of }) => of) }, prev),
    killedBy: ['P22'],
  },
  P23: {
    bug: 'a beginning is not logged',
    planner: (input, prev) => {
      const plan = planRollout(input, prev)
      return { ...plan, events: plan.events.filter(({ type }) => type !== 'opened') }
    },
    killedBy: ['P23'],
  },
  R1: {
    bug: 'a stage takes all that fit, whatever its limit',
    planner: misreadingStages(({ limit: _, ...stage }) => stage),
    killedBy: ['R1'],
  },
  E3: {
    bug: 'a stage with a limit fills up again when one of those it took leaves, and a new target takes the place of another',
    planner: (input, prev) => planRollout(input, prev && { ...prev, opened: prev.opened.map(({ stage, at }) => ({ stage, at })) }),
    killedBy: ['R1', 'P7'],
  },
  'R1, by label': {
    bug: 'the limit of a stage counts for all values of a label together',
    planner: misreadingStages(({ limitBy: _, ...stage }) => stage),
    killedBy: ['R1'],
  },
  'R1, waves': {
    bug: 'the share of a wave is one of those that are left',
    planner: (input, prev) => {
      const stages = input.strategy.stages.flatMap(({ waves, ...stage }) =>
        waves === undefined
          ? [stage]
          : [...waves, ...(waves.at(-1) === 'all' ? [] : ['all' as const])].map((limit, at) => ({
              ...stage,
              name: `${stage.name}-${at + 1}`,
              limit,
            })),
      )
      return planRollout({ ...input, strategy: { ...input.strategy, stages } }, prev)
    },
    killedBy: ['R1'],
  },
  R2: {
    bug: 'the order of a stage is forgotten',
    planner: misreadingStages(({ sortBy: _, ...stage }) => stage),
    killedBy: ['R2'],
  },
  R3: {
    bug: 'starts are counted within half the time',
    planner: misreadingStages(({ maxStarts, ...stage }) => ({
      ...stage,
      maxStarts: maxStarts && { ...maxStarts, per: Math.ceil(maxStarts.per / 2) },
    })),
    killedBy: ['R3'],
  },
  'R3, weights': {
    bug: 'what a target weighs is forgotten',
    planner: (input, prev) => planRollout({ ...input, targets: input.targets.map(({ weight: _, ...view }) => view) }, prev),
    killedBy: ['P4', 'P5', 'R1', 'R3'],
  },
  R5: {
    bug: 'one failure more is tolerated than may be',
    planner: misreadingStages(({ maxFailures, ...stage }) => ({
      ...stage,
      maxFailures: typeof maxFailures === 'number' ? maxFailures + 1 : maxFailures,
    })),
    killedBy: ['R5'],
  },
  R6: {
    bug: 'a stage soaks for one moment longer than it should',
    planner: misreadingStages(({ soak = 0, ...stage }) => ({ ...stage, soak: soak === 0 ? 0 : soak + 1 })),
    killedBy: ['R6'],
  },
  'require-success': {
    bug: 'a stage that requires success is complete as any other',
    planner: misreadingStages(({ requireSuccess: _, ...stage }) => stage),
    killedBy: ['R6', 'P8'],
  },
  onFailure: {
    bug: 'a failed target is left as it is, whatever its stage says',
    planner: misreadingStages(({ onFailure: _, ...stage }) => stage),
    killedBy: ['R16'],
  },
  busy: {
    bug: 'a target is started although it says that it is busy',
    planner: (input, prev) => planRollout({ ...input, targets: input.targets.map(({ busy: _, ...view }) => view) }, prev),
    killedBy: ['P13'],
  },
  R25: {
    bug: 'all targets are one track',
    planner: (input, prev) => {
      const { tracks, ...strategy } = input.strategy
      if (tracks === undefined) return planRollout(input, prev)
      const plan = planRollout({ ...input, strategy }, null)
      return { ...plan, tracks: [{ track: `!${tracks}`, phase: plan.phase, gate: plan.gate }] }
    },
    killedBy: ['R25'],
  },
  R22: {
    bug: 'a target is tried once more than it may be',
    planner: misreadingStages(({ retry, ...stage }) => ({ ...stage, retry: retry && { ...retry, limit: retry.limit + 1 } })),
    killedBy: ['R22'],
  },
  'R22 backoff': {
    bug: 'each retry comes as soon as the first',
    planner: misreadingStages(({ retry, ...stage }) => ({ ...stage, retry: retry && { ...retry, maxBackoff: retry.backoff } })),
    killedBy: ['R16'],
  },
  R21: {
    bug: 'a verdict of one attempt counts for every other',
    planner: (input, prev) => {
      const rid = { version: input.module.version, nonce: input.module.nonce ?? '' }
      return planRollout({ ...input, verdicts: input.verdicts?.map((verdict) => ({ ...verdict, rid })) }, prev)
    },
    killedBy: ['R21'],
  },
  'R21 too early': {
    bug: 'a pass from before the members had finished counts',
    planner: (input, prev) =>
      planRollout(
        {
          ...input,
          verdicts: input.verdicts?.map((word) => (word.verdict === 'pass' ? { ...word, at: Math.max(word.at, input.now) } : word)),
        },
        prev,
      ),
    killedBy: ['R21'],
  },
  'R21 waits': {
    bug: 'a check is waited for without end',
    planner: misreadingStages(({ checks, ...stage }) => ({ ...stage, checks: checks?.map(({ maxPending: _, ...check }) => check) })),
    killedBy: ['R21'],
  },
  R7: {
    bug: 'all targets are taken to have had what most had',
    planner: (input, prev) => {
      const plan = planRollout(input, prev)
      return plan.state === null ? plan : { ...plan, state: { ...plan.state, baseline: { ...plan.state.baseline, others: {} } } }
    },
    killedBy: ['R7'],
  },
  R9: {
    bug: 'a newer version waits for nothing',
    planner: (input, prev) => planRollout({ ...input, strategy: { ...input.strategy, supersede: undefined } }, prev),
    killedBy: ['R9'],
  },
  R13: {
    bug: 'an approval of one attempt counts for every other',
    planner: (input, prev) => {
      const rid = { version: input.module.version, nonce: input.module.nonce ?? '' }
      return planRollout({ ...input, approvals: input.approvals?.map((approval) => ({ ...approval, rid })) }, prev)
    },
    killedBy: ['R13'],
  },
  R16: {
    bug: 'only one at a time, whatever the strategy says',
    planner: misreadingStages((stage) => ({ ...stage, maxConcurrency: 1 })),
    killedBy: ['R16'],
  },
  E15: {
    bug: 'a target that gets another version does not say what keeps it from the wanted one',
    planner: (input, prev) => {
      const plan = planRollout(input, prev)
      return { ...plan, updating: plan.updating.map(({ held: _, ...updating }) => updating) }
    },
    killedBy: ['R16'],
  },
  R18: {
    bug: 'what cannot go on is said to run',
    planner: (input, prev) => {
      const plan = planRollout(input, prev)
      return plan.phase === 'Stalled' ? { ...plan, phase: 'Running' } : plan
    },
    killedBy: ['R18'],
  },
}
