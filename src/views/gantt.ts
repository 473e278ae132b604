import { formatDuration } from '../model/duration.ts'
import { printable } from '../model/printable.ts'
import type { RolloutsForecast } from '../plan/forecast/result.ts'
import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/result.ts'
import { type SectionedBar, sectionedBars } from './sectioned-bars.ts'

/** How {@link formatRolloutGantt} writes. */
export interface RolloutGanttOptions {
  /** Columns of the chart itself. Default 60. */
  readonly width?: number | undefined
  /** Lines at most; the rest is counted. Default 50. */
  readonly maxLines?: number | undefined
}

const ends: Readonly<Record<ForecastBar['outcome'], string>> = { done: '|', failed: 'x', updating: '>', other: '.' }

/**
 * A forecast as a chart for terminals: a line for each time that a cluster is updating, by stages, and by modules where it is of several.
 *
 * @example
 * ```ts
 * import { forecast } from 'fleetkit/forecast'
 * import { formatRolloutGantt } from 'fleetkit/views'
 *
 * const result = forecast({ rollout: { stages: [{ name: 'fleet', maxConcurrency: 1 }] }, clusters: [{ id: 'a' }, { id: 'b' }] })
 * console.log(formatRolloutGantt(result))
 * ```
 */
export function formatRolloutGantt(forecast: Forecast | RolloutsForecast, options: RolloutGanttOptions = {}): string {
  const { duration, peak } = forecast
  const lines = barLines(sectionedBars(forecast), duration, options)
  const most = `at most ${peak.unavailable.total} unavailable, ${peak.concurrency.total} at once`
  if (!('modules' in forecast)) return [...lines, `${endOf(forecast)}; ${most}`].join('\n')
  const ends = Object.entries(forecast.modules).map(([module, each]) => `${printable(module)}: ${endOf(each)}`)
  const budgets = forecast.peak.budgets.map(({ budget, value, count, limit, at }) => {
    const name = value === undefined ? budget : `${budget} of ${value}`
    return `${printable(name)}: at most ${count} of ${Number.isFinite(limit) ? limit : 'all'}, first after ${formatDuration(at)}`
  })
  return [...lines, ...ends, most, ...budgets].join('\n')
}

function barLines(bars: readonly SectionedBar[], duration: number, { width = 60, maxLines = 50 }: RolloutGanttOptions): readonly string[] {
  const name = bars.reduce((longest, { cluster }) => Math.max(longest, printable(cluster).length), 0)
  const column = (at: number): number => (duration === 0 ? 0 : Math.min(width - 1, Math.round((at / duration) * (width - 1))))
  const lines: string[] = []
  let section: string | undefined
  for (const bar of bars.slice(0, maxLines)) {
    if (bar.section !== section) lines.push(printable(bar.section))
    section = bar.section
    const [from, until] = [column(bar.from), column(bar.until ?? duration)]
    const drawn = `${' '.repeat(from)}${'='.repeat(Math.max(0, until - from))}${ends[bar.outcome]}`
    lines.push(
      `  ${printable(bar.cluster).padEnd(name)} ${drawn.padEnd(width)} ${formatDuration(bar.from)} +${formatDuration((bar.until ?? duration) - bar.from)}`,
    )
  }
  if (bars.length > maxLines) lines.push(`  and ${bars.length - maxLines} more`)
  return lines
}

function endOf({ phase, duration, cause }: Forecast): string {
  return `${phase} after ${formatDuration(duration)}${cause === undefined ? '' : `: ${printable(cause.message)}`}`
}
