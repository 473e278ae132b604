import type { RolloutSubject } from '../../rollout/forecast/simulated-rollout.ts'
import { subjectOf } from '../../rollout/forecast/subject.ts'
import type { ModuleNeed } from '../fleet/observed-module.ts'
import type { ForecastedModule, ForecastRolloutsInput } from './input.ts'

/** A module as its forecast begins. */
export interface ModuleSubject extends RolloutSubject {
  readonly needs: readonly ModuleNeed[]
  readonly neededBefore: Readonly<Record<string, readonly ModuleNeed[]>>
}

/** Fills in what a module of a forecast does not say itself. The module names itself, and says how it goes out. */
export function moduleSubject(given: ForecastedModule, { clusters, assume, freezes }: ForecastRolloutsInput, start: number): ModuleSubject {
  const { module, rollout, windows, priority, neededBefore = {} } = given
  const assumed = { ...assume, ...given.assume }
  const { before = assumed.installed === false ? null : 'before' } = given
  const subject = subjectOf(module, rollout, given.clusters ?? clusters, before, start)
  const ids = new Set(subject.clusters.map(({ id }) => id))
  const tag = module?.spec.source?.git?.tag
  return {
    ...subject,
    name: given.id ?? subject.name,
    version: given.version === undefined ? (tag ?? 'after') : given.version,
    needs: given.needs ?? (module?.spec.dependsOn ?? []).map(({ name, version }) => ({ module: name, range: version })),
    neededBefore,
    assume: { ...assumed, outages: (assume?.outages ?? []).filter(({ cluster }) => ids.has(cluster)) },
    start,
    state: null,
    priority,
    windows,
    freezes,
  }
}
