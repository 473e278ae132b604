import type { FleetEvent, FleetEventFields, FleetEventType, ObjectRef } from 'fleetkit'
import { formatEvent, type ProgressOptions, progressView } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'settings' }
const error = new Error('Sync apps/web: it is down')

/** One event of each type: the compiler asks for those that are new. */
const samples: { readonly [Type in FleetEventType]: readonly [FleetEventFields[Type], string] } = {
  'sync.started': [{ sync }, 'Sync apps/web: started'],
  'sync.resolved': [{ sync, revision: 'v1@sha1:ab' }, 'Sync apps/web: the source is v1@sha1:ab'],
  'sync.planned': [
    { sync, revision: 'v1@sha1:ab', actions: { create: 2, update: 0, prune: 1, skip: 9 } },
    'Sync apps/web: planned v1@sha1:ab: 2 create, 1 prune',
  ],
  'sync.recovered': [{ sync, refs: [ref] }, 'Sync apps/web: its record was lost, found by their labels: ConfigMap apps/settings'],
  'sync.applied': [{ sync, ref, action: 'create' }, 'Sync apps/web: created ConfigMap apps/settings'],
  'sync.pruned': [{ sync, ref }, 'Sync apps/web: pruned ConfigMap apps/settings'],
  'sync.health': [{ sync, ref, health: 'InProgress', message: '1 of 2' }, 'Sync apps/web: ConfigMap apps/settings is InProgress: 1 of 2'],
  'sync.drift': [{ sync, ref, fields: ['.data.x'] }, 'Sync apps/web: ConfigMap apps/settings had drifted: .data.x'],
  'sync.contention': [
    { sync, ref, field: '.data.x', manager: 'tuner', until: 1_700_000_000_000 },
    'Sync apps/web: ConfigMap apps/settings: tuner writes .data.x again each time it is corrected; left alone until 2023-11-14T22:13:20Z',
  ],
  'sync.finished': [
    { sync, revision: 'v1@sha1:ab', durationMs: 1500, changed: 1 },
    'Sync apps/web: v1@sha1:ab is applied in 1.5s, 1 object changed',
  ],
  'sync.failed': [{ sync, error, durationMs: 2000 }, 'Sync apps/web: failed after 2s: it is down'],
  'mirror.written': [
    { source: { ...sync, kind: 'ProxySync' }, copy: sync, reason: 'edited', edits: ['spec.path', 'spec.pin'] },
    'ProxySync apps/web: Sync apps/web is written (edited: spec.path, spec.pin)',
  ],
  'mirror.reported': [
    { source: { ...sync, kind: 'ProxySync' }, ready: 'True', reason: 'ReconciliationSucceeded', revision: 'v1@sha1:ab' },
    'ProxySync apps/web: ready is True (ReconciliationSucceeded), at v1@sha1:ab',
  ],
  'assemblage.written': [
    {
      assemblage: { ...sync, kind: 'Assemblage' },
      syncName: 'shop',
      object: sync,
      action: 'update',
      reason: 'edited',
      edits: ['spec.path'],
    },
    'Assemblage apps/web: Sync apps/web is updated (edited: spec.path)',
  ],
  'assemblage.judged': [
    {
      assemblage: { ...sync, kind: 'Assemblage' },
      syncName: 'shop',
      state: 'Ready',
      reason: 'ReconciliationSucceeded',
      revision: 'sha1:ab',
    },
    'Assemblage apps/web: shop is Ready (ReconciliationSucceeded), to be at sha1:ab',
  ],
  'module.pinned': [
    { module: { ...sync, kind: 'Module' }, revision: 'web-0123456789abcdef', commit: 'ab', tag: 'v1' },
    'Module apps/web: wanted is web-0123456789abcdef: v1, commit ab',
  ],
  'rollout.assigned': [
    { cluster: { ...sync, kind: 'Cluster', name: 'eu-1' }, module: 'web', revision: 'web-0123456789abcdef', why: 'start', stage: 'canary' },
    'Cluster apps/eu-1: is assigned web-0123456789abcdef (start, stage canary)',
  ],
  'module.hand-over': [
    {
      module: { ...sync, kind: 'BootstrapModule' },
      cluster: { ...sync, kind: 'Cluster', name: 'eu-1' },
      state: 'TakenBack',
      message: 'its Sync: gone',
    },
    'Cluster apps/eu-1: BootstrapModule apps/web is TakenBack: its Sync: gone',
  ],
  'rollout.progress': [
    {
      module: { ...sync, kind: 'Module' },
      revision: 'web-0123456789abcdef',
      phase: 'Running',
      clusters: 12,
      done: 3,
      updating: 1,
      held: 2,
    },
    'Module apps/web: Running, web-0123456789abcdef: 3 of 12 clusters done, 1 updating, 2 held',
  ],
  'rollout.checked': [
    { module: { ...sync, kind: 'Module' }, stage: 'canary', check: 'smoke', verdict: 'fail', evidence: '2 of 9 requests failed' },
    'Module apps/web: check smoke of stage canary: fail (2 of 9 requests failed)',
  ],
  'rollout.error': [
    { namespace: 'apps', error: new Error('no answer'), retryInMs: 2000 },
    'the fleet of apps: could not be written, next try in 2s: no answer',
  ],
  'sync.suspended': [{ sync }, 'Sync apps/web: left alone, it is suspended'],
  'sync.held': [{ sync, by: 'alice', reason: 'incident 42' }, 'Sync apps/web: left alone, the handbrake was pulled by alice: incident 42'],
  'sync.pinned': [
    { sync, revision: 'v1@sha1:ab', by: 'alice', reason: 'incident 42' },
    'Sync apps/web: stays at v1@sha1:ab, pinned by alice: incident 42',
  ],
  'controller.reconciled': [{ controller: 'sync', ref: sync, durationMs: 1500 }, 'sync: Sync apps/web reconciled in 1.5s'],
  'controller.queue': [{ controller: 'sync', ready: 2, delayed: 3, running: 1 }, 'sync: 1 running, 2 ready, 3 delayed'],
  'controller.error': [
    { controller: 'sync', ref: sync, error, failures: 2, retryInMs: 1000 },
    'sync: Sync apps/web failed 2 times in a row, next try in 1s: it is down',
  ],
  'controller.terminal': [
    { controller: 'sync', ref: sync, error },
    'sync: Sync apps/web failed, and is not tried again until it changes: it is down',
  ],
  'runnable.failed': [{ runnable: 'server', error }, 'server: failed, and the manager stops: Sync apps/web: it is down'],
  'informer.relisted': [
    { of: ref, objects: 3, missed: { added: 1, modified: 0, deleted: 2 } },
    'ConfigMap: listed again, 3 objects; missed were 1 added, 0 modified, 2 deleted',
  ],
  'informer.error': [{ of: ref, error, retryInMs: 500 }, 'ConfigMap: cannot be watched, next try in 500ms: Sync apps/web: it is down'],
  'informer.unprojected': [{ ref, error }, 'ConfigMap apps/settings: could not be projected: Sync apps/web: it is down'],
  'leader.acquired': [{ lease: 'apps/lease', holder: 'me', term: 3 }, 'apps/lease: me leads (term 3)'],
  'leader.lost': [
    { lease: 'apps/lease', holder: 'me', term: 3, error },
    'apps/lease: me leads no longer (term 3): Sync apps/web: it is down',
  ],
  'manager.started': [{ controllers: ['sync', 'audit'] }, 'the manager runs sync, audit'],
  'manager.stopped': [{ reason: 'aborted' }, 'the manager has stopped: aborted'],
  'stream.dropped': [{ count: 4 }, '4 events were dropped: they were read too slowly'],
}

