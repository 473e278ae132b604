import { readFileSync } from 'node:fs'
import type { KubeObject, Observation, SyncVerdict } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { DriverLoop } from './driver-loop.ts'
import { assemblageOf, type FluxFact, type FluxRecord, madeBy } from './flux-record.ts'

const records = readFileSync(new URL('../../vectors/flux.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as FluxRecord)

/** What is seen of an object, as the object: as it was made for its version, with what was edited since. */
function objectOf(
  { version, of, name, edits = {}, uid, generation, deletionTimestamp, finalizers, status }: FluxFact & { kind: 'seen' },
  made: readonly (readonly KubeObject[])[],
): KubeObject {
  const object = made[version]?.find(({ kind, metadata }) => kind === of && metadata.name === name) as KubeObject
  const fields = Object.entries({ ...(object.spec as object), ...edits }).filter(([, value]) => value !== null)
  const metadata = { ...object.metadata, uid, generation, deletionTimestamp, finalizers }
  return { ...object, metadata, spec: Object.fromEntries(fields), status }
}

/** Judges at each fact of a record, as a controller would have. */
function replay({ namespace, started, facts }: FluxRecord): readonly (readonly SyncVerdict[])[] {
  const loop = new DriverLoop(fluxDriver(), assemblageOf(namespace), { store: memoryStore() })
  const made: (readonly KubeObject[])[] = []
  const objects = new Map<string, KubeObject>()
  let left: Observation['left'] = []
  return facts.map((fact) => {
    loop.now = started + fact.at
    if (fact.kind === 'specified') {
      loop.syncs = fact.syncs
      made.push(madeBy(loop.driver, loop.assemblage, fact.syncs))
    }
    if (fact.kind === 'written') loop.remember(fact.sync, { metadata: fact } as unknown as KubeObject)
    if (fact.kind === 'left') left = fact.left
    if (fact.kind === 'gone') objects.delete(`${fact.of} ${fact.name}`)
    if (fact.kind === 'seen') objects.set(`${fact.of} ${fact.name}`, objectOf(fact, made))
    return loop.judge({ objects: [...objects.values()], left })
  })
}

/** The states of a sync one after the other, each with its reason; what is in progress with its reason only where that is asked for. */
function historyOf(name: string, verdicts: readonly (readonly SyncVerdict[])[]): readonly string[] {
  const states = verdicts.flatMap((each) => {
    const verdict = each.find((other) => other.name === name)
    if (verdict === undefined) return []
    const { state, reason } = verdict
    return [state === 'Progressing' && !['ProgressingWithRetry', 'Terminating'].includes(reason) ? state : `${state} ${reason}`]
  })
  return states.filter((state, index) => state !== states[index - 1])
}

const ready = ['Progressing', 'Ready ReconciliationSucceeded']
const applied = ['Unassigned NotFound', ...ready]
const retry = 'Progressing ProgressingWithRetry'

/** What each sync of a situation goes through. */
const histories: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'first apply, new version, rollback': { a: [...applied, ...ready, ...ready] },
  'another path of the same commit': { a: [...applied, ...ready] },
  'failed build, then a good version': {
    a: [...applied, 'Progressing', 'Failed BuildFailed', retry, 'Failed BuildFailed', ...ready],
  },
  'failed health check, then a good version': { a: [...applied, 'Progressing', 'Failed HealthCheckFailed', ...ready] },
  'missing namespace, made later': {
    a: ['Unassigned NotFound', 'Progressing', 'Failed ReconciliationFailed', retry, ...ready],
  },
  'refused pruning': { a: [...applied, 'Progressing', 'Failed PruneFailed'] },
  // Flux looks twice before it is known that the path will never be there.
  'missing path': { a: ['Unassigned NotFound', 'Progressing', 'Failed ArtifactFailed', retry, 'Failed ArtifactFailed', ...ready] },
  'missing commit': { a: ['Unassigned NotFound', 'Progressing', 'Failed GitOperationFailed', ...ready] },
  'empty source': { a: [...applied, ...ready] },
  'health expression that is no CEL': { a: ['Unassigned NotFound', 'Progressing', 'Stalled InvalidCELExpression', ...ready] },
  'readiness expression that is no CEL': { a: applied, b: ['Unassigned NotFound', 'Progressing', 'Stalled InvalidCELExpression'] },
  'failed dependency, then a good version': {
    a: ['Unassigned NotFound', 'Progressing', 'Failed BuildFailed', ...ready],
    b: ['Unassigned NotFound', 'Progressing', 'Waiting DependencyNotReady', ...ready],
    c: ['Unassigned NotFound', 'Progressing', 'Waiting DependencyNotReady', ...ready],
  },
  'suspended by hand, and its path changed': { a: [...applied, 'Unassigned Edited', ...ready] },
  'source suspended by hand before it was read': { a: ['Unassigned NotFound', 'Progressing', 'Unassigned Edited', ...ready] },
  'source deleted by hand': { a: [...applied, 'Unassigned SourceNotFound', ...ready] },
  'source pointed elsewhere by hand': { a: [...applied, 'Progressing', 'Unassigned Edited', ...ready] },
  'checked again': {
    a: applied,
  },
  'deleted by another user': { a: [...applied, ...ready, 'Unassigned Terminating', ...applied] },
  'removed, with an object that stays': { a: [...applied, 'Progressing Terminating'] },
}

describe('what Flux said, judged', () => {
  test('is of all situations', () => expect(records.map(({ situation }) => situation)).toEqual(Object.keys(histories)))

  test.each(records.map((record) => [record.situation, record] as const))('%s', (situation, record) => {
    const verdicts = replay(record)
    for (const [name, history] of Object.entries(histories[situation] ?? {})) expect(historyOf(name, verdicts), name).toEqual(history)
  })

  test('is ready only once both revisions say so too', () => {
    const early = records.flatMap((record) => {
      const verdicts = replay(record)
      return record.facts.filter((fact, index) => {
        const { conditions } = ((fact.kind === 'seen' && fact.of === 'Kustomization' && fact.status) || {}) as {
          conditions?: readonly { type: string; status: string }[]
        }
        const isReady = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
        return (
          isReady &&
          verdicts[index]?.some(
            ({ state, name }) => state !== 'Ready' && record.facts.some((of) => of.kind === 'seen' && of.name === `edge-${name}`),
          )
        )
      })
    })
    // Flux's conditions come before the rest of its status, with each version.
    expect(early.length).toBeGreaterThan(20)
  })

  const messagesOf = (situation: string, state: string): readonly string[] => {
    const verdicts = replay(records.find((record) => record.situation === situation) as FluxRecord).flat()
    return [
      ...new Set(
        verdicts.filter((verdict) => `${verdict.name} ${verdict.state} ${verdict.reason}` === state).map(({ message }) => message),
      ),
    ]
  }

  test('names what was edited', () => {
    expect(messagesOf('suspended by hand, and its path changed', 'a Unassigned Edited')).toEqual([
      'others have edited Kustomization edge-a: spec.path, spec.suspend',
    ])
    expect(messagesOf('source pointed elsewhere by hand', 'a Unassigned Edited')).toEqual([
      expect.stringMatching(/^others have edited GitRepository edge-[0-9a-f]{16}: spec\.ref\.commit$/),
    ])
  })

  test('names what a sync waits for, by our own dependencies', () => {
    const situation = 'failed dependency, then a good version'
    const blocked = (state: string) => [
      ...new Set(messagesOf(situation, state).flatMap((message) => /^.* is blocked: .*?: kustomize build failed/.exec(message) ?? [])),
    ]
    expect(blocked('b Waiting DependencyNotReady')).toEqual(['b is blocked: a failed. a: BuildFailed: kustomize build failed'])
    expect(blocked('c Waiting DependencyNotReady')).toEqual(['c is blocked: a failed (c → b → a). a: BuildFailed: kustomize build failed'])
    expect(messagesOf(situation, 'a Failed BuildFailed')[0]).toMatch(/^kustomize build failed/)
  })

  test('names the source that failed, and what is left of a removed sync', () => {
    expect(messagesOf('missing commit', 'a Failed GitOperationFailed')).toEqual([
      expect.stringMatching(/^GitRepository edge-[0-9a-f]{16}: failed to checkout/),
    ])
    expect(messagesOf('removed, with an object that stays', 'a Progressing Terminating')).toContain(
      'waiting for the deletion of ConfigMap removed-with-an-object-that-stays/settings',
    )
  })
})

describe('the rule of readiness', () => {
  const record = records[0] as FluxRecord
  const { syncs } = record.facts.find((fact) => fact.kind === 'specified') as FluxFact & { kind: 'specified' }
  const commit = syncs[0]?.source.git.commit as string
  const revision = `sha1:${commit}`
  const condition = (status: string, reason: string, more: object = {}) => ({
    type: 'Ready',
    status,
    reason,
    message: '',
    observedGeneration: 3,
    ...more,
  })
  const good = {
    observedGeneration: 3,
    lastAppliedRevision: revision,
    lastAttemptedRevision: revision,
    conditions: [condition('True', 'ReconciliationSucceeded')],
  }

  /** Judges one sync by its Kustomization, which was written as generation 2 and uid `u`. */
  function judge(
    object: { readonly metadata?: object; readonly spec?: object; readonly status?: object } = {},
    known: object = {},
  ): SyncVerdict {
    const loop = new DriverLoop(fluxDriver(), assemblageOf(record.namespace), { store: memoryStore() })
    loop.syncs = syncs
    const before = {
      name: 'a',
      state: 'Progressing',
      reason: '',
      message: '',
      since: '2026-01-01T00:00:00Z',
      uid: 'u',
      generation: 2,
      revision,
      ...known,
    }
    loop.known = [before as (typeof loop.known)[number]]
    const objects = madeBy(loop.driver, loop.assemblage, syncs).map((made) =>
      made.kind === 'GitRepository'
        ? made
        : {
            ...made,
            metadata: { ...made.metadata, uid: 'u', generation: 3, ...object.metadata },
            spec: { ...(made.spec as object), ...object.spec },
            status: { ...good, ...object.status },
          },
    )
    return loop.judge({ objects, left: [] })[0] as SyncVerdict
  }

  test('holds', () => expect(judge()).toMatchObject({ state: 'Ready', revision, lastAppliedRevision: revision }))
  test('holds whatever Flux found the commit by', () => {
    const found = `refs/tags/v2@${revision}`
    expect(judge({ status: { lastAppliedRevision: found, lastAttemptedRevision: found } }).state).toBe('Ready')
  })

  const other = `sha1:${'2'.repeat(40)}`
  test.each([
    ['another uid', { metadata: { uid: 'v' } }, 'Progressing NotSeen'],
    ['a generation from before the write', { metadata: { generation: 1 } }, 'Progressing NotSeen'],
    ['deleting', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'Unassigned Terminating'],
    ['not ours', { metadata: { labels: {} } }, 'Unassigned NotOurs'],
    ['of another version', { metadata: { annotations: { 'assemblage.fleetkit.dev/digest': '0' } } }, 'Progressing NotWritten'],
    ['suspended', { spec: { suspend: true } }, 'Unassigned Edited'],
    ['another path', { spec: { path: './more' } }, 'Unassigned Edited'],
    ['a field that is not ours', { spec: { serviceAccountName: 'other' } }, 'Unassigned Edited'],
    ['an outcome of a generation before', { status: { observedGeneration: 2 } }, 'Progressing ReconciliationSucceeded'],
    [
      'Ready of a generation before',
      { status: { conditions: [condition('True', 'ReconciliationSucceeded', { observedGeneration: 2 })] } },
      'Progressing Progressing',
    ],
    ['attempted something else', { status: { lastAttemptedRevision: other } }, 'Progressing ReconciliationSucceeded'],
    ['applied something else', { status: { lastAppliedRevision: other } }, 'Progressing ReconciliationSucceeded'],
    [
      'both something else',
      { status: { lastAppliedRevision: other, lastAttemptedRevision: other } },
      'Progressing ReconciliationSucceeded',
    ],
    ['no status', { status: { conditions: undefined } }, 'Progressing Progressing'],
    [
      'health checks that were broken off',
      { status: { conditions: [condition('False', 'HealthCheckCanceled')] } },
      'Progressing HealthCheckCanceled',
    ],
    [
      'a failure of another revision',
      { status: { lastAttemptedRevision: other, conditions: [condition('False', 'BuildFailed')] } },
      'Progressing BuildFailed',
    ],
    [
      'a failure of a generation before',
      { status: { conditions: [condition('False', 'BuildFailed', { observedGeneration: 2 })] } },
      'Progressing Progressing',
    ],
    [
      'access denied',
      { status: { conditions: [condition('False', 'AccessDenied'), condition('True', 'AccessDenied', { type: 'Stalled' })] } },
      'Stalled AccessDenied',
    ],
    [
      'not stalled',
      { status: { conditions: [...good.conditions, condition('False', 'Succeeded', { type: 'Stalled' })] } },
      'Ready ReconciliationSucceeded',
    ],
    [
      'stalled at a generation before',
      { status: { conditions: [...good.conditions, condition('True', 'AccessDenied', { type: 'Stalled', observedGeneration: 2 })] } },
      'Ready ReconciliationSucceeded',
    ],
  ] as const)('%s', (_, object, expected) => {
    const { state, reason } = judge(object)
    expect(`${state} ${reason}`).toBe(expected)
  })

  const checking = { status: { conditions: [condition('Unknown', 'Progressing')] } }
  test.each([
    ['was ready', {}, { state: 'Ready', generation: 3 }, 'Ready'],
    ['was ready at another generation', {}, { state: 'Ready', generation: 2 }, 'Progressing'],
    ['was in progress', {}, { state: 'Progressing' }, 'Progressing'],
    ['had failed', {}, { state: 'Failed' }, 'Progressing'],
    ['was ready at another revision', {}, { state: 'Ready', revision: other }, 'Progressing'],
    ['was ready, attempts something else', { lastAttemptedRevision: other }, { state: 'Ready' }, 'Progressing'],
    ['was ready, and has no outcome of this generation', { observedGeneration: 2 }, { state: 'Ready' }, 'Progressing'],
  ] as const)('being checked again: %s', (_, status, known, expected) => {
    expect(judge({ status: { ...checking.status, ...status } }, known).state).toBe(expected)
  })
})
