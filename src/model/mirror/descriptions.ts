import type { Descriptions } from '../schema/describe.ts'

/** What the fields mean that all kinds have which keep an object in another cluster. */
export const mirrorDescriptions: Descriptions = {
  CopyMetadata: {
    '': 'How the object is named in its cluster.',
    name: 'Its name; that of the object which keeps it when absent.',
    namespace: 'Its namespace, which has to be there.',
  },
  MirroredCopy: {
    '': 'What is remembered of the object in its cluster.',
    cluster: 'The name of the Cluster.',
    namespace: 'Its namespace there.',
    name: 'Its name there.',
    uid: 'Its uid, once it is there.',
    write: 'Counts what has to be reported anew: it is raised when the object was not as it had been left.',
    restoredAt: 'The last restore of the cluster from a backup since which the object was written.',
  },
}
