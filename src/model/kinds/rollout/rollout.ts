import type { Problem } from '../../errors/problem.ts'
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
 * Name of the Rollout that holds for all Modules of its namespace.
 *
 * @category Rollout
 */
export const allModules = 'all.modules'

/**
 * The rollout of a Module, under its name: the spec is what people say of it, the status what `rolloutController` remembers and goes on from. The one that is named
 * `all.modules` holds for all of them. A frozen value.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { Rollout } from 'fleetkit/fleet'
 *
 * export function isComplete(stored: KubeObject): boolean {
 *   return typeof Rollout.from(stored).status?.state?.completedAt === 'number'
 * }
 * ```
 *
 * @category Rollout
 */
export class Rollout extends Resource<'Rollout', StoredRolloutSpec, StoredRolloutStatus> {
  constructor(input: RolloutResourceInput) {
    super(rolloutKind, input, ({ name }, spec) => problemsOf(name, spec))
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

function problemsOf(name: string, { module, handbrake, emergency, approvals, pins }: StoredRolloutSpec): readonly Problem[] {
  const isOfAll = module === undefined
  const not = (path: string, value: unknown, accepted: string): readonly Problem[] =>
    value === undefined ? [] : [{ path: `spec.${path}`, found: describeValue(value), accepted }]
  const expected = module ?? allModules
  return [
    ...(name === expected
      ? []
      : [
          {
            path: 'metadata.name',
            found: describeValue(name),
            accepted: isOfAll ? `${allModules}, without spec.module` : `${expected}, the Module`,
          },
        ]),
    ...(isOfAll
      ? Object.entries({ emergency, approvals, pins }).flatMap(([field, value]) => not(field, value, `none in ${allModules}`))
      : not('handbrake', handbrake, `one in ${allModules} alone; spec.suspend of the Module pauses it`)),
  ]
}
