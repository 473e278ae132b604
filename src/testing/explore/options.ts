import type { RolloutInput } from '../../rollout/planner/input.ts'
import type { planRollout } from '../../rollout/planner/plan-rollout.ts'
import type { CanonicalStrategy } from '../../rollout/strategy/canonical.ts'
import type { RolloutStrategy } from '../../rollout/strategy/rollout-strategy.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ExploreEvent, ExploreEventName } from './event.ts'
import type { PlannedWorld } from './planned-world.ts'
import type { RuleName } from './rules.ts'

/**
 * An invariant of a user: `true` where it holds, or what is wrong. It sees one call of the planner, at any moment that can come about. Times
 * in it are right relative to `input.now`, up to the sum of the time limits of the strategy.
 */
export type Invariant = (world: PlannedWorld) => true | string

/** What to explore. Small fleets are enough: up to five targets, three stages and two or three versions. */
export interface ExploreOptions extends Pick<RolloutInput, 'windows' | 'targetWindows' | 'freezes' | 'dependencies'> {
  readonly strategy: CanonicalStrategy | RolloutStrategy
  /** The targets as they are when it begins. */
  readonly targets: readonly TargetView[]
  /** Targets that may join at any time, each once. One that is busy is so from then on. */
  readonly joins?: readonly TargetView[] | undefined
  /** The ids of those that may leave at any time: they are no longer selected then. */
  readonly leaves?: readonly string[] | undefined
  /** The versions that are wanted, one after another, the first from the beginning on. `null`: the removal. */
  readonly versions: readonly (string | null)[]
  /** What can happen. Default {@link defaultEvents}: all but `recover`, `degrade`, `pause` and `resume`. */
  readonly events?: readonly ExploreEventName[] | undefined
  /** Which of the rules of every rollout are checked; `ends`: that it comes to an end if nothing goes wrong any more. Default all. */
  readonly rules?: readonly (RuleName | 'ends')[] | undefined
  /** Invariants of your own, by name. */
  readonly invariants?: Readonly<Record<string, Invariant>> | undefined
  /** When it begins, in milliseconds since 1970. Has to be given where windows or freezes are. Default 0. */
  readonly start?: number | undefined
  /** After so many states it goes on by samples. Default 250 000. */
  readonly bound?: number | undefined
  /** How many samples it takes then, each a random walk of at most 200 events. Default 1000. */
  readonly walks?: number | undefined
  /** What the random walks begin with. Default 1. */
  readonly seed?: number | undefined
  /** A planner of your own instead of {@link planRollout}. */
  readonly plan?: typeof planRollout | undefined
}

/** How an invariant is violated. */
export interface Counterexample {
  /** The name of the rule or invariant. `throws`: the planner or an invariant threw an error. */
  readonly invariant: string
  readonly message: string
  /** What happened, one event after another: `replayTrace` plays it again. */
  readonly steps: readonly ExploreEvent[]
  /** Whether there is no shorter way. Not known of one that a sample found. */
  readonly shortest: boolean
  /** The same for people: a line for each step, with what the planner did. */
  readonly text: string
}

/** What came of an exploration. */
export interface Exploration {
  /** Whether everything that can come about was looked at. Otherwise the rest was sampled, or it ended with a counterexample. */
  readonly complete: boolean
  /** How many worlds were looked at that differ in something that can matter. */
  readonly states: number
  /** In how many ways one of them comes of another. */
  readonly transitions: number
  /** How many events the furthest is away from the beginning. */
  readonly depth: number
  /** How many random walks were taken beyond the bound. */
  readonly walks: number
  readonly seed: number
  /** The rules and invariants that hold in all that was looked at. */
  readonly holds: readonly string[]
  readonly counterexample?: Counterexample | undefined
  /** One line for people. */
  readonly summary: string
}
