import { compareText, sortTexts } from '../../model/compare-text.ts'
import type { OpenedStage } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { capacityOf, fits, weightOf } from '../strategy/capacity.ts'
import { type ResolvedStage, resolveStrategy } from '../strategy/resolve.ts'
import { labelOf, type TargetView } from '../target-view.ts'

/**
 * The targets by stage. Each has an index: those of the first stage come first, in their order, then those of the next, and so on, and
 * last those that are no longer selected. Everything else about targets is kept in arrays by that index.
 */
export interface StagedTargets {
  readonly stages: readonly ResolvedStage[]
  /** By index. */
  readonly views: readonly TargetView[]
  /** By stage, the index of its first member; one more at the end, which is that of the first deselected target. */
  readonly first: readonly number[]
  /** By index, the stage; the number of stages for a deselected target. */
  readonly stageOf: Uint16Array
  /** By index, the group of `within`; groups are numbered over all stages. */
  readonly groupOf: Uint32Array
  /** By group, how many members it has. */
  readonly groupSize: readonly number[]
  /** Targets that no stage of the strategy takes. */
  readonly unmatched: readonly string[]
  /** Ids that more than one target has: either could be meant, so that neither is started. */
  readonly duplicates: readonly string[]
  /** By index, 1 for those with such an id. */
  readonly repeated: Uint8Array
  /** By stage, whom it took when it began; `undefined` for one without a limit, or that has not begun. */
  readonly took: readonly OpenedStage['took'][]
  /** The targets as they were given, in a list of its own: the caller's may be changed in place. */
  readonly given: readonly TargetView[]
  /** By index, the position in `given`. */
  readonly source: Uint32Array
}

const remembered: WeakMap<CanonicalStrategy, StagedTargets> = new WeakMap()

/**
 * Gives each target its stage and index; takes those from before when ids, labels, sort keys and selection are unchanged.
 *
 * @param opened - the stages that have begun: one with a limit keeps whom it took
 * @param before - what to take it from; otherwise from where the strategy was last
 */
export function assignStages(
  strategy: CanonicalStrategy,
  given: readonly TargetView[],
  opened: readonly OpenedStage[] = [],
  before: StagedTargets | undefined = remembered.get(strategy),
): StagedTargets {
  const took = tookBy(resolveStrategy(strategy).stages, opened)
  const staged = (before === undefined ? undefined : reuse(before, given, took)) ?? build(strategy, given, took)
  remembered.set(strategy, staged)
  return staged
}

function tookBy(stages: readonly ResolvedStage[], opened: readonly OpenedStage[]): StagedTargets['took'] {
  return stages.map(({ name, limit }) => (limit === 'all' ? undefined : opened.find(({ stage }) => stage === name)?.took))
}

function reuse(before: StagedTargets, given: readonly TargetView[], took: StagedTargets['took']): StagedTargets | undefined {
  if (given.length !== before.given.length || !took.every((ids, stage) => sameIds(ids, before.took[stage]))) return undefined
  for (let at = 0; at < given.length; at += 1) {
    const now = given[at] as TargetView
    const then = before.given[at] as TargetView
    if (now !== then && !isStagedAlike(now, then)) return undefined
  }
  return { ...before, given: [...given], views: viewsAt(before.source, given) }
}

function viewsAt(source: Uint32Array, given: readonly TargetView[]): readonly TargetView[] {
  const views: TargetView[] = new Array(source.length)
  for (let index = 0; index < source.length; index += 1) views[index] = given[source[index] as number] as TargetView
  return views
}

function sameIds(a: OpenedStage['took'], b: OpenedStage['took']): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && a.length === b.length && a.every((id, at) => id === b[at])
}

function isStagedAlike(a: TargetView, b: TargetView): boolean {
  return (
    a.id === b.id &&
    a.sortKey === b.sortKey &&
    a.weight === b.weight &&
    (a.selected ?? true) === (b.selected ?? true) &&
    sameLabels(a.labels, b.labels)
  )
}

function sameLabels(a: TargetView['labels'] = {}, b: TargetView['labels'] = {}): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}

