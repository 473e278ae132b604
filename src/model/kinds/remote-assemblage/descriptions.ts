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
  },
  RemoteAssemblageDependency: dependencyDescriptions('RemoteAssemblage'),
  AssemblageTemplate: {
    '': 'The Assemblage.',
  },
  RemoteAssemblageStatus: {
    '': 'What is known of a RemoteAssemblage, and of the Assemblage that it keeps.',
    observedGeneration: 'The generation of which the Assemblage has reported an outcome that stands.',
    conditions: 'Ready and Stalled of the Assemblage, once they are of this RemoteAssemblage as it is now.',
    syncs: 'The syncs, as the Assemblage reported them of this RemoteAssemblage as it is, or was when it was reported last.',
    dependencies: 'What it depended on when it was written last. When they are deleted together, it is deleted before them.',
  },
}
