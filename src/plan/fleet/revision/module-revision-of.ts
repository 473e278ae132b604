import { compareText } from '../../../model/compare-text.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import type { AnyModule } from '../../../model/kinds/bootstrap-module/read-module.ts'
import type { BootstrapModuleSpec } from '../../../model/kinds/bootstrap-module/types.generated.ts'
import type { ModuleGitSource } from '../../../model/kinds/module/types.generated.ts'
import { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import { moduleRevisionNameOf } from '../../../model/kinds/module-revision/name.ts'
import { isCommit, type Revision } from '../../../model/revision.ts'

/**
 * The revision of a Module, or of a BootstrapModule, as it is now, at the exact commit that its source names. Same content, same name: the order of fields, parameters and needs does not matter, nor what the Module says of
 * clusters, rollout, windows and priority. It lies in the namespace of the Module, and is owned by it where that is stored.
 *
 * @param revision - the commit, and the tag that it has: what the tag of the source was pinned to, or what `promotedRevision` gives
 *
 * @throws FleetkitError `model/invalid` for another tag or commit than the source names.
 *
 * @example
 * ```ts
 * import { Module } from 'fleetkit'
 * import { moduleRevisionOf } from 'fleetkit/fleet'
 *
 * const git = { url: 'https://example.com/shop.git', tag: 'v1.4.0' }
 * const module = new Module({ metadata: { name: 'shop', namespace: 'fleet' }, spec: { source: { git }, clusters: {} } })
 * const revision = moduleRevisionOf(module, { tag: 'v1.4.0', commit: '4ab8f5d3e1f0c2b7a6958473625140fedcba9876' })
 * console.log(revision.metadata.name) // shop-61ff0e91ab7b6ff4
 * ```
 *
 * @category Module
 */
export function moduleRevisionOf(module: AnyModule, revision: Revision): ModuleRevision {
  const {
    suspend: _suspend,
    clusters: _clusters,
    rollout: _rollout,
    windows: _windows,
    freezes: _freezes,
    priority: _priority,
    handOver: _handOver,
    ...rest
  }: BootstrapModuleSpec = module.spec
  const { source, removalPolicy, deletionPolicy: _deletionPolicy, parameters = [], dependsOn = [], ...sync } = rest
  const problems = revisionProblems(source.git, revision)
  if (problems.length > 0) throw invalid(module.ref, problems)
  const { url, secretRef } = source.git
  const { tag, commit } = revision
  const spec = {
    ...sync,
    module: { name: module.metadata.name },
    source: { git: { url, commit, ...(tag === undefined ? {} : { tag }), ...(secretRef === undefined ? {} : { secretRef }) } },
    deletionPolicy: removalPolicy,
    // In one order: that in which people wrote them means nothing.
    ...(parameters.length === 0 ? {} : { parameters: parameters.toSorted((a, b) => compareText(a.name, b.name)) }),
    ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.toSorted((a, b) => compareText(keyOf(a), keyOf(b))) }),
  }
  const { uid, namespace, name } = module.metadata
  const { apiVersion, kind } = module
  const owner = uid === undefined ? [] : [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }]
  return new ModuleRevision({
    metadata: { name: moduleRevisionNameOf(spec), namespace, ...(owner.length === 0 ? {} : { ownerReferences: owner }) },
    spec,
  })
}

function keyOf({
  namespace = '',
  name,
  version = '',
}: {
  readonly namespace?: string | undefined
  readonly name: string
  readonly version?: string | undefined
}): string {
  return `${namespace}/${name} ${version}`
}

function revisionProblems(wanted: Pick<ModuleGitSource, 'tag' | 'commit'>, { tag, commit }: Revision): readonly Problem[] {
  return [
    ...(isCommit(commit) ? [] : [{ path: 'revision.commit', found: describeValue(commit), accepted: 'a full commit id' }]),
    ...(wanted.commit === undefined || wanted.commit === commit
      ? []
      : [{ path: 'revision.commit', found: describeValue(commit), accepted: `${wanted.commit}, as spec.source.git.commit says` }]),
    ...(wanted.tag === undefined || wanted.tag === tag
      ? []
      : [{ path: 'revision.tag', found: describeValue(tag), accepted: `${wanted.tag}, as spec.source.git.tag says` }]),
  ]
}
