import type { RolloutsForecast } from '../plan/forecast/result.ts'
import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/result.ts'

/** A bar under the heading of its stage; of its module and its stage where there are several modules. */
export interface SectionedBar extends ForecastBar {
  readonly section: string
}

/** The bars of a forecast, those of one module after those of the other. */
export function sectionedBars(forecast: Forecast | RolloutsForecast): readonly SectionedBar[] {
  if (!('modules' in forecast)) return forecast.bars.map((bar) => ({ ...bar, section: stageOf(bar) }))
  return Object.entries(forecast.modules).flatMap(([module, { bars }]) =>
    bars.map((bar) => ({ ...bar, section: `${module} / ${stageOf(bar)}` })),
  )
}

function stageOf({ stage }: ForecastBar): string {
  return stage ?? 'no longer selected'
}
