import type { KubeObject } from 'fleetkit'
import { assessHealth, current, failed, type HealthRule, hasCondition, inProgress, unknown, verdict } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'

const database = (status: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1beta1',
  kind: 'Database',
  metadata: { name: 'orders', namespace: 'shop', generation: 2, ...metadata },
  status: { observedGeneration: 2, ...status },
})

const phases: Readonly<Record<string, HealthRule>> = {
  Online: ({ object }) => current(object, 'database/online', 'The database is online.', 'status.phase'),
  Starting: ({ object, now }) => ({
    ...inProgress(object, 'database/starting', 'The database is starting.', 'status.phase'),
    nextCheckAt: now + 1000,
  }),
  Broken: ({ object }) => failed(object, 'database/broken', 'The database is broken.', 'status.phase'),
}
const rule: HealthRule = (input) => {
  const { phase } = input.object.status as { readonly phase: string }
  return phases[phase]?.(input) ?? unknown(input.object, 'database/unknown', 'The phase is not known.', 'status.phase')
}
const rules = new Map([['example.com/Database', rule]])

describe('a rule of the caller’s', () => {
  test.each([
    ['Online', 'Current', 'database/online'],
    ['Broken', 'Failed', 'database/broken'],
    ['Dreaming', 'Unknown', 'database/unknown'],
  ])('judges its kind in every API version: %s is %s', (phase, status, name) => {
    const { message: _, ...health } = assessHealth(database({ phase }), { now: 5, rules })
    expect(health).toEqual({ status, rule: name, evidence: [{ path: 'status.phase', value: phase }] })
  })

  test('is given the time, and the conditions in their order', () => {
    expect(assessHealth(database({ phase: 'Starting' }), { now: 5, rules })).toMatchObject({ status: 'InProgress', nextCheckAt: 1005 })
    const migrated: HealthRule = ({ object, conditions }) =>
      hasCondition(conditions, 'Migrated', 'True')
        ? current(object, 'database/migrated', 'so')
        : verdict(object, 'InProgress', 'database/not-migrated', 'so', [])
    const judge = (status: string) =>
      assessHealth(database({ conditions: [{ type: 'Migrated', status }] }), {
        now: 5,
        rules: new Map([['example.com/Database', migrated]]),
      }).status
    expect([judge('True'), judge('False')]).toEqual(['Current', 'InProgress'])
  })

  test('comes after what holds for every object', () => {
    const online = { phase: 'Online' }
    expect(assessHealth(undefined, { now: 5, rules }).status).toBe('NotFound')
    expect(assessHealth(database(online, { deletionTimestamp: '2026-01-01T00:00:00Z' }), { now: 5, rules }).status).toBe('Terminating')
    expect(assessHealth(database({ ...online, observedGeneration: 1 }), { now: 5, rules }).status).toBe('InProgress')
    expect(assessHealth(database({ ...online, conditions: [{ type: 'Stalled', status: 'True' }] }), { now: 5, rules }).status).toBe(
      'Failed',
    )
  })

  test('is asked about no other kind, and takes the place of a rule of the library', () => {
    expect(assessHealth({ ...database({}), apiVersion: 'example.org/v1' }, { now: 5, rules }).rule).toBe('generic/no-conditions')
    const configMap: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    const strict: HealthRule = ({ object }) => inProgress(object, 'config/unread', 'Nothing has read it.')
    expect(assessHealth(configMap, { now: 5, rules: new Map([['/ConfigMap', strict]]) }).rule).toBe('config/unread')
    expect(assessHealth(configMap, { now: 5, rules }).rule).toBe('stored/always-current')
  })

  test('that throws gives an unknown verdict which says so', () => {
    const broken = new Map([
      [
        'example.com/Database',
        () => {
          throw new TypeError('no status')
        },
      ],
    ])
    expect(assessHealth(database({}), { now: 5, rules: broken })).toEqual({
      status: 'Unknown',
      rule: 'generic/rule-failed',
      message: 'The health rule of example.com/Database failed: TypeError: no status',
      evidence: [],
    })
  })
})
