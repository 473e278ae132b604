import { describeValue } from '../../errors/problem.ts'
import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { rolloutKind } from './kind.ts'
import type { StoredRolloutSpec, StoredRolloutStatus } from './types.generated.ts'

/**
 * What a {@link Rollout} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category Rollout
 */
export type RolloutResourceInput = ResourceInput<StoredRolloutSpec, StoredRolloutStatus>

/**
 * What is remembered of the rollout of a Module, under the name of the Module. `rolloutController` writes it, and goes on from it. A frozen value.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { Rollout } from 'fleetkit/fleet'
 *
 * export function isComplete(stored: KubeObject): boolean {
 *   return typeof Rollout.from(stored).spec.state.completedAt === 'number'
 * }
 * ```
 *
 * @category Rollout
 */
export class Rollout extends Resource<'Rollout', StoredRolloutSpec, StoredRolloutStatus> {
  constructor(input: RolloutResourceInput) {
    super(rolloutKind, input, ({ name }, { module }) =>
      name === module ? [] : [{ path: 'metadata.name', found: describeValue(name), accepted: `${module}, the Module` }],
    )
  }

  /** A Rollout from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Rollout {
    return new Rollout(parseDocument(text, options) as RolloutResourceInput)
  }

  /** A Rollout from an object of a store. */
  static from(object: KubeObject): Rollout {
    return new Rollout(object as unknown as RolloutResourceInput)
  }
}
