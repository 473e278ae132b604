import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/forecast.ts'

const tags: Readonly<Record<ForecastBar['outcome'], string>> = { done: 'done, ', failed: 'crit, ', updating: 'active, ', other: '' }

/**
 * A forecast as a Mermaid Gantt chart. Names are reduced to letters, digits and `-_./`, since Mermaid cannot quote them.
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
export function rolloutMermaid({ bars, phase, duration }: Forecast): string {
  const stages = Map.groupBy(bars, ({ stage }) => stage ?? 'no longer selected')
  const lines = ['gantt', `  title ${phase}`, '  dateFormat x', '  axisFormat %H:%M:%S']
  for (const [stage, members] of stages) {
    lines.push(`  section ${plain(stage)}`)
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
