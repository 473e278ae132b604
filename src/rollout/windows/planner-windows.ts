import type { Problem } from '../../model/errors/problem.ts'
import type { AllowWindow } from '../../model/windows/windows.ts'
import { getOrMake } from '../get-or-make.ts'
import type { Freeze, TargetWindows, WindowScope } from '../strategy/interval.ts'
import { labelOf } from '../target-view.ts'
import { union } from './occurrences.ts'
import { type Taken, Timetable } from './timetable.ts'
import type { PlannerWindowOptions, PlannerWindows, RolloutWindows } from './windows.ts'

/**
 * Windows and freezes between two instants in the form that `planRollout` takes. The `limit` holds for each of them. A window that goes by
 * the time zone of each target becomes one for each time zone that the targets have, and one for those without: however many targets there
 * are, that is all there is. Call it again when labels of targets change, and by `until`.
 *
 * @example
 * ```ts
 * import { planRollout, type TargetView } from 'fleetkit/rollout'
 * import { plannerWindows } from 'fleetkit/windows'
 *
 * declare const targets: readonly TargetView[]
 * const now = Date.now()
 * const { windows, targetWindows, freezes } = plannerWindows(
 *   { allow: [{ schedule: '0 22 * * *', duration: '4h', timeZoneLabel: 'example.com/time-zone', timeZone: 'UTC' }] },
 *   { from: now, to: now + 30 * 86_400_000, targets },
 * )
 * const strategy = { stages: [{ name: 'fleet', maxConcurrency: '10%' }] } as const
 * planRollout({ now, module: { id: 'shop', version: '2.0.0' }, strategy, targets, windows, targetWindows, freezes }, null)
 * ```
 */
export function plannerWindows(windows: RolloutWindows, options: PlannerWindowOptions): PlannerWindows {
  const timetable = Timetable.of(windows, options)
  const problems = 'problems' in timetable ? timetable.problems : targetsProblems(windows, options)
  if ('problems' in timetable || problems.length > 0) return { windows: [], targetWindows: [], freezes: [], until: options.to, problems }
  const { allow = [], freezes = [] } = windows
  const untils: number[] = [timetable.to]
  const noted = ({ intervals, until }: Taken): Taken['intervals'] => {
    untils.push(until)
    return intervals
  }
  const isCommon = ({ selector, timeZoneLabel }: AllowWindow): boolean => selector === undefined && timeZoneLabel === undefined
  const common = allow.filter(isCommon)
  const zones = new TargetZones(timetable, options.targets ?? [])
  const parts = (window: AllowWindow): readonly Part[] => {
    const scope = window.selector === undefined ? {} : { selector: window.selector }
    if (window.timeZoneLabel === undefined) return [{ scope, taken: timetable.take(timetable.intervalsOf(window, window.timeZone)) }]
    return zones.parts(window, window.timeZoneLabel).map((part) => ({ ...part, scope: { ...scope, ...part.scope } }))
  }
  return {
    windows:
      common.length === 0
        ? undefined
        : noted(timetable.take(union(common.map((window) => timetable.intervalsOf(window, window.timeZone))))),
    targetWindows: allow
      .filter((window) => !isCommon(window))
      .flatMap((window) => parts(window).map(({ scope, taken }): TargetWindows => ({ ...scope, intervals: noted(taken ?? none) }))),
    freezes: freezes.flatMap((freeze) =>
      parts(freeze).flatMap(({ scope, taken = timetable.take([timetable]) }) =>
        noted(taken).map((interval): Freeze => ({ ...interval, name: freeze.name, ...scope })),
      ),
    ),
    until: untils.reduce((first, until) => Math.min(first, until)),
    problems: [],
  }
}

/** When a window is open for a part of the targets; without `taken`, no one knows. */
interface Part {
  readonly scope: WindowScope
  readonly taken?: Taken | undefined
}

const none: Taken = { intervals: [], until: Number.POSITIVE_INFINITY }

/** The time zones of targets by their labels. Each label is looked at once. */
class TargetZones {
  readonly #timetable: Timetable
  readonly #targets: NonNullable<PlannerWindowOptions['targets']>
  readonly #byLabel: Map<string, ReadonlyMap<string, readonly string[]>> = new Map()

  constructor(timetable: Timetable, targets: NonNullable<PlannerWindowOptions['targets']>) {
    this.#timetable = timetable
    this.#targets = targets
  }

  /** The parts of a window that goes by a label. */
  parts(window: AllowWindow, label: string): readonly Part[] {
    const zones = getOrMake(this.#byLabel, label, () => this.#zonesBy(label))
    const open = (zone: string): Taken => this.#timetable.take(this.#timetable.intervalsOf(window, zone))
    const rest = { label, notIn: [...zones.values()].flat() }
    return [
      ...[...zones].map(([zone, values]): Part => ({ scope: { zone: { label, in: values } }, taken: open(zone) })),
      window.timeZone === undefined
        ? { scope: { zone: rest, note: `its label ${label} names no time zone` } }
        : { scope: { zone: rest }, taken: open(window.timeZone) },
    ]
  }

  /** By time zone, the values of the label that name it. */
  #zonesBy(label: string): ReadonlyMap<string, readonly string[]> {
    const values = new Set(this.#targets.map(({ labels }) => labelOf(labels, label) ?? ''))
    const zones = Map.groupBy([...values].sort(), (value) => this.#timetable.zoneOf(value))
    return new Map([...zones].flatMap(([zone, of]) => (zone === undefined ? [] : [[zone, of] as const])))
  }
}

function targetsProblems({ allow = [], freezes = [] }: RolloutWindows, { targets }: PlannerWindowOptions): readonly Problem[] {
  const needed = [...allow, ...freezes].some(({ timeZoneLabel }) => timeZoneLabel !== undefined)
  return needed && !Array.isArray(targets)
    ? [{ path: 'targets', found: 'no list', accepted: 'the targets, whose labels name their time zones' }]
    : []
}
