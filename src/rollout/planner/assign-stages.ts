import { compareText } from '../../model/compare-text.ts'
import type { OpenedStage } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { capacityOf, fits, weightOf } from '../strategy/capacity.ts'
import { type ResolvedStage, resolveStrategy } from '../strategy/resolve.ts'
import { labelOf, type TargetView } from '../target-view.ts'
import { orderById, sortMembers } from './targets/order.ts'
import { Pages } from './targets/pages.ts'
import { numberMembers, type StagedTargets, StagedViews } from './targets/staged-targets.ts'

const remembered: WeakMap<CanonicalStrategy, StagedTargets> = new WeakMap()

/**
 * Gives each target its stage and index; takes those from before when ids, labels, sort keys and selection are unchanged.
 *
 * @param opened - the stages that have begun: one with a limit keeps whom it took
 * @param before - what to take it from; otherwise from where the strategy was last
 */
export function assignStages(
  strategy: CanonicalStrategy,
  targets: readonly TargetView[] | Pages<TargetView>,
  opened: readonly OpenedStage[] = [],
  before: StagedTargets | undefined = remembered.get(strategy),
): StagedTargets {
  const given = targets instanceof Pages ? targets : Pages.of(targets, before?.views.given)
  const took = tookBy(resolveStrategy(strategy).stages, opened)
  const last = remembered.get(strategy)
  const staged =
    reuse(before, given, took, strategy) ??
    (last === before ? undefined : reuse(last, given, took, strategy)) ??
    build(strategy, given, took)
  remembered.set(strategy, staged)
  return staged
}

function tookBy(stages: readonly ResolvedStage[], opened: readonly OpenedStage[]): StagedTargets['took'] {
  return stages.map(({ name, limit }) => (limit === 'all' ? undefined : opened.find(({ stage }) => stage === name)?.took))
}

function reuse(
  before: StagedTargets | undefined,
  given: Pages<TargetView>,
  took: StagedTargets['took'],
  strategy: CanonicalStrategy,
): StagedTargets | undefined {
  if (before === undefined) return undefined
  const last = before.views.given
  if (given.length !== last.length || !took.every((ids, stage) => sameItems(ids, tookIn(before, stage, ids)))) return undefined
  if (given === last && took.every((ids, stage) => ids === before.took[stage])) return before
  const { labels } = resolveStrategy(strategy)
  const isKnown = given.places !== undefined && given.places === last.places
  if (!isKnown) for (const at of given.changesFrom(last)) if (!isStagedAlike(given.at(at), last.at(at), labels)) return undefined
  return { ...before, views: before.views.with(given), took }
}

/** Whom a stage took; of one that began just now, whom it would take again. */
function tookIn({ took, views, first }: StagedTargets, stage: number, ids: OpenedStage['took']): OpenedStage['took'] {
  if (ids === undefined || took[stage] !== undefined) return took[stage]
  return views.slice(first[stage], first[stage + 1]).map(({ id }) => id)
}

/** Whether two lists have the same items, or there are none. */
export function sameItems(a: readonly unknown[] | Uint32Array | undefined, b: typeof a): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && a.length === b.length && a.every((item, at) => item === b[at])
}

/**
 * Whether a target has the place that another one has.
 *
 * @param labels - those that the strategy goes by
 */
export function isStagedAlike(a: TargetView, b: TargetView, labels: readonly string[]): boolean {
  return (
    a.id === b.id &&
    a.sortKey === b.sortKey &&
    a.weight === b.weight &&
    (a.selected ?? true) === (b.selected ?? true) &&
    (a.labels === b.labels || labels.every((label) => labelOf(a.labels, label) === labelOf(b.labels, label)))
  )
}

function build(strategy: CanonicalStrategy, pages: Pages<TargetView>, took: StagedTargets['took']): StagedTargets {
  const given = pages.items()
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
  const { source, ...numbered } = numberMembers(stages, members, given)
  const repeated = new Uint8Array(given.length)
  const twice = new Set(duplicates)
  if (twice.size > 0)
    for (const [position, { id }] of given.entries()) if (twice.has(id)) repeated[numbered.indexAt[position] as number] = 1
  return { ...numbered, views: new StagedViews(pages, source), unmatched, duplicates, repeated, took }
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
  const members: number[][] = []
  let remaining = [...candidates]
  for (const stage of stages) {
    const [fitting, left]: [number[], number[]] = [[], []]
    for (const index of remaining) (stage.takes(given[index] as TargetView) ? fitting : left).push(index)
    sortMembers(fitting, stage, given)
    const [taken, beyond] = cutToLimit(fitting, stage, candidates, given)
    members.push(taken)
    for (const index of beyond) left.push(index)
    if (beyond.length > 0) left.sort((a, b) => compareText((given[a] as TargetView).id, (given[b] as TargetView).id))
    remaining = left
  }
  return { members, remaining }
}

/** Those whom the limit of a stage allows, in all or for each value of a label, and those beyond it. */
function cutToLimit(
  fitting: number[],
  { limit, limitBy, limitOf, weighted }: ResolvedStage,
  candidates: readonly number[],
  given: readonly TargetView[],
): readonly [number[], readonly number[]] {
  if (limit === 'all') return [fitting, []]
  const groupOf = (index: number): string | undefined => labelOf((given[index] as TargetView).labels, limitBy)
  const costOf = (index: number): number => (weighted ? weightOf(given[index] as TargetView) : 1)
  const totals = new Map<string | undefined, number>()
  for (const index of fitting) totals.set(groupOf(index), (totals.get(groupOf(index)) ?? 0) + costOf(index))
  const fleet = candidates.reduce((sum, index) => sum + costOf(index), 0)
  const capacity = new Map([...totals].map(([group, total]) => [group, capacityOf(limit, limitOf === 'fleet' ? fleet : total, weighted)]))
  const used = new Map<string | undefined, number>()
  const beyond: number[] = []
  const taken = fitting.filter((index) => {
    const group = groupOf(index)
    const [cost, before] = [costOf(index), used.get(group) ?? 0]
    // The first that has no place is followed by no other.
    const isIn = Number.isFinite(before) && fits(cost, before, capacity.get(group) as number)
    used.set(group, isIn ? before + cost : Number.POSITIVE_INFINITY)
    if (!isIn) beyond.push(index)
    return isIn
  })
  return [taken, beyond]
}
