import { invalid } from '../../errors/invalid.ts'
import { describeValue, type Problem } from '../../errors/problem.ts'
import type { KubeObject } from '../../object.ts'
import { parseTime, timeAccepted } from '../../time.ts'
import { Assemblage } from '../assemblage/assemblage.ts'
import { assemblageKind } from '../assemblage/kind.ts'
import type { AssembledSync } from '../assemblage/types.generated.ts'
import { parseDocument, problemsWithin, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import { remoteAssemblageKind } from './kind.ts'
import type { AssignedModule, RemoteAssemblageSpec, RemoteAssemblageSpecInput, RemoteAssemblageStatus } from './types.generated.ts'

/**
 * What a {@link RemoteAssemblage} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category RemoteAssemblage
 */
export type RemoteAssemblageInput = ResourceInput<RemoteAssemblageSpecInput, RemoteAssemblageStatus>

/**
 * Keeps an `Assemblage` in another cluster, whose syncs are applied there also while this management is away, and shows here what it reports. A
 * frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { RemoteAssemblage } from 'fleetkit'
 *
 * const git = { url: 'https://example.com/platform.git', commit: '4ab8f5d3e1f0c2b7a6958473625140fedcba9876', tag: 'v1.4.0' }
 * export const platform = new RemoteAssemblage({
 *   metadata: { name: 'platform', namespace: 'eu-west-1' },
 *   spec: {
 *     cluster: { name: 'eu-west-1' },
 *     template: {
 *       metadata: { namespace: 'fleet' },
 *       spec: { driver: 'flux', syncs: [{ name: 'base', source: { git }, prune: true }] },
 *     },
 *   },
 * })
 * ```
 *
 * @category RemoteAssemblage
 */
export class RemoteAssemblage extends Resource<'RemoteAssemblage', RemoteAssemblageSpec, RemoteAssemblageStatus> {
  constructor(input: RemoteAssemblageInput) {
    super(remoteAssemblageKind, input, ({ name, namespace }, spec) => [
      ...selfDependencies('RemoteAssemblage', { name, namespace }, spec.dependsOn),
      ...problemsWithin('spec.template', () => assemblageOf(name, spec.template)),
      ...moduleProblems(spec),
    ])
  }

  /** A RemoteAssemblage from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): RemoteAssemblage {
    return new RemoteAssemblage(parseDocument(text, options) as RemoteAssemblageInput)
  }

  /** A RemoteAssemblage from an object of a store. */
  static from(object: KubeObject): RemoteAssemblage {
    return new RemoteAssemblage(object as unknown as RemoteAssemblageInput)
  }

  /**
   * The Assemblage as it is to be in the cluster, of one without modules.
   *
   * @throws {@link FleetkitError} `model/invalid` for one with modules: see `assemblageWith`.
   */
  get assemblage(): Assemblage {
    const { length } = this.spec.modules ?? []
    const accepted = 'none: with modules it is assemblageWith(syncOf) that makes the Assemblage'
    if (length > 0) throw invalid(this.ref, [{ path: 'spec.modules', found: `a list of ${length}`, accepted }])
    return assemblageOf(this.metadata.name, this.spec.template)
  }

  /**
   * The Assemblage as it is to be in the cluster: the syncs of the template, and then one for each module. What a sync depends on and the Assemblage does not have is left out:
   * which modules a cluster needs is decided where they are assigned.
   *
   * @param syncOf - the sync of a module, of the same name, as `specialisedSync` of `fleetkit/fleet` makes it
   *
   * @example
   * ```ts
   * import type { Assemblage, RemoteAssemblage } from 'fleetkit'
   * import { type ModuleRevision, specialisedSync } from 'fleetkit/fleet'
   *
   * export function assemblageOf(remote: RemoteAssemblage, revisions: ReadonlyMap<string, ModuleRevision>): Assemblage {
   *   return remote.assemblageWith(({ revision, values = {} }) => specialisedSync(revisions.get(revision) as ModuleRevision, values))
   * }
   * ```
   */
  assemblageWith(syncOf: (module: AssignedModule) => AssembledSync): Assemblage {
    const { template, modules = [] } = this.spec
    const names = new Set([...template.spec.syncs, ...modules].map(({ name }) => name))
    const syncs = modules.map((module) => withDependencies(syncOf(module), names))
    return assemblageOf(this.metadata.name, { ...template, spec: { ...template.spec, syncs: [...template.spec.syncs, ...syncs] } })
  }
}

function assemblageOf(name: string, { metadata, spec }: RemoteAssemblageSpecInput['template']): Assemblage {
  return new Assemblage({ metadata: { name: metadata?.name ?? name, namespace: metadata?.namespace ?? 'default' }, spec })
}

/** A sync that depends on no other than these. */
function withDependencies(sync: AssembledSync, names: ReadonlySet<string>): AssembledSync {
  const dependsOn = sync.dependsOn?.filter(({ name }) => names.has(name))
  return dependsOn?.length === sync.dependsOn?.length ? sync : { ...sync, dependsOn }
}

/** What is wrong with the modules beyond their schema. */
function moduleProblems({ template, modules = [] }: RemoteAssemblageSpecInput): readonly Problem[] {
  const places = new Map(template.spec.syncs.map(({ name }, index) => [name, `spec.template.spec.syncs[${index}]`]))
  const problems = modules.flatMap(({ name, at }, index) => {
    const path = `spec.modules[${index}]`
    const place = places.get(name)
    if (place === undefined) places.set(name, path)
    const accepted = `a name that no other module or sync has; ${place} has it`
    return [
      ...(place === undefined ? [] : [{ path: `${path}.name`, found: describeValue(name), accepted }]),
      ...(parseTime(at) === undefined ? [{ path: `${path}.at`, found: describeValue(at), accepted: timeAccepted }] : []),
    ]
  })
  const count = template.spec.syncs.length + modules.length
  const most = assemblageKind.spec.properties?.syncs?.maxItems ?? count
  const accepted = `at most ${most} together with the syncs of the template`
  return [...problems, ...(count > most ? [{ path: 'spec.modules', found: `${count}`, accepted }] : [])]
}
