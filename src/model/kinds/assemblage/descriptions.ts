import type { Descriptions } from '../../schema/describe.ts'
import { sourceDescriptions, sourceFieldDescriptions } from '../source-descriptions.ts'

/** What the fields of an Assemblage mean. */
export const assemblageDescriptions: Descriptions = {
  AssemblageSpec: {
    '': 'The exact constellation of the syncs of this cluster.',
    driver: 'What the syncs are made of: Syncs of this library (fleetkit), or objects of Flux (flux), or those of a driver of one’s own.',
    syncs: 'The syncs, each with a name of its own. One that is taken out is deleted, and does with its objects what its own policy says.',
    edits:
      'What is done when others edit the objects that the syncs are made of: they are set right (Correct), or that is only told (Report).',
    deletionPolicy:
      'What happens to the syncs when the Assemblage is deleted: they are deleted in reverse order (Delete), or left as they are (Orphan).',
    suspend: 'Whether nothing is written until this is false again. How the syncs are is shown all the same.',
  },
  AssembledSync: {
    ...sourceFieldDescriptions,
    '': 'One sync.',
    name: 'Its name. The objects that it is made of are named by it, so another name is another sync.',
    prune: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
    wait: 'Whether the sync is ready only once every applied object is healthy.',
    dependsOn: 'Other syncs of the Assemblage that must be ready before this one is applied.',
  },
  AssembledSource: {
    '': 'Where the configuration comes from.',
  },
  AssembledGitSource: {
    ...sourceDescriptions.GitSource,
    '': 'An exact commit of a git repository.',
    tag: 'The tag that the commit had, for people. It is not looked up.',
  },
  AssembledDependency: {
    '': 'Names another sync of the Assemblage.',
    name: 'Its name.',
    readyExpr: 'Whether it is ready: an expression in CEL over the object that this sync is made of (self), and that of the other (dep).',
  },
  AssemblageStatus: {
    '': 'What is known of an Assemblage.',
    observedGeneration: 'The generation of which an outcome stands: all its syncs are ready, or it failed for good.',
    conditions: 'Ready, and Stalled where only a change can repair it.',
    observed: 'The value of the annotation mirror.fleetkit.dev/write that the conditions are of.',
    driver: 'The driver that the syncs are made with. It cannot change while there are any.',
    syncs: 'The syncs, as they are, in the order of the specification; after them those that are being deleted.',
  },
  AssembledSyncStatus: {
    '': 'How one sync is.',
    name: 'Its name.',
    state:
      'Ready: exactly as specified, at exactly this revision. Waiting: for what it depends on. Failed: this revision failed, and is tried again. Stalled: only a change can repair it. Unassigned: what it is made of is not there, or is not as it was written.',
    reason: 'The cause, for programs.',
    message: 'The cause, for people.',
    since: 'Since when it is in this state, at this revision.',
    revision: 'The revision that it is to be at.',
    lastAppliedRevision: 'The last revision that was applied completely, as the engine reports.',
    uid: 'The uid of the object that it is made of.',
    generation: 'The generation of that object as it was written last.',
  },
}
