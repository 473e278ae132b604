import type { KubeObject } from 'fleetkit'
import { assessHealth, compileHealthExpressions, type HealthCheckExpressions } from 'fleetkit/health'
import { afterEach, describe, expect, test, vi } from 'vitest'

const database = (status: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Database',
  metadata: { name: 'orders', generation: 2, ...metadata },
  spec: { size: 3 },
  status,
})
const expressions = (more: Partial<HealthCheckExpressions>): HealthCheckExpressions => ({
  apiVersion: 'example.com/v1beta1',
  kind: 'Database',
  current: 'false',
  ...more,
})
const judge = async (object: KubeObject, more: Partial<HealthCheckExpressions>) =>
  assessHealth(object, { now: 0, rules: await compileHealthExpressions([expressions(more)]) })
const all = {
  inProgress: "status.phase == 'Moving'",
  failed: "status.phase in ['Broken', 'Moving']",
  current: "status.conditions.filter(c, c.type == 'Online').all(c, c.status == 'True')",
}

describe('health expressions', () => {
  test.each<[string, object, string, string]>([
    ['in progress is asked first', { phase: 'Moving' }, 'InProgress', 'expression/in-progress'],
    ['then failed', { phase: 'Broken' }, 'Failed', 'expression/failed'],
    ['then current', { phase: '', conditions: [{ type: 'Online', status: 'True' }] }, 'Current', 'expression/current'],
    ['none of them', { phase: '', conditions: [{ type: 'Online', status: 'False' }] }, 'InProgress', 'expression/none-holds'],
    ['a generation that is not observed', { observedGeneration: 1, phase: 'Broken' }, 'InProgress', 'expression/generation'],
    ['a generation in another form is none', { observedGeneration: '1', phase: 'Broken' }, 'Failed', 'expression/failed'],
    [
      'conditions that hold for other kinds do not count',
      { phase: 'Broken', conditions: [{ type: 'Ready', status: 'True' }] },
      'Failed',
      'expression/failed',
    ],
  ])('%s', async (_, status, verdict, rule) => {
    expect(await judge(database(status), all)).toMatchObject({ status: verdict, rule })
  })

  test('decide alone, as in Flux: an object that is being deleted or stalled is what they say', async () => {
    const stalled = database({ conditions: [{ type: 'Stalled', status: 'True' }] }, { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect((await judge(stalled, { current: 'true' })).status).toBe('Current')
  })

  test('say which expression held, and show the fields that it reads', async () => {
    expect(await judge(database({ replicas: 3 }), { current: 'status.replicas == spec.size && size(metadata.name) > 0' })).toEqual({
      status: 'Current',
      rule: 'expression/current',
      message: 'healthCheckExprs[0].current holds: status.replicas == spec.size && size(metadata.name) > 0',
      evidence: [
        { path: 'metadata.name', value: 'orders' },
        { path: 'spec.size', value: 3 },
        { path: 'status.replicas', value: 3 },
      ],
    })
  })

  test('show no data of a Secret', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { key: 'c2VjcmV0' } } as unknown as KubeObject
    const rules = await compileHealthExpressions([{ apiVersion: 'v1', kind: 'Secret', current: "data.key == 'c2VjcmV0'" }])
    const health = assessHealth(secret, { now: 0, rules })
    expect(health).toMatchObject({ status: 'Current', evidence: [] })
  })

  test('the first entry of a kind counts', async () => {
    const rules = await compileHealthExpressions([expressions({ current: 'true' }), expressions({ current: 'false' })])
    expect(assessHealth(database({}), { now: 0, rules }).status).toBe('Current')
    expect([...rules.keys()]).toEqual(['example.com/Database'])
  })

  test.each<[string, string]>([
    ['status.phase', 'healthCheckExprs[0].current: field not found: phase: status.phase'],
    ['status.list', 'the expression gives no boolean on this object'],
    ["'x' + 1 == 'x1'", 'found no matching overload for'],
    ['nope.phase == 1', 'unresolved attribute'],
    ['has(nope.phase)', 'unresolved attribute'],
    ['has(status.nope.phase)', 'field not found: nope'],
    ['status.list[7] == 1', 'index 7 out of bounds'],
  ])('that has no answer gives an unknown verdict which says why: %s', async (current, message) => {
    const health = await judge(database({ list: [1] }), { current })
    expect(health).toMatchObject({ status: 'Unknown', rule: 'expression/no-answer' })
    expect(health.message).toContain(message)
  })

  test.each<[string, string]>([
    ['', 'healthCheckExprs[0].current: found no expression, accepted one in CEL'],
    ['1 ==', 'healthCheckExprs[0].current: found "1 ==", which is not CEL'],
    ['status.?phase.hasValue()', 'found "status.?phase.hasValue()", which is not CEL'],
    ['lookup(status.phase)', 'found the function lookup, accepted the standard functions of CEL and those of strings'],
    [`${'true || '.repeat(600)}true`, 'found 4804 characters, accepted at most 4096'],
    [`${'('.repeat(99)}true${')'.repeat(99)}`, 'found brackets 99 deep, accepted at most 50'],
    [`${'1+'.repeat(2000)}1 > 0`, 'it is nested too deeply'],
    ['while (true) {}', 'which is not CEL'],
  ])('that is none is an error which names the field, what was found and what is accepted: %s', async (current, message) => {
    await expect(compileHealthExpressions([expressions({ current })])).rejects.toMatchObject({
      code: 'health/expression',
      message: expect.stringContaining(message),
    })
  })

  test('every problem is named at once, by the field that the caller gives', async () => {
    const wrong = compileHealthExpressions([expressions({}), expressions({ current: '', failed: '=' })], { field: 'spec.healthCheckExprs' })
    await expect(wrong).rejects.toThrow(
      /spec\.healthCheckExprs\[1\]\.failed: found "=".*; spec\.healthCheckExprs\[1\]\.current: found no expression/,
    )
  })
})

