// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'
import type { AssemblageSpec, AssemblageSpecInput, AssembledSyncStatus } from '../assemblage/types.generated.ts'
import type { CopyMetadata, CopyMetadataInput, MirroredCopy } from '../proxy-sync/types.generated.ts'
import type { ClusterReference } from '../remote-sync/types.generated.ts'
import type { AppliedDependency } from '../sync/types.generated.ts'

/**
 * The Assemblage.
 *
 * @category RemoteAssemblage
 */
export interface AssemblageTemplate {
  /** How the object is named in its cluster. */
  readonly metadata: CopyMetadata
  /** The exact constellation of the syncs of this cluster. */
  readonly spec: AssemblageSpec
}

/**
 * The Assemblage. As written: what has a default may be left out.
 *
 * @category RemoteAssemblage
 */
export interface AssemblageTemplateInput {
  /** How the object is named in its cluster. Default: `{}`. */
  readonly metadata?: CopyMetadataInput | undefined
  /** The exact constellation of the syncs of this cluster. */
  readonly spec: AssemblageSpecInput
}

/**
 * A Module that a cluster is assigned, at one revision.
 *
 * @category RemoteAssemblage
 */
export interface AssignedModule {
  /** The name of the Module, and of its sync. No sync of the template has it. */
  readonly name: string
  /** The ModuleRevision, in the same namespace. */
  readonly revision: string
  /** Counts what the cluster was assigned of the Module. */
  readonly generation: number
  /** When the cluster was assigned it. */
  readonly at: string
  /** The digest of the sync that the revision and the values give: what gives another one is not applied. */
  readonly digest: string
  /** The values of this cluster, by parameter of the revision. */
  readonly values?: Readonly<Record<string, string>> | undefined
}

/**
 * What became of a Module, and of which assignment.
 *
 * @category RemoteAssemblage
 */
export interface AssignedModuleStatus {
  /** Its name. */
  readonly name: string
  /** The ModuleRevision of that assignment. */
  readonly revision: string
  /** The generation of that assignment. */
  readonly generation: number
  /** Ready: exactly as assigned. Failed: it failed, and is tried again or waits for a change. Removing: it is assigned no longer, and is still there. While an assignment has no outcome, that of the one before stays. */
  readonly phase: 'Ready' | 'Failed' | 'Removing'
  /** Since when. */
  readonly since: string
  /** The cause, for people, of a failure, or of what a removal waits for. */
  readonly message?: string | undefined
}

/**
 * Names a RemoteAssemblage, or an object of another kind of this library.
 *
 * @category RemoteAssemblage
 */
export interface RemoteAssemblageDependency {
  /** Its kind; RemoteAssemblage when absent. */
  readonly kind?: string | undefined
  /** Its name. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
  /** Whether it is ready: an expression in CEL over this RemoteAssemblage (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux. */
  readonly readyExpr?: string | undefined
}

/**
 * The Assemblage that is kept in another cluster, and how it is kept.
 *
 * @category RemoteAssemblage
 */
export interface RemoteAssemblageSpec {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The Assemblage. */
  readonly template: AssemblageTemplate
  /** What is done when others edit the Assemblage in its cluster, or delete it: it is set right (Correct), or only told (Report). */
  readonly edits: 'Correct' | 'Report'
  /** Whether an Assemblage of that name is taken over that is there already and that no management keeps. Otherwise that is refused. */
  readonly adopt: boolean
  /** What happens to the Assemblage when the RemoteAssemblage is deleted: it is deleted (Delete), and does with its syncs what its own policy says; or it is left as it is (Orphan). */
  readonly deletionPolicy: 'Delete' | 'Orphan'
  /** Whether the Assemblage is left as it is until this is false again. What it reports is shown all the same. */
  readonly suspend: boolean
  /** RemoteAssemblages, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly RemoteAssemblageDependency[] | undefined
  /** Modules that the cluster is assigned, beside the syncs of the template. What each of them says is in its ModuleRevision. One that is taken out is removed from the cluster, as its revision says. */
  readonly modules?: readonly AssignedModule[] | undefined
}

/**
 * The Assemblage that is kept in another cluster, and how it is kept. As written: what has a default may be left out.
 *
 * @category RemoteAssemblage
 */
export interface RemoteAssemblageSpecInput {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The Assemblage. */
  readonly template: AssemblageTemplateInput
  /** What is done when others edit the Assemblage in its cluster, or delete it: it is set right (Correct), or only told (Report). Default: `"Correct"`. */
  readonly edits?: 'Correct' | 'Report' | undefined
  /** Whether an Assemblage of that name is taken over that is there already and that no management keeps. Otherwise that is refused. Default: `false`. */
  readonly adopt?: boolean | undefined
  /** What happens to the Assemblage when the RemoteAssemblage is deleted: it is deleted (Delete), and does with its syncs what its own policy says; or it is left as it is (Orphan). Default: `"Delete"`. */
  readonly deletionPolicy?: 'Delete' | 'Orphan' | undefined
  /** Whether the Assemblage is left as it is until this is false again. What it reports is shown all the same. Default: `false`. */
  readonly suspend?: boolean | undefined
  /** RemoteAssemblages, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly RemoteAssemblageDependency[] | undefined
  /** Modules that the cluster is assigned, beside the syncs of the template. What each of them says is in its ModuleRevision. One that is taken out is removed from the cluster, as its revision says. */
  readonly modules?: readonly AssignedModule[] | undefined
}

/**
 * What is known of a RemoteAssemblage, and of the Assemblage that it keeps.
 *
 * @category RemoteAssemblage
 */
export interface RemoteAssemblageStatus {
  /** The generation of which the Assemblage has reported an outcome that stands. */
  readonly observedGeneration?: number | undefined
  /** Ready and Stalled of the Assemblage, once they are of this RemoteAssemblage as it is now. */
  readonly conditions?: readonly Condition[] | undefined
  /** The syncs, as the Assemblage reported them of this RemoteAssemblage as it is, or was when it was reported last; without those in modules. */
  readonly syncs?: readonly AssembledSyncStatus[] | undefined
  /** What became of the modules, once it is known, in the order of the specification; after them those that are being removed. */
  readonly modules?: readonly AssignedModuleStatus[] | undefined
  /** The generation that syncs and modules are of. What that does not have any more, and neither of them names, is gone from the cluster. */
  readonly reportedGeneration?: number | undefined
  /** What it depended on when it was written last. When they are deleted together, it is deleted before them. */
  readonly dependencies?: readonly AppliedDependency[] | undefined
  /** What is remembered of the object in its cluster. */
  readonly copy?: MirroredCopy | undefined
}