function build(strategy: CanonicalStrategy, given: readonly TargetView[], took: StagedTargets['took']): StagedTargets {
  const { stages: resolved, rest } = resolveStrategy(strategy)
  const declared = resolved.map((stage, at) => asBegun(stage, took[at]))
  const { order, duplicates } = orderById(given)
  const at = (index: number): TargetView => given[index] as TargetView
  const deselected = order.filter((index) => at(index).selected === false)
  const candidates = deselected.length === 0 ? order : order.filter((index) => at(index).selected !== false)
  const { members, remaining } = distribute(declared, candidates, given)
  const stages = [...declared]
  const unmatched = remaining.map((index) => at(index).id)
  if (remaining.length > 0) {
    sortMembers(remaining, rest, given)
    stages.push(rest)
    members.push(remaining)
  }
  members.push(deselected)
  const numbered = numberMembers(stages, members, given)
  const twice = new Set(duplicates)
  const repeated = Uint8Array.from(numbered.views, ({ id }) => (twice.has(id) ? 1 : 0))
  return { ...numbered, unmatched, duplicates, repeated, took, given: [...given] }
}

/** A stage that took so many of those that fit; who comes later is not among them. */
function asBegun(stage: ResolvedStage, took: OpenedStage['took']): ResolvedStage {
  if (took === undefined) return stage
  const ids = new Set(took)
  return { ...stage, limit: 'all', limitBy: undefined, takes: (view) => ids.has(view.id) && stage.takes(view) }
}

/** Gives each stage its members, in their order. Both `candidates` and what remains of them are in the order of their ids. */
function distribute(
  stages: readonly ResolvedStage[],
  candidates: readonly number[],
  given: readonly TargetView[],
): { readonly members: number[][]; readonly remaining: number[] } {
  const members = stages.map((): number[] => [])
  let remaining = [...candidates]
  for (let from = 0, to = 0; from < stages.length; from = to) {
    // Only a stage with a limit passes on what it could take, so that up to there one look at each target is enough.
    do to += 1
    while (to < stages.length && stages[to - 1]?.limit === 'all')
    const left: number[] = []
    for (const index of remaining) {
      let stage = from
      while (stage < to && !stages[stage]?.takes(given[index] as TargetView)) stage += 1
      const list = stage < to ? (members[stage] as number[]) : left
      list.push(index)
    }
    for (let stage = from; stage < to; stage += 1) sortMembers(members[stage] as number[], stages[stage] as ResolvedStage, given)
    const beyond = cutToLimit(members, to - 1, stages[to - 1] as ResolvedStage, candidates, given)
    for (const index of beyond) left.push(index)
    if (beyond.length > 0) left.sort((a, b) => compareText((given[a] as TargetView).id, (given[b] as TargetView).id))
    remaining = left
  }
  return { members, remaining }
}

/** Leaves a stage as many as its limit allows, or as many for each value of a label, and gives back those beyond it. */
function cutToLimit(
  members: number[][],
  at: number,
  { limit, limitBy, limitOf, weighted }: ResolvedStage,
  candidates: readonly number[],
  given: readonly TargetView[],
): readonly number[] {
  if (limit === 'all') return []
  const fitting = members[at] as number[]
  const groupOf = (index: number): string | undefined => labelOf((given[index] as TargetView).labels, limitBy)
  const costOf = (index: number): number => (weighted ? weightOf(given[index] as TargetView) : 1)
  const totals = new Map<string | undefined, number>()
  for (const index of fitting) totals.set(groupOf(index), (totals.get(groupOf(index)) ?? 0) + costOf(index))
  const fleet = candidates.reduce((sum, index) => sum + costOf(index), 0)
  const capacity = new Map([...totals].map(([group, total]) => [group, capacityOf(limit, limitOf === 'fleet' ? fleet : total, weighted)]))
  const used = new Map<string | undefined, number>()
  const beyond: number[] = []
  members[at] = fitting.filter((index) => {
    const group = groupOf(index)
    const [cost, before] = [costOf(index), used.get(group) ?? 0]
    // The first that has no place is followed by no other.
    const isIn = Number.isFinite(before) && fits(cost, before, capacity.get(group) as number)
    used.set(group, isIn ? before + cost : Number.POSITIVE_INFINITY)
    if (!isIn) beyond.push(index)
    return isIn
  })
  return beyond
}

