import { readFileSync } from 'node:fs'
import { exactInteger, type KubeObject } from 'fleetkit'
import { argo, assessHealth, type HealthRule, inProgress } from 'fleetkit/health'
import { describe, expect, test } from 'vitest'
import { argoRules, compileTest, readTable, valueAt } from '../../internals.ts'

/** The least that gives a verdict of Argo CD, and nothing else of the object that it was found in. */
interface Vector {
  /** API version and kind. */
  readonly kind: string
  readonly verdict: string
  readonly rule: string
  readonly metadata?: object
}

const vectors = readFileSync(new URL('../../vectors/argo-health.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)

const objectOf = ({ kind, verdict: _, rule: __, metadata, ...fields }: Vector): KubeObject => {
  const slash = kind.lastIndexOf('/')
  return { apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1), ...fields, metadata: { name: 'a', ...metadata } }
}
const judge = (object: KubeObject | undefined, rules?: ReadonlyMap<string, HealthRule>) =>
  assessHealth(object, { now: 0, profile: argo, rules })

describe('the rules of Argo CD', () => {
  test.each([...Map.groupBy(vectors, ({ kind }) => kind)])('of %s', (_, cases) => {
    const verdicts = cases.map((vector) => judge(objectOf(vector)))
    expect(verdicts.map(({ status, rule }) => ({ verdict: status, rule }))).toEqual(cases.map(({ verdict, rule }) => ({ verdict, rule })))
    expect(verdicts.filter(({ message, evidence }) => message === '' || evidence.length === 0)).toEqual([])
  })

  test('none fails on integers that no double holds, in place of one field or of all', () => {
    const failed = vectors.flatMap(({ kind, verdict, rule, ...fields }) => {
      const texts = [...JSON.stringify(fields).matchAll(/:("[^"]*"|[\d.]+|true|false)/g)].map(([text]) => text)
      return [...texts.map((text) => [text]), texts]
        .map((replaced) =>
          JSON.parse(JSON.stringify(fields), (_, field) =>
            replaced.includes(`:${JSON.stringify(field)}`) ? exactInteger(2n ** 60n) : field,
          ),
        )
        .map((changed) => judge(objectOf({ kind, verdict, rule, ...changed })))
        .filter((health) => health.rule === 'generic/rule-failed')
        .map(({ message }) => message)
    })
    expect(failed).toEqual([])
  })

  test('each clause of each kind has a case', () => {
    const reached = new Map<string, Set<string>>()
    for (const { kind, rule } of vectors) {
      const [group = '', , name = ''] = kind.split('/').length === 3 ? kind.split('/') : ['', ...kind.split('/')]
      for (const key of [
        `${group}/${name}`,
        `*.${group.split('.').slice(1).join('.')}/*`,
        `*.${group.split('.').slice(2).join('.')}/*`,
        `${group}/*`,
      ]) {
        reached.set(key, (reached.get(key) ?? new Set()).add(rule.split('/')[1] as string))
      }
    }
    const missing = [...argoRules].flatMap(([key, rule]) =>
      rule()
        .names.filter((name) => !reached.get(key)?.has(name))
        .map((name) => `${key} ${name}`),
    )
    expect(missing).toEqual([])
    expect(argoRules.size).toBeGreaterThan(200)
  })

  test('a kind without a rule has no health there, and holds up nothing', () => {
    expect(judge({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })).toMatchObject({
      status: 'Current',
      rule: 'argo/no-rule',
    })
    expect(judge({ apiVersion: 'crossplane.io/v1', kind: 'Thing', metadata: { name: 'a' } }).rule).toBe('argo/no-rule')
    expect(judge({ apiVersion: 'sql.crossplane.io/v1', kind: 'Thing', metadata: { name: 'a' } })).toMatchObject({ status: 'InProgress' })
    expect(judge(undefined).status).toBe('NotFound')
  })

  test('an object that is being deleted is in progress, but for a hook that Argo CD holds', () => {
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', deletionTimestamp: '2026-03-01T12:00:00Z' } }
    expect(judge(service)).toMatchObject({ status: 'InProgress', rule: 'argo/deletion' })
    const hook = { ...service, metadata: { ...service.metadata, finalizers: ['argocd.argoproj.io/hook-finalizer'] } }
    expect(judge(hook).status).toBe('Current')
  })

  test('rules of the caller come first', () => {
    const rule: HealthRule = ({ object, conditions }) => inProgress(object, 'service/mine', `There are ${conditions.length} conditions.`)
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }
    expect(judge(service, new Map([['/Service', rule]])).rule).toBe('service/mine')
    const deleted = { ...service, metadata: { name: 'a', deletionTimestamp: '2026-03-01T12:00:00Z' } }
    expect(judge(deleted, new Map([['/Service', rule]])).rule).toBe('argo/deletion')
    expect(
      judge(deleted, new Map([['/Service', Object.assign((input: Parameters<HealthRule>[0]) => rule(input), { alone: true })]])).rule,
    ).toBe('service/mine')
  })

  test('the evidence is what the object holds, and the message says it', () => {
    const gateway = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'a' },
      status: { conditions: [{ type: 'Programmed', status: 'False', reason: 'AddressNotAssigned', message: 'No address.' }] },
    } as unknown as KubeObject
    expect(judge(gateway)).toEqual({
      status: 'InProgress',
      rule: 'gateway/programmed-true',
      message: 'No address.',
      evidence: [{ path: 'status.conditions[type="Programmed"]', value: valueAt(gateway, 'status.conditions[type="Programmed"]') }],
    })
  })
})

