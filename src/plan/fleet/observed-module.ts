import type { TargetView } from '../../rollout/target-view.ts'

/** What a version of a module needs of another module on the same cluster. */
export interface ModuleNeed {
  /** The id of the other module. */
  readonly module: string
  /** The versions that will do, as npm writes ranges: `^1.4`, `>=2 <4`. Absent: any. */
  readonly range?: string | undefined
}

/** A module, and what was observed of it on the clusters. */
export interface ObservedModule {
  /** Unique among the modules. */
  readonly id: string
  /** The version that is wanted. `null`: the module is to be removed everywhere. */
  readonly version: string | null
  /** What the wanted version needs. */
  readonly needs?: readonly ModuleNeed[] | undefined
  /** By version: what the versions needed that clusters may still have. For one that is not listed it is `needs`. */
  readonly neededBefore?: Readonly<Record<string, readonly ModuleNeed[]>> | undefined
  /** The targets of the module's rollout. */
  readonly clusters: readonly TargetView[]
}
