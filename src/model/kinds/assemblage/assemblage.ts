import { describeValue, type Problem } from '../../errors/problem.ts'
import { fieldRuleProblems } from '../../field-rules/problems.ts'
import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { assemblageKind } from './kind.ts'
import type { AssemblageSpec, AssemblageSpecInput, AssemblageStatus } from './types.generated.ts'

/**
 * What an {@link Assemblage} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category Assemblage
 */
export type AssemblageInput = ResourceInput<AssemblageSpecInput, AssemblageStatus>

/**
 * The exact constellation of the syncs of one cluster: each at one commit, and in which order. What the syncs are made of is the choice of `spec.driver`:
 * Syncs of this library, or the objects of another engine. A frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Assemblage } from 'fleetkit'
 *
 * const commit = '4ab8f5d3e1f0c2b7a6958473625140fedcba9876'
 * export const assemblage = new Assemblage({
 *   metadata: { name: 'eu-west-1', namespace: 'fleet' },
 *   spec: {
 *     driver: 'flux',
 *     syncs: [
 *       { name: 'base', source: { git: { url: 'https://example.com/base.git', commit } }, prune: true },
 *       { name: 'shop', source: { git: { url: 'https://example.com/shop.git', commit } }, prune: true, dependsOn: [{ name: 'base' }] },
 *     ],
 *   },
 * })
 * ```
 *
 * @category Assemblage
 */
export class Assemblage extends Resource<'Assemblage', AssemblageSpec, AssemblageStatus> {
  constructor(input: AssemblageInput) {
    super(assemblageKind, input, (_, { syncs }) => syncProblems(syncs))
  }

  /** An Assemblage from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Assemblage {
    return new Assemblage(parseDocument(text, options) as AssemblageInput)
  }

  /** An Assemblage from an object of a store. */
  static from(object: KubeObject): Assemblage {
    return new Assemblage(object as unknown as AssemblageInput)
  }
}

/** What is wrong with the syncs beyond their schema. */
function syncProblems(syncs: AssemblageSpec['syncs']): readonly Problem[] {
  const first = new Map<string, number>()
  for (const [index, { name }] of syncs.entries()) if (!first.has(name)) first.set(name, index)
  return syncs.flatMap((sync, index) => {
    const path = `spec.syncs[${index}]`
    const found = describeValue(sync.name)
    const accepted = `a name that no other sync has; spec.syncs[${first.get(sync.name)}] has it`
    return [
      ...(first.get(sync.name) === index ? [] : [{ path: `${path}.name`, found, accepted }]),
      ...(sync.dependsOn ?? []).flatMap(({ name }, at) =>
        name !== sync.name && first.has(name)
          ? []
          : [{ path: `${path}.dependsOn[${at}].name`, found: describeValue(name), accepted: 'the name of another sync of the Assemblage' }],
      ),
      ...fieldRuleProblems(sync).map((problem) => ({ ...problem, path: `${path}${problem.path.slice('spec'.length)}` })),
    ]
  })
}
