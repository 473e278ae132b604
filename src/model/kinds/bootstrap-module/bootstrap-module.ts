import { describeValue, type Problem } from '../../errors/problem.ts'
import type { KubeObject, ObjectMeta } from '../../object.ts'
import { isDownstream } from '../../parameters/parameter.ts'
import { moduleProblems, type RolloutValue, withPlainRollout } from '../module/module.ts'
import type { ModuleStatus, RolloutSpec } from '../module/types.generated.ts'
import { type Draft, parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { bootstrapModuleKind } from './kind.ts'
import type { BootstrapModuleSpec, BootstrapModuleSpecInput } from './types.generated.ts'

/**
 * What a recipe of a BootstrapModule's `with` may change. The rollout is changed as a whole.
 *
 * @category BootstrapModule
 */
export interface BootstrapModuleDraft {
  metadata: Draft<ObjectMeta>
  spec: Draft<Omit<BootstrapModuleSpec, 'rollout'>> & { rollout: RolloutSpec | RolloutValue }
}

/**
 * What a {@link BootstrapModule} is made from. `metadata.namespace` is `default` when absent; the rollout is a strategy, or the data of one.
 *
 * @category BootstrapModule
 */
export type BootstrapModuleInput = ResourceInput<
  Omit<BootstrapModuleSpecInput, 'rollout'> & { readonly rollout?: RolloutSpec | RolloutValue | undefined },
  ModuleStatus
>

/**
 * A Module that is applied to its clusters directly, from the management: it assumes nothing there, so that it is what makes a bare cluster one that takes Modules. It keeps being applied
 * directly, or the cluster takes over by a Sync that is part of it (`spec.handOver`). A frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { BootstrapModule } from 'fleetkit/bootstrap-module'
 *
 * export const agent = new BootstrapModule({
 *   metadata: { name: 'agent', namespace: 'fleet' },
 *   spec: {
 *     source: { git: { url: 'https://example.com/agent.git', tag: 'v1.0.0' } },
 *     clusters: {},
 *     rollout: { canary: { limit: 1, soak: '1h' } },
 *     removalPolicy: 'Orphan',
 *     handOver: { sync: { namespace: 'fleetkit', name: 'management' } },
 *   },
 * })
 * ```
 *
 * @category BootstrapModule
 */
export class BootstrapModule extends Resource<'BootstrapModule', BootstrapModuleSpec, ModuleStatus, BootstrapModuleDraft> {
  constructor(input: BootstrapModuleInput) {
    super(bootstrapModuleKind, withPlainRollout(input), problemsOf)
  }

  /** A BootstrapModule from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): BootstrapModule {
    return new BootstrapModule(parseDocument(text, options) as BootstrapModuleInput)
  }

  /** A BootstrapModule from an object of a store. */
  static from(object: KubeObject): BootstrapModule {
    return new BootstrapModule(object as unknown as BootstrapModuleInput)
  }
}

function problemsOf(metadata: ObjectMeta, spec: BootstrapModuleSpec): readonly Problem[] {
  const { handOver, removalPolicy, parameters = [] } = spec
  const downstream = parameters.flatMap((parameter, index) =>
    isDownstream(parameter)
      ? [
          {
            path: `spec.parameters[${index}].valueFrom.objectFieldRef.evaluate`,
            found: describeValue('Downstream'),
            accepted: 'Upstream: a BootstrapModule assumes nothing in the cluster',
          },
        ]
      : [],
  )
  const removal =
    handOver === undefined || removalPolicy === 'Orphan'
      ? []
      : [
          {
            path: 'spec.removalPolicy',
            found: describeValue(removalPolicy),
            accepted: 'Orphan, beside spec.handOver: what a cluster has taken over is its own',
          },
        ]
  return [...moduleProblems('BootstrapModule', metadata, spec), ...downstream, ...removal]
}
