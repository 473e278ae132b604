import type { Problem } from '../../../model/errors/problem.ts'
import type { FreezeWindow } from '../../../model/windows/windows.ts'
import type { RolloutInput } from '../../../rollout/planner/input.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import { plannerWindows } from '../../../rollout/windows/planner-windows.ts'
import type { RolloutWindows } from '../../../rollout/windows/windows.ts'

/** Windows are found for so long ahead, and again after a period: both at fixed times, so that it does not matter since when they are asked for. */
const horizonMs: number = 400 * 86_400_000
const periodMs: number = 30 * 86_400_000

/** Windows of a module as the planner of one rollout takes them, from some time on. */
export class ModuleWindows {
  readonly intervals: Pick<RolloutInput, 'windows' | 'targetWindows' | 'freezes'>
  /** When they are to be found again. */
  readonly until: number
  readonly problems: readonly Problem[]
  /** Whether they depend on the labels of clusters. */
  readonly isByLabel: boolean

  constructor(
    windows: RolloutWindows | undefined,
    freezes: readonly FreezeWindow[] | undefined,
    now: number,
    targets: readonly TargetView[],
  ) {
    const all = [...(windows?.freezes ?? []), ...(freezes ?? [])]
    this.isByLabel = [...(windows?.allow ?? []), ...all].some(({ timeZoneLabel }) => timeZoneLabel !== undefined)
    if (windows?.allow === undefined && all.length === 0) {
      this.intervals = {}
      this.until = Number.POSITIVE_INFINITY
      this.problems = []
      return
    }
    const from = Math.floor(now / periodMs) * periodMs
    const found = plannerWindows({ allow: windows?.allow, freezes: all }, { from, to: from + horizonMs, limit: 10_000, targets })
    const { windows: common, targetWindows, freezes: frozen, until, problems } = found
    this.intervals = {
      ...(common !== undefined && { windows: common }),
      ...(targetWindows.length > 0 && { targetWindows }),
      ...(frozen.length > 0 && { freezes: frozen }),
    }
    this.until = Math.min(until, from + periodMs)
    this.problems = problems
  }
}
