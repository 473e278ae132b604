import { invalid } from '../../model/errors/invalid.ts'
import type { RolloutPlan } from '../../rollout/planner/plan.ts'
import { planRollout, planWithin } from '../../rollout/planner/plan-rollout.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import { calmEvents, defaultEvents, type ExploreEvent, type ExploreEventName } from './event.ts'
import type { ExploreOptions, Invariant } from './options.ts'
import type { PlannedWorld } from './planned-world.ts'
import { eventsIn } from './possible-events.ts'
import { type RuleName, rules } from './rules.ts'
import { trackParts } from './track-parts.ts'
import { carriedOut, happen, inputIn, isAsked, type Setting, type World } from './world.ts'

/** A violation of one rule or invariant. */
export interface Violation {
  readonly invariant: string
  readonly message: string
}

/** A world in which a plan was made and carried out. */
export interface Moment {
  readonly world: World
  readonly plan: RolloutPlan
  readonly violation?: Violation | undefined
}

const order: readonly ExploreEventName[] = ['return', 'succeed', 'resume', 'approve', 'verdict', 'time']

/** A policy under examination: what can happen, what the planner answers, and what has to hold. */
export class Policy {
  readonly setting: Setting
  readonly start: World
  /** Names of all that is checked. */
  readonly names: readonly string[]
  readonly checksEnd: boolean
  readonly #events: ReadonlySet<ExploreEventName>
  readonly #plan: (world: World) => RolloutPlan
  readonly #rules: readonly (readonly [name: RuleName, rule: (world: PlannedWorld) => string | undefined])[]
  readonly #invariants: readonly (readonly [name: string, holds: Invariant])[]

  /** @throws FleetkitError `model/invalid` when the planner refuses what it is given at the beginning. */
  constructor(options: ExploreOptions) {
    const { targets, joins = [], start = 0, events = defaultEvents, plan } = options
    const { rules: wanted = [...(Object.keys(rules) as RuleName[]), 'ends'], invariants = {} } = options
    this.setting = settingOf(options)
    this.start = {
      now: start,
      version: 0,
      targets,
      absent: joins,
      approvals: [],
      verdicts: [],
      paused: false,
      state: null,
      wake: null,
      gates: [],
    }
    this.#events = new Set(events)
    this.checksEnd = wanted.includes('ends')
    this.#rules = wanted.flatMap((name) => (name === 'ends' ? [] : [[name, rules[name]] as const]))
    this.#invariants = Object.entries(invariants)
    this.names = [...[...this.#rules, ...this.#invariants].map(([name]) => name), ...(this.checksEnd ? ['ends'] : [])]
    // What is made here needs no reading.
    this.#plan = (world) => {
      const input = inputIn(world, this.setting)
      return plan === undefined
        ? planWithin({ input, prev: world.state, given: world.state, errors: [] }, undefined)
        : plan(input, world.state)
    }
    this.#refuse(joins)
  }

  #refuse(joins: readonly TargetView[]): void {
    const { versions, input } = this.setting
    const { diagnostics } = planRollout(inputIn({ ...this.start, targets: [...this.start.targets, ...joins] }, this.setting), null)
    const problems = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ path, message }) => ({ path, found: message, accepted: 'what planRollout takes' }))
    if (versions.length === 0) problems.unshift({ path: 'versions', found: 'none', accepted: 'one or more' })
    const hasTimes = [input.windows, input.targetWindows, input.freezes, ...this.setting.strategy.stages.map(({ windows }) => windows)]
    if (hasTimes.some((list) => list !== undefined && list.length > 0) && this.start.now === 0) {
      problems.push({ path: 'start', found: 'nothing', accepted: 'when it begins: windows and freezes are about times' })
    }
    if (problems.length > 0) throw invalid(undefined, problems)
  }

  /** Asks the planner, carries its plan out, and judges it. */
  look(world: World): Moment {
    try {
      const plan = this.#plan(world)
      const after = carriedOut(world, plan)
      return { world: after, plan, violation: this.#judge(world, after, plan) }
    } catch (error) {
      const nothing = planRollout({ ...inputIn(world, this.setting), targets: [] }, null)
      return { world, plan: nothing, violation: { invariant: 'throws', message: String(error) } }
    }
  }

  /** Everything that can happen next. */
  events(world: World): readonly ExploreEvent[] {
    return eventsIn(world, this.#events, this.setting)
  }

  /** What happens next if nothing goes wrong any more. */
  calm(world: World, events: readonly ExploreEvent[]): ExploreEvent | undefined {
    let first: ExploreEvent | undefined
    for (const event of events) {
      if (!calmEvents.has(event.event) || (event.event === 'verdict' && !(event.verdict === 'pass' && isAsked(world, event)))) continue
      if (first === undefined || order.indexOf(event.event) < order.indexOf(first.event)) first = event
    }
    return first
  }

  /** The world after an event, before the planner is asked. */
  next(world: World, event: ExploreEvent): World {
    return happen(world, event, this.setting)
  }

  #judge(world: World, after: World, plan: RolloutPlan): Violation | undefined {
    const input = inputIn(world, this.setting)
    const planned = { input, before: world.state, plan, after: after.targets, versions: this.setting.versions }
    const parts = trackParts(planned)
    for (const [name, rule] of this.#rules) {
      for (const part of parts) {
        const message = rule(part)
        if (message !== undefined) return { invariant: name, message }
      }
    }
    for (const [name, holds] of this.#invariants) {
      const answer = holds(planned)
      if (answer !== true) return { invariant: name, message: answer }
    }
    return undefined
  }
}

/** Whether a rollout in this phase has come to an end. */
export function isFinal({ phase }: RolloutPlan): boolean {
  return phase !== 'Running' && phase !== 'Reverting' && phase !== 'Paused'
}

function settingOf({ strategy, versions, leaves = [], windows, targetWindows, freezes, dependencies }: ExploreOptions): Setting {
  const canonical = 'compile' in strategy ? strategy.compile() : strategy
  return { strategy: canonical, versions, leaves: new Set(leaves), input: { windows, targetWindows, freezes, dependencies } }
}
