import type { Descriptions } from '../../schema/describe.ts'

const columns = {
  at: 'When: milliseconds after the one before. The first is counted from the start of the chunk, in a snapshot from 1970 on.',
  type: 'What has happened: the number of its name, from 1 on.',
  cluster: 'On which cluster: the number of its name; 0 for none.',
  revision: 'Which revision it is about: the number of its name; 0 for none.',
  why: 'Why: the number of the reason; 0 for none.',
}

/** What the fields of a RolloutLog mean. */
export const rolloutLogDescriptions: Descriptions = {
  RolloutLogSpec: {
    '': 'A chunk of a log.',
    module: 'The Module that it is about; the fleet when absent.',
    seq: 'Its number in the log, from 1 on. Of chunks that were merged, the number of the first.',
    sealed: 'Whether it is full: nothing is appended any more.',
    from: 'When its first event was.',
    to: 'When its last event was.',
    count: 'How many events it has.',
    previous: 'The digest of the chunk before it, so that a cut or an edit is found.',
    digest: 'The digest of all its other fields.',
    replaces: 'The digests of the chunks that were merged into it.',
    names: 'The names that the columns count.',
    events: 'Its events in columns: numbers with a space in between, one for each event.',
    snapshot: 'How each cluster was before its first event, so that what is older can be deleted.',
  },
  RolloutLogNames: {
    '': 'The names that the columns count.',
    type: 'What can happen.',
    cluster: 'Clusters.',
    revision: 'Revisions.',
    why: 'Reasons, for people.',
  },
  RolloutLogEvents: { '': 'Events in columns.', ...columns },
  RolloutLogSnapshot: {
    '': 'The last event of each cluster, and how that was after it.',
    assigned: 'The revision that it was to have: the number of its name; 0 for none.',
    running: 'The revision that it had reported last as ready: the number of its name; 0 for none.',
    unreachable: '1 where it could not be reached. Absent when all could.',
  },
}
