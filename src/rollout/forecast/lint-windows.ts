import { matchesSelector } from '../../model/selector.ts'
import type { AllowWindow } from '../../model/windows/windows.ts'
import { type Diagnostic, errorOf } from '../diagnostic.ts'
import { labelsKey, labelsOf } from '../planner/budgets/scope.ts'
import { listText } from '../planner/hold.ts'
import type { TargetView } from '../target-view.ts'
import { validateWindows } from '../windows/validate-windows.ts'
import { windowIntervals } from '../windows/window-intervals.ts'
import type { RolloutWindows } from '../windows/windows.ts'

const yearMs = 367 * 86_400_000

/** What is wrong with windows and freezes for these targets: it is malformed, is for none of them, or never lets one of them start. */
export function lintWindows(windows: RolloutWindows, targets: readonly TargetView[], now: number | undefined): readonly Diagnostic[] {
  const problems = validateWindows(windows, 'windows')
  if (problems.length > 0) return problems.map((problem) => errorOf('bad-windows', problem))
  const all = (['allow', 'freezes'] as const).flatMap((field) =>
    (windows[field] ?? []).map((window, index) => ({ ...window, path: `windows.${field}[${index}].selector` })),
  )
  const unused = all.filter(
    ({ selector }) => selector !== undefined && targets.length > 0 && !targets.some(({ labels }) => matchesSelector(selector, labels)),
  )
  const message = 'it selects no target'
  return [
    ...unused.map(({ path }): Diagnostic => ({ severity: 'warning', code: 'window-unused', path, message })),
    ...(now === undefined ? [] : closedFor(windows, all, targets, now)),
  ]
}

/** The targets that nothing lets start, by what their labels say. */
function closedFor(
  windows: RolloutWindows,
  all: readonly AllowWindow[],
  targets: readonly TargetView[],
  now: number,
): readonly Diagnostic[] {
  const keys = [...labelsOf(all), ...all.flatMap(({ timeZoneLabel }) => timeZoneLabel ?? [])]
  const alike = Map.groupBy(targets, ({ labels = {} }) => labelsKey(labels, keys))
  const found: Diagnostic[] = []
  for (const group of alike.values()) {
    const [first] = group as [TargetView]
    const { intervals, problems } = windowIntervals(windows, { labels: first.labels ?? {}, from: now, to: now + yearMs, limit: 1 })
    if (intervals.length > 0) continue
    const ids = listText(group.map(({ id }) => id))
    const [problem] = problems
    const why =
      problem === undefined ? 'no window opens within a year' : `found ${problem.found} in ${problem.path}, accepted ${problem.accepted}`
    found.push({
      severity: 'error',
      code: problem === undefined ? 'window-never-opens' : 'no-time-zone',
      path: 'windows',
      message: `${ids} can never start: ${why}`,
    })
  }
  return found
}
