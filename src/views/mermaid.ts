import type { RolloutsForecast } from '../plan/forecast/result.ts'
import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/result.ts'
import { sectionedBars } from './sectioned-bars.ts'

const tags: Readonly<Record<ForecastBar['outcome'], string>> = { done: 'done, ', failed: 'crit, ', updating: 'active, ', other: '' }

/**
 * A forecast as a Mermaid Gantt chart, with a section for each stage. Names are reduced to letters, digits and `-_./`, since Mermaid cannot quote them.
 *
 * @example
 * ```ts
 * import { forecast } from 'fleetkit/forecast'
 * import { rolloutMermaid } from 'fleetkit/views'
 *
 * const result = forecast({ rollout: { stages: [{ name: 'fleet' }] }, clusters: [{ id: 'a' }] })
 * console.log(rolloutMermaid(result))
 * ```
 */
export function rolloutMermaid(forecast: Forecast | RolloutsForecast): string {
  const { duration } = forecast
  const sections = Map.groupBy(sectionedBars(forecast), ({ section }) => section)
  const title =
    'modules' in forecast
      ? Object.entries(forecast.modules)
          .map(([module, { phase }]) => `${plain(module)} ${phase}`)
          .join(', ')
      : forecast.phase
  const lines = ['gantt', `  title ${title}`, '  dateFormat x', '  axisFormat %H:%M:%S']
  for (const [section, members] of sections) {
    lines.push(`  section ${plain(section)}`)
    // A bar without a length is not drawn.
    for (const { cluster, outcome, from, until = duration } of members) {
      lines.push(`  ${plain(cluster)} :${tags[outcome]}${from}, ${Math.max(until, from + 1)}`)
    }
  }
  return lines.join('\n')
}

function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}\-_./ ]/gu, '_')
}
