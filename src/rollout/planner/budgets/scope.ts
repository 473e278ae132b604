import { compileSelector } from '../../../model/compile-selector.ts'
import { getOrMake } from '../../get-or-make.ts'
import type { Interval, TargetWindows, WindowScope } from '../../strategy/interval.ts'
import { labelOf } from '../../target-view.ts'

/** The labels of a target. */
export type Labels = Readonly<Record<string, string>>

/** Whether a target with some labels is in a scope, with the scope parsed once. */
export function compileScope({ selector, zone }: WindowScope): (labels: Labels) => boolean {
  const selects = compileSelector(selector ?? {})
  if (zone === undefined) return selects
  const { label, in: among, notIn } = zone
  const [zones, others] = [among && new Set<string | undefined>(among), notIn && new Set<string | undefined>(notIn)]
  return (labels) => {
    const value = labelOf(labels, label)
    return (zones === undefined || zones.has(value)) && others?.has(value) !== true && selects(labels)
  }
}

/** The labels that decide whether a target is in any of the scopes. */
export function labelsOf(scopes: readonly WindowScope[]): readonly string[] {
  const labels = new Set<string>()
  for (const { selector, zone } of scopes) {
    for (const label of Object.keys(selector?.matchLabels ?? {})) labels.add(label)
    for (const { key } of selector?.matchExpressions ?? []) labels.add(key)
    if (zone !== undefined) labels.add(zone.label)
  }
  return [...labels]
}

/** A text that is the same for labels which have the same values of some of them. */
export function labelsKey(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labelOf(labels, name) ?? null))
}

/** Windows with their scope parsed. */
export interface CompiledWindows extends TargetWindows {
  readonly covers: (labels: Labels) => boolean
}

const compiled: WeakMap<TargetWindows, CompiledWindows> = new WeakMap()

/** Parses the scopes of windows, which are immutable: each once. */
export function compileWindows(windows: readonly TargetWindows[]): readonly CompiledWindows[] {
  return windows.map((of) => getOrMake(compiled, of, () => ({ ...of, covers: compileScope(of) })))
}

/**
 * The windows that a target with some labels goes by, beside those of its stage: those with a selector that are for it or, without any, all
 * others that are and those of all targets. `undefined`: none are for it, and it goes by those of all targets.
 *
 * @param common - the windows of all targets
 */
export function windowsFor(
  windows: readonly CompiledWindows[],
  common: readonly Interval[] | undefined,
  labels: Labels,
): { readonly intervals: readonly Interval[]; readonly notes: readonly string[] } | undefined {
  const fitting = windows.filter(({ covers }) => covers(labels))
  const selected = fitting.filter(({ selector }) => selector !== undefined)
  if (fitting.length === 0) return undefined
  const all: readonly TargetWindows[] = selected.length > 0 ? selected : [...fitting, { intervals: common ?? [] }]
  return { intervals: all.flatMap(({ intervals }) => intervals), notes: all.flatMap(({ note }) => note ?? []) }
}
