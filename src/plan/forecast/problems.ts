import { planGraph } from '../../graph/plan.ts'
import { describeValue, type Problem } from '../../model/errors/problem.ts'
import { matchesSelector } from '../../model/selector.ts'
import { isRange } from '../../model/versions.ts'
import { assumptionProblems } from '../../rollout/forecast/check-assumptions.ts'
import type { ForecastRolloutsInput } from './input.ts'
import type { ModuleSubject } from './module-subject.ts'

/** What keeps a forecast from being begun: there is no module, or one that says neither what it is nor how it goes out. */
export function moduleProblems({ modules }: ForecastRolloutsInput): readonly Problem[] {
  if (modules.length === 0) return [{ path: 'modules', found: 'none', accepted: 'one or more' }]
  return modules.flatMap(({ module, id, rollout }, index) => {
    if (module !== undefined) return []
    return [
      ...(id === undefined ? [{ path: `modules[${index}].id`, found: 'nothing', accepted: 'a text, or a Module' }] : []),
      ...(rollout === undefined ? [{ path: `modules[${index}].rollout`, found: 'nothing', accepted: 'a strategy, or a Module' }] : []),
    ]
  })
}

/** What is wrong with the modules, with what they need, and with what is assumed. */
export function rolloutsProblems(input: ForecastRolloutsInput, subjects: readonly ModuleSubject[]): readonly Problem[] {
  return [
    ...nameProblems(subjects),
    ...needProblems(subjects),
    ...subjects.flatMap(clusterProblems),
    ...commonProblems(subjects),
    ...outageProblems(input, subjects),
    ...budgetProblems(input, subjects),
  ]
}

function nameProblems(subjects: readonly ModuleSubject[]): readonly Problem[] {
  const names = new Set<string>()
  return subjects.flatMap(({ name }, index) => {
    if (!names.has(name)) return names.add(name) && []
    return [{ path: `modules[${index}].id`, found: `${describeValue(name)} twice`, accepted: 'each module once' }]
  })
}

function needProblems(subjects: readonly ModuleSubject[]): readonly Problem[] {
  const names = new Set(subjects.map(({ name }) => name))
  const wrong = subjects.flatMap(({ needs, neededBefore }, index) => {
    const lists = [
      ['needs', needs] as const,
      ...Object.entries(neededBefore).map(([version, list]) => [`neededBefore[${version}]`, list] as const),
    ]
    return lists.flatMap(([field, list]) =>
      list.flatMap(({ module, range }, at): readonly Problem[] => {
        const path = `modules[${index}].${field}[${at}]`
        if (!names.has(module)) return [{ path: `${path}.module`, found: describeValue(module), accepted: 'the id of one of the modules' }]
        if (range === undefined || isRange(range)) return []
        return [{ path: `${path}.range`, found: describeValue(range), accepted: 'a range of versions, such as ^1.4' }]
      }),
    )
  })
  const edges = subjects.flatMap(({ name, needs }) => needs.map(({ module }) => ({ from: name, to: module })))
  const { cycles } = planGraph({ nodes: [...names].map((id) => ({ id })), edges })
  const circular = cycles.map(({ path }) => {
    return { path: 'modules', found: `modules that need one another: ${[...path, path[0]].join(' → ')}`, accepted: 'needs without a cycle' }
  })
  return [...wrong, ...circular]
}

function clusterProblems(subject: ModuleSubject, index: number): readonly Problem[] {
  return assumptionProblems(subject, subject).flatMap((problem) =>
    isOfAll(problem) ? [] : [{ ...problem, path: `modules[${index}].${problem.path}` }],
  )
}

/** When it begins, and what is frozen, is said for all of them: what is wrong with it is named once. */
function commonProblems(subjects: readonly ModuleSubject[]): readonly Problem[] {
  const found = subjects.flatMap((subject) => assumptionProblems(subject, subject).filter(isOfAll))
  return [...new Map(found.map((problem) => [problem.path, problem])).values()]
}

function isOfAll({ path }: Problem): boolean {
  return path === 'assume.start' || path.startsWith('freezes')
}

function outageProblems({ assume }: ForecastRolloutsInput, subjects: readonly ModuleSubject[]): readonly Problem[] {
  const ids = new Set(subjects.flatMap(({ clusters }) => clusters.map(({ id }) => id)))
  return (assume?.outages ?? []).flatMap(({ cluster }, index) =>
    ids.has(cluster)
      ? []
      : [{ path: `assume.outages[${index}].cluster`, found: describeValue(cluster), accepted: 'the id of one of the clusters' }],
  )
}

function budgetProblems({ budgets = [] }: ForecastRolloutsInput, subjects: readonly ModuleSubject[]): readonly Problem[] {
  return budgets.flatMap(({ selector, by }, index): readonly Problem[] => {
    const covered = subjects.flatMap(({ clusters }) => clusters.filter(({ labels }) => matchesSelector(selector ?? {}, labels)))
    if (covered.length === 0) {
      return [{ path: `budgets[${index}].selector`, found: 'a selector that selects no cluster', accepted: 'one that selects some' }]
    }
    if (by === undefined || covered.some(({ labels = {} }) => Object.hasOwn(labels, by))) return []
    return [{ path: `budgets[${index}].by`, found: describeValue(by), accepted: 'a label that some cluster has' }]
  })
}