/** Numbers the members, and their groups. */
function numberMembers(
  stages: readonly ResolvedStage[],
  members: readonly (readonly number[])[],
  given: readonly TargetView[],
): Omit<StagedTargets, 'unmatched' | 'duplicates' | 'repeated' | 'took' | 'given'> {
  const source = Uint32Array.from(members.flat())
  const stageOf = new Uint16Array(source.length)
  const groupOf = new Uint32Array(source.length)
  const groupSize: number[] = []
  const first: number[] = []
  let next = 0
  for (const [stage, indices] of members.entries()) {
    first.push(next)
    const within = stages[stage]?.within
    const groups = new Map<string | undefined, number>()
    for (const index of indices) {
      const value = labelOf((given[index] as TargetView).labels, within)
      const group = groups.get(value) ?? groupSize.push(0) - 1
      groups.set(value, group)
      groupSize[group] = (groupSize[group] as number) + 1
      stageOf[next] = stage
      groupOf[next] = group
      next += 1
    }
  }
  return { stages, views: viewsAt(source, given), first, stageOf, groupOf, groupSize, source }
}

/** Positions of the targets in the order of their ids; those with the same one in that of what they say. */
function orderById(given: readonly TargetView[]): { order: number[]; duplicates: string[] } {
  if (isOrdered(given)) return { order: Array.from(given.keys()), duplicates: [] }
  const indices = new Map<string, number>()
  for (let index = 0; index < given.length; index += 1) indices.set((given[index] as TargetView).id, index)
  if (indices.size === given.length) return { order: sortTexts([...indices.keys()]).map((id) => indices.get(id) as number), duplicates: [] }
  const said = (index: number): string => JSON.stringify(given[index])
  const idOf = (index: number): string => (given[index] as TargetView).id
  const order = Array.from(given.keys()).sort((a, b) => compareText(idOf(a), idOf(b)) || compareText(said(a), said(b)))
  return { order, duplicates: sortTexts([...repeatedIds(given)]) }
}

/** The ids that more than one target has. */
export function repeatedIds(targets: readonly TargetView[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const { id } of targets) (once.has(id) ? twice : once).add(id)
  return twice
}

/** Whether the ids are in order as they are, as they mostly are, and all different. */
function isOrdered(given: readonly TargetView[]): boolean {
  for (let index = 0; index < given.length; index += 1) {
    const { id } = given[index] as TargetView
    if ((index > 0 && (given[index - 1] as TargetView).id >= id) || surrogate.test(id)) return false
  }
  return true
}

const surrogate: RegExp = /[\ud800-\udfff]/

/** Sorts members that are in the order of their ids. Sorting is stable, so ids decide last. */
function sortMembers(members: number[], { sortBy }: ResolvedStage, given: readonly TargetView[]): void {
  const at = (index: number): TargetView => given[index] as TargetView
  if (members.some((index) => at(index).sortKey !== undefined)) {
    const key = (index: number): number => at(index).sortKey ?? Number.POSITIVE_INFINITY
    members.sort((a, b) => compareNumbers(key(a), key(b)))
  }
  for (const { label, as = 'text', order = 'ascending' } of sortBy.toReversed()) {
    const sign = order === 'ascending' ? 1 : -1
    const value = (index: number): string | undefined => labelOf(at(index).labels, label)
    if (as === 'text') members.sort((a, b) => compareOptional(value(a), value(b), (x, y) => sign * compareText(x, y)))
    else {
      const number = (index: number): number | undefined => {
        const text = value(index)
        return text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
      }
      members.sort((a, b) => compareOptional(number(a), number(b), (x, y) => sign * compareNumbers(x, y)))
    }
  }
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareOptional<T>(a: T | undefined, b: T | undefined, compare: (a: T, b: T) => number): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  return compare(a, b)
}