describe('without the package that evaluates CEL', () => {
  afterEach(() => {
    vi.doUnmock('@bufbuild/cel')
    vi.resetModules()
  })

  test('the error names it', async () => {
    vi.resetModules()
    vi.doMock('@bufbuild/cel', () => {
      throw new Error('Cannot find package')
    })
    const { compileHealthExpressions: compile } = await import('fleetkit/health')
    await expect(compile([expressions({ current: 'true' })])).rejects.toThrow('npm install @bufbuild/cel')
  })
})

describe('an expression never takes long', () => {
  const list = Array.from({ length: 20_000 }, (_, index) => ({ name: `n${index}`, up: true }))
  const large = database({ list, text: 'x'.repeat(500_000), nested: Array.from({ length: 300 }, () => list.slice(0, 60)) })

  test.each<[string, string]>([
    ['a loop in a loop', 'status.list.all(a, status.list.all(b, a.name != b.name || a == b))'],
    ['loops in loops in loops', 'status.list.all(a, status.list.all(b, status.list.all(c, a.up && b.up && c.up)))'],
    ['a loop over a large list', 'status.list.all(a, status.list.all(b, true))'],
    ['lists that grow', 'status.list.map(a, status.list.map(b, b)).size() > 0'],
    ['a search in each turn', 'status.list.all(a, a in status.list)'],
    ['large values compared', 'status.nested.all(a, status.nested.all(b, a == b))'],
    ['a regular expression with a heavy program', "status.text.matches('^(x?){1000}y$')"],
    ['a regular expression over much text', "status.text.matches('(x+x+)+y')"],
    ['a text that grows', "status.text.replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx').size() > 0"],
    ['a text that grows again and again', `status.list[0].name${".replace('', 'xxxxxxxxxxxxxxxxxxxxxxxxx')".repeat(20)} == status.text`],
  ])('%s', async (_, current) => {
    const rules = await compileHealthExpressions([expressions({ current })])
    const before = process.cpuUsage().user
    const health = assessHealth(large, { now: 0, rules })
    const spentMs = (process.cpuUsage().user - before) / 1000
    expect(health).toMatchObject({ status: 'Unknown', rule: 'expression/no-answer' })
    expect(health.message).toContain('the expression takes too many steps on this object')
    expect(spentMs).toBeLessThan(500)
    // The steps are counted, so that the answer is the same on every machine.
    expect(assessHealth(large, { now: 0, rules })).toEqual(health)
  })

  test('one that goes through the conditions of an object, or a list of a thousand, has its answer', async () => {
    const conditions = Array.from({ length: 100 }, (_, index) => ({ type: `T${index}`, status: 'True', message: 'm'.repeat(200) }))
    const object = database({ conditions, list: list.slice(0, 1000) })
    const current =
      "status.conditions.filter(c, c.type.matches('^T[0-9]+$')).all(c, c.status == 'True') && status.list.map(n, n.name).size() == 1000"
    expect((await judge(object, { current })).status).toBe('Current')
  })
})
