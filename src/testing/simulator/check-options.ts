import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { describeValue, fieldPath, type Problem } from '../../model/errors/problem.ts'
import { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { Module } from '../../model/kinds/module/module.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import { planFleet } from '../../plan/fleet/planner/plan-fleet.ts'
import { worldProblems } from './check-world.ts'
import { type FleetRule, fleetRules } from './judge/referee.ts'
import type { FleetInvariant, SimulatedWorld, SimulateFleetOptions } from './options.ts'
import { spanProblems, unknownProblems, wholeProblems } from './problems.ts'
import type { SimulatedCluster } from './scenario.ts'

/** What is simulated, with everything that was left out. Spans are in milliseconds. */
export interface CheckedOptions {
  readonly seed: number
  readonly namespace: string
  readonly clusters: readonly SimulatedCluster[]
  readonly modules: readonly Module[]
  readonly installed: boolean
  readonly policy: FleetPolicy
  readonly during: number
  readonly endsWithin: number
  readonly world: SimulatedWorld
  readonly scenario: SimulateFleetOptions['scenario']
  readonly invariants: Readonly<Record<string, FleetInvariant>>
  readonly rules: readonly FleetRule[] | undefined
  readonly start: number
  readonly traceLines: number
  readonly verbose: boolean
}

const fields: Readonly<Record<keyof SimulateFleetOptions, true>> = {
  seed: true,
  clusters: true,
  modules: true,
  installed: true,
  policy: true,
  during: true,
  endsWithin: true,
  world: true,
  scenario: true,
  invariants: true,
  rules: true,
  start: true,
  traceLines: true,
  verbose: true,
}

/** `model/invalid` with everything that is wrong with what is to be simulated. */
export function checkOptions(options: SimulateFleetOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid(undefined, [{ path: 'options', found: describeValue(options), accepted: 'clusters and modules' }])
  const { seed = 1, clusters, modules, installed = true, policy = {}, during = '1h', endsWithin = '24h', world = {} } = options
  const { scenario, invariants = {}, rules, start = Date.UTC(2026, 0, 1), traceLines = 10_000, verbose = false } = options
  const problems: Problem[] = [
    ...unknownProblems('', options, fields),
    ...wholeProblems('seed', seed, Number.MIN_SAFE_INTEGER),
    ...wholeProblems('start', start, 0),
    ...wholeProblems('traceLines', traceLines, 1),
    ...spanProblems('during', during),
    ...spanProblems('endsWithin', endsWithin),
    ...listProblems('clusters', clusters),
    ...listProblems('modules', modules),
    ...functionProblems(scenario, invariants),
    ...ruleProblems(rules),
  ]
  if (problems.length > 0) throw invalid(undefined, problems)
  const made = modules.map((module) => (module instanceof Module ? module : new Module(module)))
  const namespace = made[0]?.metadata.namespace ?? 'default'
  const about: readonly Problem[] = [
    ...clusterProblems(clusters, namespace),
    ...moduleProblems(made, namespace),
    ...worldProblems(world, clusters),
  ]
  // A planner is asked about clusters that are right.
  const all = about.length > 0 ? about : policyProblems(policy, clusters)
  if (all.length > 0) throw invalid(undefined, all)
  const spans = { during: toMs(during), endsWithin: toMs(endsWithin) }
  return {
    seed,
    namespace,
    clusters,
    modules: made,
    installed,
    policy,
    ...spans,
    world,
    scenario,
    invariants,
    rules,
    start,
    traceLines,
    verbose,
  }
}

/** Milliseconds of a span that was checked. */
export function toMs(span: number | string): number {
  return typeof span === 'number' ? span : (parseDuration(span) ?? 0)
}

function listProblems(path: string, list: unknown): readonly Problem[] {
  if (Array.isArray(list) && list.length > 0) return []
  return [{ path, found: Array.isArray(list) ? 'none' : describeValue(list), accepted: 'a list of one or more' }]
}

function functionProblems(scenario: unknown, invariants: object): readonly Problem[] {
  const accepted = 'a function'
  return [
    ...(scenario === undefined || typeof scenario === 'function' ? [] : [{ path: 'scenario', found: describeValue(scenario), accepted }]),
    ...Object.entries(invariants).flatMap(([name, holds]) =>
      typeof holds === 'function' ? [] : [{ path: fieldPath('invariants', name), found: describeValue(holds), accepted }],
    ),
  ]
}

function ruleProblems(rules: readonly string[] | undefined): readonly Problem[] {
  return (rules ?? []).flatMap((rule, index) =>
    fleetRules.includes(rule as FleetRule)
      ? []
      : [{ path: `rules[${index}]`, found: describeValue(rule), accepted: `one of ${fleetRules.join(', ')}` }],
  )
}

function clusterProblems(clusters: readonly SimulatedCluster[], namespace: string): readonly Problem[] {
  const ids = new Set<string>()
  return clusters.flatMap(({ id, labels }, index): readonly Problem[] => {
    const path = `clusters[${index}].id`
    const spec = { access: { kubeConfig: { secretRef: { name: 'kubeconfig' } } } }
    const made = orInvalid(() => new Cluster({ metadata: { name: id, namespace, ...(labels !== undefined && { labels }) }, spec }))
    if (made instanceof FleetkitError)
      return (made.problems ?? []).map((problem) => ({
        ...problem,
        path: problem.path === 'metadata.name' ? path : problem.path.replace(/^metadata/, `clusters[${index}]`),
      }))
    if (ids.has(id)) return [{ path, found: `${describeValue(id)} twice`, accepted: 'each id once' }]
    ids.add(id)
    return []
  })
}

function moduleProblems(modules: readonly Module[], namespace: string): readonly Problem[] {
  const names = new Set<string>()
  return modules.flatMap(({ metadata, spec }, index): readonly Problem[] => {
    const path = `modules[${index}]`
    if (metadata.namespace !== namespace)
      return [{ path: `${path}.metadata.namespace`, found: describeValue(metadata.namespace), accepted: `${namespace}, as of the first` }]
    if (spec.source.git.commit !== undefined)
      return [{ path: `${path}.spec.source.git.commit`, found: describeValue(spec.source.git.commit), accepted: 'a tag, or promoteFrom' }]
    if (names.has(metadata.name))
      return [{ path: `${path}.metadata.name`, found: `${describeValue(metadata.name)} twice`, accepted: 'each name once' }]
    names.add(metadata.name)
    return []
  })
}

/** What a planner would say of a policy. */
export function policyProblems(policy: FleetPolicy, clusters: readonly SimulatedCluster[]): readonly Problem[] {
  if (typeof policy !== 'object' || policy === null) return [{ path: 'policy', found: describeValue(policy), accepted: 'a FleetPolicy' }]
  const reach = { ok: true, since: 0 }
  // Without a module it would say nothing.
  const modules = [{ id: 'any', revision: 'any', selector: {} }]
  const fleet = clusters.map(({ id, labels }) => ({ id, labels, reach }))
  const { diagnostics } = planFleet({ now: 0, modules, clusters: fleet, policy })
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => ({ path, found: message, accepted: 'what planFleet takes' }))
}
