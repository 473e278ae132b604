import { describeValue } from '../../errors/problem.ts'
import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { rolloutLogKind } from './kind.ts'
import { rolloutLogNameOf } from './name.ts'
import type { RolloutLogSpec, RolloutLogStatus } from './types.generated.ts'

/**
 * What a {@link RolloutLog} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category RolloutLog
 */
export type RolloutLogInput = ResourceInput<RolloutLogSpec, RolloutLogStatus>

/**
 * A chunk of the log of a Module, or of the fleet. `appendToLog` makes them, `readLogs` reads them. A frozen value: it is valid from the moment it
 * exists, and `with` makes a changed copy.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { appendToLog, RolloutLog, rolloutLogNameOf } from 'fleetkit/fleet'
 *
 * const events = [{ at: Date.parse('2026-11-24T10:02:00Z'), type: 'assigned', module: 'shop', cluster: 'eu-37', revision: 'v5' }] as const
 * const { changes } = appendToLog({ module: 'shop', seq: 0 }, events)
 * for (const { spec } of changes)
 *   if (spec !== undefined) console.log(new RolloutLog({ metadata: { namespace: 'fleet', name: rolloutLogNameOf(spec) }, spec }).toObject())
 * ```
 *
 * @category RolloutLog
 */
export class RolloutLog extends Resource<'RolloutLog', RolloutLogSpec, RolloutLogStatus> {
  constructor(input: RolloutLogInput) {
    super(rolloutLogKind, input, ({ name }, spec) => {
      const accepted = rolloutLogNameOf(spec)
      return name === accepted ? [] : [{ path: 'metadata.name', found: describeValue(name), accepted }]
    })
  }

  /** A RolloutLog from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): RolloutLog {
    return new RolloutLog(parseDocument(text, options) as RolloutLogInput)
  }

  /** A RolloutLog from an object of a store. */
  static from(object: KubeObject): RolloutLog {
    return new RolloutLog(object as unknown as RolloutLogInput)
  }
}
