import type { Descriptions } from '../../schema/describe.ts'
import { dependencyDescriptions, dependsOnDescription } from '../source-descriptions.ts'

/** What the fields of a RemoteAssemblage mean. */
export const remoteAssemblageDescriptions: Descriptions = {
  RemoteAssemblageSpec: {
    '': 'The Assemblage that is kept in another cluster, and how it is kept.',
    edits: 'What is done when others edit the Assemblage in its cluster, or delete it: it is set right (Correct), or only told (Report).',
    adopt:
      'Whether an Assemblage of that name is taken over that is there already and that no management keeps. Otherwise that is refused.',
    deletionPolicy:
      'What happens to the Assemblage when the RemoteAssemblage is deleted: it is deleted (Delete), and does with its syncs what its own policy says; or it is left as it is (Orphan).',
    suspend: 'Whether the Assemblage is left as it is until this is false again. What it reports is shown all the same.',
    dependsOn: dependsOnDescription('RemoteAssemblage'),
    modules:
      'Modules that the cluster is assigned, beside the syncs of the template. What each of them says is in its ModuleRevision. One that is taken out is removed from the cluster, as its revision says.',
  },
  RemoteAssemblageDependency: dependencyDescriptions('RemoteAssemblage'),
  AssemblageTemplate: {
    '': 'The Assemblage.',
  },
  AssignedModule: {
    '': 'A Module that a cluster is assigned, at one revision.',
    name: 'The name of the Module, and of its sync. No sync of the template has it.',
    revision: 'The ModuleRevision, in the same namespace.',
    generation: 'Counts what the cluster was assigned of the Module.',
    at: 'When the cluster was assigned it.',
    digest: 'The digest of the sync that the revision and the values give: what gives another one is not applied.',
    values: 'The values of this cluster, by parameter of the revision.',
  },
  AssignedModuleStatus: {
    '': 'What became of a Module, and of which assignment.',
    name: 'Its name.',
    revision: 'The ModuleRevision of that assignment.',
    generation: 'The generation of that assignment.',
    phase:
      'Ready: exactly as assigned. Failed: it failed, and is tried again or waits for a change. Removing: it is assigned no longer, and is still there. While an assignment has no outcome, that of the one before stays.',
    since: 'Since when.',
    message: 'The cause, for people, of a failure, or of what a removal waits for.',
  },
  RemoteAssemblageStatus: {
    '': 'What is known of a RemoteAssemblage, and of the Assemblage that it keeps.',
    observedGeneration: 'The generation of which the Assemblage has reported an outcome that stands.',
    conditions: 'Ready and Stalled of the Assemblage, once they are of this RemoteAssemblage as it is now.',
    syncs:
      'The syncs, as the Assemblage reported them of this RemoteAssemblage as it is, or was when it was reported last; without those in modules.',
    modules: 'What became of the modules, once it is known, in the order of the specification; after them those that are being removed.',
    reportedGeneration:
      'The generation that syncs and modules are of. What that does not have any more, and neither of them names, is gone from the cluster.',
    dependencies: 'What it depended on when it was written last. When they are deleted together, it is deleted before them.',
  },
}
