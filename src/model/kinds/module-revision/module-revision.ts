import { describeValue, type Problem } from '../../errors/problem.ts'
import { fieldRuleProblems } from '../../field-rules/problems.ts'
import type { KubeObject, ObjectMeta } from '../../object.ts'
import { parameterProblems } from '../../parameters/problems.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { moduleRevisionKind } from './kind.ts'
import { moduleRevisionNameOf } from './name.ts'
import type { ModuleRevisionSpec, ModuleRevisionSpecInput, ModuleRevisionStatus } from './types.generated.ts'

/**
 * What a {@link ModuleRevision} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category ModuleRevision
 */
export type ModuleRevisionInput = ResourceInput<ModuleRevisionSpecInput, ModuleRevisionStatus>

/**
 * One revision of a Module: an exact commit, how it is applied, the parameters, and what it needs on a cluster. It never changes: its name holds the digest of its spec, and
 * one that says something else is refused. `moduleRevisionOf` makes it. A frozen value.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { ModuleRevision } from 'fleetkit/fleet'
 *
 * export function versionOf(stored: KubeObject): string {
 *   return ModuleRevision.from(stored).version
 * }
 * ```
 *
 * @category ModuleRevision
 */
export class ModuleRevision extends Resource<'ModuleRevision', ModuleRevisionSpec, ModuleRevisionStatus> {
  constructor(input: ModuleRevisionInput) {
    super(moduleRevisionKind, input, problemsOf)
  }

  /** A ModuleRevision from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): ModuleRevision {
    return new ModuleRevision(parseDocument(text, options) as ModuleRevisionInput)
  }

  /** A ModuleRevision from an object of a store. */
  static from(object: KubeObject): ModuleRevision {
    return new ModuleRevision(object as unknown as ModuleRevisionInput)
  }

  /** What ranges of other Modules go by: the tag, or the commit, which lies in no range. */
  get version(): string {
    const { tag, commit } = this.spec.source.git
    return tag ?? commit
  }
}

function problemsOf({ name }: ObjectMeta, spec: ModuleRevisionSpec): readonly Problem[] {
  const { parameters = [], postBuild } = spec
  const problems = [...parameterProblems(parameters, 'spec.parameters', postBuild), ...fieldRuleProblems(spec)]
  const own = moduleRevisionNameOf(spec)
  const accepted = `${own}, which holds the digest of its spec: a revision never changes`
  return name === own ? problems : [...problems, { path: 'metadata.name', found: describeValue(name), accepted }]
}
