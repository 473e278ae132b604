import { describeValue, type Problem } from '../../model/errors/problem.ts'
import { type LabelSelector, matchesSelector } from '../../model/selector.ts'
import type { ForecastInput } from './input.ts'
import type { Subject } from './subject.ts'
import { timingProblems } from './timing.ts'

/** What is wrong with the clusters, and with what is assumed of them: it is about nothing that is there. */
export function assumptionProblems(input: ForecastInput, { strategy, clusters }: Subject): readonly Problem[] {
  const { assume = {}, windows, freezes } = input
  const { failing, failsTimes, failingChecks = [], outages = [], start } = assume
  const problems: Problem[] = [...timingProblems(input)]
  const ids = new Set<string>()
  const check = (path: string, id: string): void => {
    if (!ids.has(id)) problems.push({ path, found: describeValue(id), accepted: 'the id of one of the clusters' })
  }
  if (clusters.length === 0) problems.push({ path: 'clusters', found: 'none that is selected', accepted: 'one or more' })
  for (const { id } of clusters) {
    if (ids.has(id)) problems.push({ path: 'clusters', found: `${describeValue(id)} twice`, accepted: 'each id once' })
    ids.add(id)
  }
  if (Array.isArray(failing)) for (const [index, id] of failing.entries()) check(`assume.failing[${index}]`, id)
  else if (failing !== undefined && !clusters.some(({ labels }) => matchesSelector(failing as LabelSelector, labels)))
    problems.push({ path: 'assume.failing', found: 'a selector that selects no cluster', accepted: 'one that selects some' })
  for (const [index, { cluster }] of outages.entries()) check(`assume.outages[${index}].cluster`, cluster)
  if (failsTimes !== undefined && !(Number.isInteger(failsTimes) && failsTimes >= 0))
    problems.push({ path: 'assume.failsTimes', found: describeValue(failsTimes), accepted: 'a whole number from 0' })
  const checks = new Set(strategy.stages.flatMap((stage) => (stage.checks ?? []).map(({ name }) => name)))
  for (const [index, name] of failingChecks.entries()) {
    if (checks.has(name)) continue
    problems.push({
      path: `assume.failingChecks[${index}]`,
      found: describeValue(name),
      accepted: 'the name of a check of one of the stages',
    })
  }
  const hasTimes = windows !== undefined || (freezes ?? []).length > 0 || strategy.stages.some((stage) => stage.windows !== undefined)
  if (hasTimes && start === undefined)
    problems.push({ path: 'assume.start', found: 'nothing', accepted: 'when it begins: windows and freezes are about times' })
  return problems
}
