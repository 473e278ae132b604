import type { RolloutsForecast } from '../plan/forecast/result.ts'
import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/result.ts'

/** A bar under the heading of its stage; of its module and its stage where there are several modules. */
export interface SectionedBar extends ForecastBar {
  readonly section: string
}

/** The bars of a forecast, those of one module after those of the other. */
export function sectionedBars(forecast: Forecast | RolloutsForecast): readonly SectionedBar[] {
  if (!('modules' in forecast)) return inTracks(forecast.bars).map((bar) => ({ ...bar, section: stageOf(bar) }))
  return Object.entries(forecast.modules).flatMap(([module, { bars }]) =>
    inTracks(bars).map((bar) => ({ ...bar, section: `${module} / ${stageOf(bar)}` })),
  )
}

/** The bars of one track after those of the other. */
function inTracks(bars: readonly ForecastBar[]): readonly ForecastBar[] {
  return bars.every(({ track }) => track === undefined) ? bars : [...Map.groupBy(bars, ({ track }) => track).values()].flat()
}

/** Where a cluster is started, for people. */
export function stageOf({ track, stage }: Pick<ForecastBar, 'track' | 'stage'>): string {
  return `${track === undefined ? '' : `${track} / `}${stage ?? 'no longer selected'}`
}
