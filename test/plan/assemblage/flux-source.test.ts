import { Assemblage, type KubeObject, type SyncVerdict } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { DriverLoop } from './driver-loop.ts'
import { assemblageOf, madeBy } from './flux-record.ts'

const commit = '1'.repeat(40)
const revision = `sha1:${commit}`
const other = `sha1:${'2'.repeat(40)}`
const start = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString()

interface Situation {
  /** What was known of the sync. */
  readonly known?: object
  /** What the source says, or how it is otherwise. */
  readonly source?: { readonly metadata?: object; readonly spec?: object; readonly status?: object } | 'absent'
  /** Seconds since the start. */
  readonly now?: number
}

/** Judges a sync whose Kustomization says ArtifactFailed, with a retry interval of a minute. */
function judge({ known = {}, source = {}, now = 0 }: Situation): SyncVerdict {
  const loop = new DriverLoop(fluxDriver(), assemblageOf('fleet'), { store: memoryStore() })
  const sync = { name: 'a', source: { git: { url: 'https://example.com/a.git', commit } }, prune: true, retryInterval: '1m' }
  loop.syncs = new Assemblage({ metadata: { name: 'edge', namespace: 'fleet' }, spec: { syncs: [sync] } }).spec.syncs
  loop.now = start + now * 1000
  const before = {
    name: 'a',
    state: 'Progressing',
    reason: 'ArtifactFailed',
    message: '',
    since: at(0),
    uid: 'u',
    generation: 1,
    revision,
    ...known,
  }
  loop.known = [before as (typeof loop.known)[number]]
  const artifact = { revision, lastUpdateTime: at(0) }
  const objects = madeBy(loop.driver, loop.assemblage, loop.syncs).flatMap((made): KubeObject[] => {
    const metadata = { ...made.metadata, uid: 'u', generation: 1 }
    if (made.kind === 'Kustomization') {
      const ready = { type: 'Ready', status: 'False', reason: 'ArtifactFailed', message: 'no path', observedGeneration: 1 }
      return [{ ...made, metadata, status: { conditions: [ready] } }]
    }
    if (source === 'absent') return []
    const spec = { ...(made.spec as object), ...source.spec }
    return [{ ...made, metadata: { ...metadata, ...source.metadata }, spec, status: { artifact, ...source.status } }]
  })
  return loop.judge({ objects, left: [] })[0] as SyncVerdict
}

const condition = (type: string, reason: string, more: object = {}) => ({
  type,
  status: 'True',
  reason,
  message: 'no',
  observedGeneration: 1,
  ...more,
})

describe('a Kustomization that finds nothing to apply', () => {
  test.each([
    ['just now', {}, 'Progressing ArtifactFailed'],
    ['for less than the retry interval', { now: 59 }, 'Progressing ArtifactFailed'],
    ['for the retry interval', { now: 60 }, 'Failed ArtifactFailed'],
    [
      'in a source that has been read just now',
      { now: 60, source: { status: { artifact: { revision, lastUpdateTime: at(1) } } } },
      'Progressing ArtifactFailed',
    ],
    ['at this revision since just now', { now: 60, known: { since: at(1) } }, 'Progressing ArtifactFailed'],
    ['at another revision before', { now: 60, known: { revision: other } }, 'Progressing ArtifactFailed'],
    [
      'in a source that was read at another revision',
      { now: 60, source: { status: { artifact: { revision: other, lastUpdateTime: at(0) } } } },
      'Progressing ArtifactFailed',
    ],
    ['in a source that was never read', { now: 60, source: { status: { artifact: undefined } } }, 'Progressing ArtifactFailed'],
    ['and was ready', { now: 60, known: { state: 'Ready' } }, 'Progressing ArtifactFailed'],
    ['and waited', { now: 60, known: { state: 'Waiting' } }, 'Progressing ArtifactFailed'],
    ['and had failed', { known: { state: 'Failed' } }, 'Failed ArtifactFailed'],
    ['and is tried again', { known: { reason: 'ProgressingWithRetry' } }, 'Failed ArtifactFailed'],
    ['and had failed at another revision', { known: { state: 'Failed', revision: other } }, 'Progressing ArtifactFailed'],
    ['without its source', { source: 'absent' }, 'Unassigned SourceNotFound'],
    ['in the source of others', { source: { metadata: { labels: {} } } }, 'Unassigned NotOurs'],
    ['in a source that is being deleted', { source: { metadata: { deletionTimestamp: at(0) } } }, 'Unassigned Terminating'],
    ['in a source that was edited', { source: { spec: { suspend: true } } }, 'Unassigned Edited'],
    [
      'in a source that cannot be read',
      { source: { status: { conditions: [condition('FetchFailed', 'GitOperationFailed')] } } },
      'Failed GitOperationFailed',
    ],
    [
      'in a source that could not be read as it was',
      { source: { status: { conditions: [condition('FetchFailed', 'GitOperationFailed', { observedGeneration: 0 })] } } },
      'Progressing ArtifactFailed',
    ],
    [
      'in a source that can be read again',
      { source: { status: { conditions: [condition('FetchFailed', 'GitOperationFailed', { status: 'False' })] } } },
      'Progressing ArtifactFailed',
    ],
    [
      'in a source that only a change can repair',
      { source: { status: { conditions: [condition('Stalled', 'URLInvalid'), condition('FetchFailed', 'URLInvalid')] } } },
      'Stalled URLInvalid',
    ],
  ] as const)('%s', (_, situation, expected) => {
    const { state, reason } = judge(situation as Situation)
    expect(`${state} ${reason}`).toBe(expected)
  })
})
