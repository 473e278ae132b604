import type { Descriptions } from '../../schema/describe.ts'
import { sourceFieldDescriptions } from '../source-descriptions.ts'

/** What the fields of a ModuleRevision mean. */
export const moduleRevisionDescriptions: Descriptions = {
  ModuleRevisionSpec: {
    ...sourceFieldDescriptions,
    '': 'What the sync of each cluster says that is assigned the revision.',
    module: 'The Module, in the same namespace.',
    prune: 'Whether objects that are no longer in the source are deleted from the clusters.',
    wait: 'Whether a cluster counts as ready only once every applied object is healthy there.',
    dependsOn: 'Modules that the revision needs on the same cluster.',
    parameters: 'Variables of the source with a value for each cluster.',
  },
  OwnModule: { '': 'The Module of a revision.', name: 'Its name.' },
  ModuleRevisionStatus: { '': 'Nothing: what becomes of a revision is in the statuses of its Module and of the clusters.' },
}
