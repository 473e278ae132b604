import type { Assumptions } from '../../rollout/forecast/assumptions.ts'
import type { ForecastInput } from '../../rollout/forecast/input.ts'
import type { ForecastCluster, ForecastModule } from '../../rollout/forecast/subject.ts'
import type { SharedBudget } from '../../rollout/planner/input.ts'
import type { ModuleNeed } from '../fleet/observed-module.ts'

/** What a forecast of several modules needs of a Module besides: what it depends on, and its version. A Module has it. */
export interface DependentModule extends ForecastModule {
  readonly spec: ForecastModule['spec'] & {
    readonly source?: { readonly git?: { readonly tag?: string | undefined } | undefined } | undefined
    readonly dependsOn?: readonly { readonly name: string; readonly version?: string | undefined }[] | undefined
  }
}

/** One of the modules of a forecast: a Module, or an id and a strategy. */
export interface ForecastedModule extends Omit<ForecastInput, 'module' | 'clusters' | 'assume' | 'freezes' | 'maxSteps'> {
  readonly module?: DependentModule | undefined
  /** Unique among the modules. Default: the name of the Module. */
  readonly id?: string | undefined
  /** The version that is rolled out; `null` removes the module. Default: the tag of the Module, otherwise `after`. */
  readonly version?: string | null | undefined
  /** The version before, of clusters that do not say what they have; `null`: none. Default `before`. */
  readonly before?: string | null | undefined
  /** What the version needs on the same cluster. Default: what the Module depends on. */
  readonly needs?: readonly ModuleNeed[] | undefined
  /** By version: what those needed that clusters may still have. For one that is not listed it is `needs`. */
  readonly neededBefore?: Readonly<Record<string, readonly ModuleNeed[]>> | undefined
  /** Higher goes first where budgets are shared. Default 0. */
  readonly priority?: number | undefined
  /** Instead of the clusters that all modules share: they may say what they have of this module. */
  readonly clusters?: readonly ForecastCluster[] | undefined
  /** Instead of what is assumed for all. */
  readonly assume?: Omit<Assumptions, 'start' | 'outages'> | undefined
}

/** What to forecast, and under what. */
export interface ForecastRolloutsInput {
  readonly modules: readonly ForecastedModule[]
  readonly clusters: readonly ForecastCluster[]
  readonly budgets?: readonly SharedBudget[] | undefined
  /** Milliseconds after which a rollout that budgets hold up goes first. Default one hour. */
  readonly patience?: number | undefined
  readonly freezes?: ForecastInput['freezes']
  /** What is assumed for all of the modules. */
  readonly assume?: Assumptions | undefined
  /** It stops after so many steps of all modules. Default 100 000. */
  readonly maxSteps?: number | undefined
}
