import { formatDuration } from '../model/duration.ts'
import { printable } from '../model/printable.ts'
import type { ForecastBar } from '../rollout/forecast/bars.ts'
import type { Forecast } from '../rollout/forecast/forecast.ts'

/** How {@link formatRolloutGantt} writes. */
export interface RolloutGanttOptions {
  /** Columns of the chart itself. Default 60. */
  readonly width?: number | undefined
  /** Lines at most; the rest is counted. Default 50. */
  readonly maxLines?: number | undefined
}

const ends: Readonly<Record<ForecastBar['outcome'], string>> = { done: '|', failed: 'x', updating: '>', other: '.' }

/**
 * A forecast as a chart for terminals: a line for each time that a cluster is updating, by stages.
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
export function formatRolloutGantt(forecast: Forecast, { width = 60, maxLines = 50 }: RolloutGanttOptions = {}): string {
  const { bars, duration, phase, cause, peak } = forecast
  const name = bars.reduce((longest, { cluster }) => Math.max(longest, printable(cluster).length), 0)
  const column = (at: number): number => (duration === 0 ? 0 : Math.min(width - 1, Math.round((at / duration) * (width - 1))))
  const lines: string[] = []
  let stage: string | null | undefined
  for (const bar of bars.slice(0, maxLines)) {
    if (bar.stage !== stage) lines.push(printable(bar.stage ?? 'no longer selected'))
    stage = bar.stage
    const [from, until] = [column(bar.from), column(bar.until ?? duration)]
    const drawn = `${' '.repeat(from)}${'='.repeat(Math.max(0, until - from))}${ends[bar.outcome]}`
    lines.push(
      `  ${printable(bar.cluster).padEnd(name)} ${drawn.padEnd(width)} ${formatDuration(bar.from)} +${formatDuration((bar.until ?? duration) - bar.from)}`,
    )
  }
  if (bars.length > maxLines) lines.push(`  and ${bars.length - maxLines} more`)
  const why = cause === undefined ? '' : `: ${printable(cause.message)}`
  lines.push(
    `${phase} after ${formatDuration(duration)}${why}; at most ${peak.unavailable.total} unavailable, ${peak.concurrency.total} at once`,
  )
  return lines.join('\n')
}