describe('a test of a rule', () => {
  const item = {
    spec: { replicas: 3, paused: false, note: '', tier: 'gold' },
    status: {
      ready: '2',
      phase: 'Running fast',
      at: '2026-03-01',
      nodes: [
        { name: 'a', up: true, load: 1 },
        { name: 'b', up: false, load: 4 },
      ],
      conditions: [{ type: 'Ready', status: 'False', reason: 'Wait', message: 'so' }, { type: 'Synced', status: 'True' }, null, 'odd'],
    },
    metadata: { labels: { 'example.com/tier': 'gold' } },
  }
  test.each<[string, boolean]>([
    ['spec.paused', false],
    ['spec.note', true],
    ['spec.note=', true],
    ['spec.note=?*', false],
    ['spec.paused=false', true],
    ['status.phase=Run*', true],
    ['status.phase=*fast|x', true],
    ['status.phase=R?nning*', true],
    ['status.phase=Running', false],
    ['!status.missing', true],
    ['status.ready<spec.replicas', true],
    ['status.missing<spec.replicas', false],
    ['status.missing?0<spec.replicas', true],
    ['status.missing?spec.replicas==spec.replicas', true],
    ['status.missing==spec.missing', true],
    ['status.ready~=2', true],
    ['status.at<2026-04', false],
    ['spec.replicas>=3', true],
    ['#status.nodes==2', true],
    ['#status.nodes[up]==1', true],
    ['+status.nodes[].load==5', true],
    ['spec.replicas>spec.replicas-status.ready', true],
    ['@Ready=False', true],
    ['@Ready=!True', true],
    ['@Ready=False:Wait|Other', true],
    ['@Ready=False:!Wait', false],
    ['@Ready:?*', true],
    ['@Synced:?*', false],
    ['@*=True', true],
    ['@Missing|Synced=True', true],
    ['1#@Ready=True,@Synced=True', true],
    ['2#@*=True', false],
    ['status.nodes[]', true],
    ['status.missing[]', false],
    ['status.nodes[up,load>3]', false],
    ['status.nodes[!up,load>3]', true],
    ['status.nodes[load>^spec.replicas]', true],
    ['status.nodes[-1,name=b]', true],
    ['status.nodes[-1,name=a]', false],
    ['status.nodes[].name=b', true],
    ['metadata.labels["example.com/tier"]=gold', true],
    ['metadata.labels["example.com/tier"]==spec.tier', true],
  ])('%s is %s', (text, holds) => {
    expect(compileTest(text).find({ root: item, item }) !== undefined).toBe(holds)
  })

  test('that is none is an error, as is a clause without a status', () => {
    expect(() => compileTest('%')).toThrow('no test: %')
    expect(() => readTable('a/B\nFine @Ready=True').get('a/B')?.()).toThrow('no clause: Fine @Ready=True')
    expect(() =>
      readTable('a/B\nCurrent @Ready=True')
        .get('a/B')?.()
        .judge({ apiVersion: 'a/v1', kind: 'B', metadata: { name: 'b' } }),
    ).toThrow('no clause holds for every B')
  })
})