const event = <Type extends FleetEventType>(type: Type, fields: FleetEventFields[Type]): FleetEvent =>
  ({ type, at: 0, ...fields }) as FleetEvent

describe('an event', () => {
  test.each(Object.entries(samples))('%s has words', (type, [fields, text]) => {
    expect(formatEvent(event(type as FleetEventType, fields as never))).toBe(text)
  })
  test('of another program is shown with its fields', () => {
    expect(formatEvent({ type: 'freeze.held', at: 0, cluster: 'eu' } as never)).toBe('freeze.held {"cluster":"eu"}')
  })
  test('is one line, whatever it says', () => {
    const text = formatEvent(event('sync.failed', { sync, error: new Error('a\n\u001b[2Jb'), durationMs: 0 }))
    expect(text).toBe('Sync apps/web: failed after 0s: a\\n\\u{1b}[2Jb')
  })
})

describe('the view of progress', () => {
  function shown(events: readonly FleetEvent[], options: Partial<ProgressOptions> = {}): readonly string[] {
    const written: string[] = []
    const view = progressView({ write: (text) => written.push(text), ...options })
    for (const each of events) view(each)
    return written
  }
  const begun = [event('sync.started', { sync }), event('sync.resolved', { sync, revision: 'v1@sha1:ab' })]
  const whole = [
    ...begun,
    event('sync.planned', { sync, revision: 'v1@sha1:ab', actions: { create: 2, update: 0, adopt: 0, replace: 0, prune: 1, skip: 9 } }),
    event('sync.applied', { sync, ref, action: 'create' }),
    event('sync.applied', { sync, ref: { ...ref, name: 'b' }, action: 'create' }),
    event('sync.pruned', { sync, ref }),
    event('sync.health', { sync, ref, health: 'InProgress', message: '' }),
    event('sync.health', { sync, ref, health: 'Current', message: '' }),
    event('sync.finished', { sync, revision: 'v1@sha1:ab', durationMs: 2000, changed: 3 }),
  ]

  test('is a line a stage in a pipe, each when its stage has ended', () => {
    const written = shown(whole)
    expect(written.join('')).toBe(
      [
        '✔ Sync apps/web source v1@sha1:ab',
        '✔ Sync apps/web plan   2 create, 1 prune',
        '✔ Sync apps/web apply  2 of 2 objects',
        '✔ Sync apps/web prune  1 of 1 object',
        '✔ Sync apps/web health 1 of 1',
        '✔ Sync apps/web end    v1@sha1:ab is applied in 2s',
        '',
      ].join('\n'),
    )
    expect(written.every((text) => text.split('\n').length === 2)).toBe(true)
  })

  test('is kept up to date in a terminal', () => {
    const screen = rendered(shown(whole.slice(0, 4), { live: true }))
    expect(screen).toEqual([
      '✔ Sync apps/web source v1@sha1:ab',
      '✔ Sync apps/web plan   2 create, 1 prune',
      '… Sync apps/web apply  1 of 2 objects',
    ])
    expect(rendered(shown(whole.slice(0, 7), { live: true })).at(-1)).toBe(
      '… Sync apps/web health 0 of 1; ConfigMap apps/settings is InProgress',
    )
    const twice = rendered(shown([...whole, ...whole], { live: true }))
    expect(twice).toHaveLength(12)
    expect(twice.filter((line) => line.startsWith('✔'))).toHaveLength(12)
  })

  test('shows attempts beside one another', () => {
    const other = { ...sync, name: 'db' }
    const mixed = [
      ...begun,
      event('sync.started', { sync: other }),
      ...whole.slice(2),
      event('sync.failed', { sync: other, error, durationMs: 1 }),
    ]
    const screen = rendered(shown(mixed, { live: true }))
    expect(screen.slice(0, 6).every((line) => line.startsWith('✔ Sync apps/web'))).toBe(true)
    expect(screen.slice(6)).toEqual(['✘ Sync apps/db source being resolved', '✘ Sync apps/db end    Sync apps/web: it is down'])
  })

  test('says where it failed, in one row of the terminal', () => {
    const failed = [...whole.slice(0, 4), event('sync.failed', { sync, error: new Error(`${'long '.repeat(50)}\nsecond`), durationMs: 1 })]
    const screen = rendered(shown(failed, { live: true, width: 60, color: false }))
    expect(screen.at(-2)).toBe('✘ Sync apps/web apply  1 of 2 objects')
    expect(screen.at(-1)).toMatch(/^✘ Sync apps\/web end {4}long .*…$/)
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThan(60)
    expect(shown(failed, { color: true }).join('')).toContain('\u001b[31m✘\u001b[0m')
  })

  test('of anything else is nothing', () => {
    expect(
      shown([event('manager.started', { controllers: [] }), event('sync.drift', { sync, ref, fields: [] }), ...begun.slice(1)], {
        live: true,
      }),
    ).toEqual([])
  })
})

/** What a terminal shows after the texts: they only go up, and clear from there. */
function rendered(written: readonly string[]): readonly string[] {
  const rows: string[] = []
  for (const text of written) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it moves the cursor.
    const [, up, rest = text] = /^\u001b\[(\d+)A\r\u001b\[J([\s\S]*)$/.exec(text) ?? []
    if (up !== undefined) rows.splice(rows.length - Number(up))
    rows.push(...rest.split('\n').slice(0, -1))
  }
  return rows
}
