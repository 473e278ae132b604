import type { Problem } from '../../errors/problem.ts'
import { describeValue } from '../../errors/problem.ts'
import { fieldRuleProblems } from '../../field-rules/problems.ts'
import type { KubeObject, ObjectMeta } from '../../object.ts'
import { parameterProblems } from '../../parameters/problems.ts'
import { validateSelector } from '../../schema/validate-selector.ts'
import { isRange } from '../../versions.ts'
import { windowProblems } from '../../windows/window-problems.ts'
import { type Draft, parseDocument, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import { moduleKind } from './kind.ts'
import type { ModuleClusters, ModuleReference, ModuleSpec, ModuleSpecInput, ModuleStatus, RolloutSpec } from './types.generated.ts'
import { validateRollout } from './validate-rollout.ts'

/**
 * A strategy as a value, such as `new Rolling(…)`: anything that says what is stored of it.
 *
 * @category Module
 */
export interface RolloutValue {
  /** What is stored. */
  readonly toJSON: () => RolloutSpec
}

/**
 * What a recipe of a Module's `with` may change. The rollout is changed as a whole.
 *
 * @category Module
 */
export interface ModuleDraft {
  metadata: Draft<ObjectMeta>
  spec: Draft<Omit<ModuleSpec, 'rollout'>> & { rollout: RolloutSpec | RolloutValue }
}

/**
 * What a {@link Module} is made from. `metadata.namespace` is `default` when absent; the rollout is a strategy, or the data of one.
 *
 * @category Module
 */
export type ModuleInput = ResourceInput<
  Omit<ModuleSpecInput, 'rollout'> & { readonly rollout?: RolloutSpec | RolloutValue | undefined },
  ModuleStatus
>

/**
 * An exactly versioned configuration, the clusters that get it, and how it goes out to them. A frozen value: it is valid from the moment
 * it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Module } from 'fleetkit'
 * import { Rolling } from 'fleetkit/rollout'
 *
 * const module = new Module({
 *   metadata: { name: 'ingress', namespace: 'fleet' },
 *   spec: {
 *     source: { git: { url: 'https://example.com/ingress.git', tag: 'v1.4.0' } },
 *     clusters: { matchLabels: { tier: 'prod' } },
 *     rollout: new Rolling({ maxUnavailable: 1, within: 'region' }),
 *   },
 * })
 * const next = module.with((draft) => { draft.spec.source.git.tag = 'v1.5.0' })
 * console.log(next.spec.rollout) // { rolling: { maxUnavailable: 1, within: 'region' } }
 * ```
 *
 * @category Module
 */
export class Module extends Resource<'Module', ModuleSpec, ModuleStatus, ModuleDraft> {
  constructor(input: ModuleInput) {
    super(moduleKind, withPlainRollout(input), (metadata, spec) => moduleProblems('Module', metadata, spec))
  }

  /** A Module from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Module {
    return new Module(parseDocument(text, options) as ModuleInput)
  }

  /** A Module from an object of a store. */
  static from(object: KubeObject): Module {
    return new Module(object as unknown as ModuleInput)
  }
}

/** The same with the data of a strategy. */
export function withPlainRollout(input: ModuleInput): ResourceInput<unknown, ModuleStatus> {
  const rollout = input?.spec?.rollout
  const isStrategy = typeof rollout === 'object' && rollout !== null && 'toJSON' in rollout && typeof rollout.toJSON === 'function'
  return isStrategy ? { ...input, spec: { ...input.spec, rollout: rollout.toJSON() } } : input
}

/** What is wrong with a Module, or with what is rolled out as one. */
export function moduleProblems(kind: 'Module' | 'BootstrapModule', metadata: ObjectMeta, spec: ModuleSpec): readonly Problem[] {
  const { source, clusters, rollout, windows = [], freezes = [], parameters = [], postBuild, dependsOn = [] } = spec
  const { promoteFrom } = source.git
  return [
    ...(promoteFrom === undefined ? [] : selfPromotion(kind, metadata, promoteFrom)),
    ...(clusters === undefined ? [] : selectorProblems(clusters)),
    ...(rollout === undefined ? [] : validateRollout(rollout, 'spec.rollout')),
    ...windows.flatMap((window, index) => windowProblems(window, `spec.windows[${index}]`)),
    ...freezes.flatMap((freeze, index) => windowProblems(freeze, `spec.freezes[${index}]`)),
    ...selfDependencies(kind, metadata, dependsOn),
    ...fieldRuleProblems(spec),
    ...dependsOn.flatMap(({ version }, index) => rangeProblems(version, `spec.dependsOn[${index}].version`)),
    ...parameterProblems(parameters, 'spec.parameters', postBuild),
  ]
}

function selfPromotion(kind: string, { name, namespace = 'default' }: ObjectMeta, from: ModuleReference): readonly Problem[] {
  return from.name === name && (from.namespace ?? namespace) === namespace
    ? [{ path: 'spec.source.git.promoteFrom', found: `this ${kind} itself`, accepted: `another ${kind}` }]
    : []
}

function selectorProblems({ names: _names, expr: _expr, ...labels }: ModuleClusters): readonly Problem[] {
  return validateSelector(labels, 'spec.clusters')
}

function rangeProblems(version: string | undefined, path: string): readonly Problem[] {
  if (version === undefined || isRange(version)) return []
  return [{ path, found: describeValue(version), accepted: 'a range of semantic versions, such as >=1.4 <2' }]
}
