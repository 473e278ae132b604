import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  type Action,
  type ApplyPlan,
  exactInteger,
  FleetkitError,
  formatPlan,
  type KubeObject,
  type ObjectRef,
  outcomeOf,
  ownerLabels,
  refOf,
  Sync,
} from 'fleetkit'
import {
  comparePlans,
  digestOf,
  formatDifference,
  type PlanApplyInput,
  parsePlan,
  planApply,
  planFormat,
  type SyncPlan,
  sealPlan,
} from 'fleetkit/plan'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const { spec } = new Sync({
  metadata: { name: 'web', namespace: 'apps' },
  spec: { source: { git: { url: 'https://git.example.com/web.git', tag: 'v2' } }, prune: true },
})
const base64 = (text: string): string => Buffer.from(text).toString('base64')

function object(kind: string, name: string, fields: object, annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'apps', labels: ownerLabels(sync), ...(annotations === undefined ? {} : { annotations }) },
    ...fields,
  }
}

const living = (each: KubeObject, resourceVersion = '1'): KubeObject => ({
  ...each,
  metadata: {
    ...each.metadata,
    uid: `uid-${each.metadata.name}`,
    resourceVersion,
    managedFields: [
      {
        manager: 'fleetkit:apps/web',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': Object.fromEntries(Object.keys((each.data ?? {}) as object).map((key) => [`f:${key}`, {}])) },
      },
    ],
  },
})

function applyPlan(desired: readonly KubeObject[], live: readonly KubeObject[] = [], more: Partial<PlanApplyInput> = {}): ApplyPlan {
  return planApply({
    sync,
    policy: { prune: true, allowEmpty: false, forceConflicts: false },
    revision: 'v2@sha1:4ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150',
    desired: desired.map((each, index) => ({ object: each, origin: `all.yaml:${index}` })),
    live,
    inventory: live.map(refOf),
    ...more,
  })
}

function contract(desired: readonly KubeObject[], live: readonly KubeObject[] = [], salt = 'salt'): SyncPlan {
  const plan = {
    format: planFormat,
    ...sealPlan(applyPlan(desired, live), live, salt),
    spec,
    generation: 0,
    cost: { requests: 3 },
  } as const
  return { ...plan, digest: digestOf(plan) }
}

const thrown = (work: () => unknown): FleetkitError => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    return error as FleetkitError
  }
  throw new Error('nothing failed')
}

test('sha256 is the one of Node, for texts of every length', () => {
  const oracle = (text: string): string => createHash('sha256').update(text).digest('hex')
  for (let length = 0; length < 200; length++) expect(sha256('a'.repeat(length))).toBe(oracle('a'.repeat(length)))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => sha256(text) === oracle(text)),
    { seed, numRuns: runs(200) },
  )
})

describe('a plan that is shown', () => {
  const password = 'correct horse battery staple'
  const before = living(object('Secret', 'db', { data: { password: base64('old-secret-value'), same: base64(password) } }))
  const after = object('Secret', 'db', {
    data: { password: base64(password), same: base64(password) },
    stringData: { token: 't0ken-in-clear' },
  })
  const leaving = living(
    object(
      'Secret',
      'gone',
      { data: { key: base64('of-a-pruned-secret') } },
      { 'kubectl.kubernetes.io/last-applied-configuration': 'annotated' },
    ),
  )
  const annotated = object('Secret', 'noted', { data: {} }, { note: 'kept-in-an-annotation' })
  const env = object('Pod', 'app', { spec: { containers: [{ name: 'app', env: [{ name: 'PASSWORD', value: 'of-the-environment' }] }] } })
  const plan = contract([after, annotated, env], [before, leaving])
  const secrets = ['old-secret-value', password, 't0ken-in-clear', 'of-a-pruned-secret', 'annotated', 'kept-in-an-annotation']

  test('holds no value of a Secret: as JSON, by inspect(), as text', () => {
    const shown = [
      JSON.stringify(plan),
      inspect(plan, { depth: null, showHidden: true, maxStringLength: null }),
      formatPlan(plan, { lines: true }),
    ]
    for (const text of shown) for (const secret of secrets) expect(text.includes(secret) || text.includes(base64(secret))).toBe(false)
    // What is no Secret is left alone.
    expect(shown[0]).toContain('of-the-environment')
    // The plan that is carried out has the values.
    expect(JSON.stringify(applyPlan([after], [before]))).toContain(base64(password))
  })

  test('has equal digests for equal values, however they are written, and others in another plan', () => {
    const [{ data } = {}] = plan.stages.flat().map((action) => action.object as { data?: Record<string, string> })
    expect(data?.password).toMatch(/^<secret [0-9a-f]{16}>$/)
    expect(data?.password).toBe(data?.same)
    const other = contract([after, annotated, env], [before, leaving], 'pepper')
    expect(JSON.stringify(other)).not.toContain(data?.password)
    const clear = contract([object('Secret', 'db', { stringData: { password } })])
    const encoded = contract([object('Secret', 'db', { data: { password: base64(password) } })])
    const digestIn = (each: SyncPlan): unknown => /<secret \w+>/.exec(JSON.stringify(each.stages))?.[0]
    expect(digestIn(clear)).toBe(digestIn(encoded))
  })

  test('tells which values of a Secret change, and which are equal', () => {
    const changes = plan.stages.flat().find(({ ref }) => ref.name === 'db')?.changes
    const change = changes?.find(({ path }) => path === '.data.password')
    expect(change?.from).toMatch(/^<secret/)
    expect(change?.to).toMatch(/^<secret/)
    expect(change?.from).not.toBe(change?.to)
    expect(changes?.find(({ path }) => path === '.data.same')).toBeUndefined()
  })

  test('conceals what the server quotes of a Secret', () => {
    const raw = applyPlan([after], [before])
    const quoted = (action: Action): Action => ({
      ...action,
      reason: { code: 'invalid', message: `Invalid value: "${base64(password)}" is ${password}` },
    })
    const sealed = sealPlan({ ...raw, stages: raw.stages.map((stage) => stage.map(quoted)) }, [before], 'salt')
    expect(sealed.stages.flat()[0]?.reason.message).toMatch(/^Invalid value: "<secret \w+>" is <secret \w+>$/)
  })
})

describe('the digest of a plan', () => {
  const plan = contract([
    object('ConfigMap', 'a', { data: { x: '1', y: '2' } }),
    object('Secret', 's', { data: { p: base64('password') } }),
  ])

  test('is that of what is read back from its JSON, whatever the order of the fields', () => {
    expect(plan.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(digestOf(parsePlan(JSON.stringify(plan)))).toBe(plan.digest)
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, child]) => [key, reversed(child)]),
      )
    }
    expect(digestOf(reversed(plan) as SyncPlan)).toBe(plan.digest)
  })

  test('is the same for the same plan with another salt', () => {
    const again = contract(
      [object('ConfigMap', 'a', { data: { x: '1', y: '2' } }), object('Secret', 's', { data: { p: base64('password') } })],
      [],
      'pepper',
    )
    expect(JSON.stringify(again)).not.toBe(JSON.stringify(plan))
    expect(again.digest).toBe(plan.digest)
  })

  test('changes with everything in a plan', () => {
    const [stage = []] = plan.stages
    const edits: readonly Partial<SyncPlan>[] = [
      { extra: 1 } as object,
      { revision: 'v3@sha1:5ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150' },
      { sync: { ...sync, name: 'other' } },
      { spec: { ...spec, prune: false } },
      { cost: { requests: 4 } },
      { partial: 'never' },
      { prunes: [{ ...(stage[0] as Action), type: 'prune' }] },
      { stages: [stage.toReversed()] },
      { stages: [stage.slice(1)] },
      { stages: [stage, []] },
      ...stage.flatMap((action, index) =>
        [
          { ...action, type: 'skip' as const },
          { ...action, force: true },
          { ...action, uid: 'other' },
          { ...action, reason: { ...action.reason, message: 'fine' } },
          { ...action, object: { ...(action.object as KubeObject), data: { x: 'other' } } },
        ].map((edited) => ({ stages: [stage.with(index, edited)] })),
      ),
    ]
    for (const edit of edits) {
      const edited = { ...plan, ...edit }
      expect(digestOf(edited), JSON.stringify(edit)).not.toBe(plan.digest)
      expect(thrown(() => parsePlan(JSON.stringify(edited))).code).toBe('plan/edited')
    }
  })
})

describe('a plan from a text', () => {
  const plan = contract([object('ConfigMap', 'a', { data: { x: '1' } })])

  test('is the plan', () => {
    expect(parsePlan(JSON.stringify(plan))).toEqual(JSON.parse(JSON.stringify(plan)))
    expect(comparePlans(plan, parsePlan(JSON.stringify(plan)))).toEqual([])
  })

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /is no JSON/],
    ['null', 'null', /format: found nothing, accepted 1/],
    ['a list', '[]', /format: found nothing/],
    ['another format', JSON.stringify({ ...plan, format: 2 }), /format: found number 2, accepted 1: make the plan again/],
    ['no actions', JSON.stringify({ ...plan, stages: undefined }), /plan\.stages: found nothing, accepted a list/],
    [
      'an unknown action',
      JSON.stringify({ ...plan, stages: [[{ ...plan.stages[0]?.[0], type: 'destroy' }]] }),
      /plan\.stages\[0\]\[0\]\.type: found string "destroy"/,
    ],
    [
      'digits instead of an object',
      JSON.stringify({ ...plan, stages: [[{ ...plan.stages[0]?.[0], object: exactInteger(9_007_199_254_740_993n) }]] }),
      /plan\.stages\[0\]\[0\]\.object: found number 9007199254740993, accepted an object/,
    ],
  ])('%s is one clear error', (_, text, message) => {
    const error = thrown(() => parsePlan(text))
    expect(error.code).toBe('plan/invalid')
    expect(error.message).toMatch(message)
  })

  test('never fails in another way', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(plan)), fc.boolean(), (value, field, whole) => {
        const text = JSON.stringify(whole ? value : { ...plan, [field]: value })
        try {
          parsePlan(text)
        } catch (error) {
          expect((error as FleetkitError).code).toMatch(/^plan\//)
        }
      }),
      { seed, numRuns: runs(500) },
    )
  })
})

describe('what has changed since a plan was made', () => {
  const desired = object('ConfigMap', 'a', { data: { x: '2', y: '1' } })
  const live = living(object('ConfigMap', 'a', { data: { x: '1', y: '1' } }))
  const reviewed = contract([desired], [live])
  const changed = (wanted: readonly KubeObject[], found: readonly KubeObject[]): readonly string[] =>
    comparePlans(reviewed, contract(wanted, found)).map(formatDifference)

  test('nothing, when it is planned again', () => expect(changed([desired], [live])).toEqual([]))
  test('a live field', () => {
    expect(changed([desired], [{ ...live, data: { x: '9', y: '1' } }])).toEqual(['ConfigMap apps/a: .data.x: "1" → "9"'])
  })
  test('a live field that was as it is wanted', () => {
    expect(changed([desired], [{ ...live, data: { x: '1', y: '7' } }])).toEqual(['ConfigMap apps/a: .data.y: "1" → "7"'])
  })
  test('what is wanted', () => {
    expect(changed([object('ConfigMap', 'a', { data: { x: '3', y: '1' } })], [live])).toEqual([
      'ConfigMap apps/a: object.data.x: "2" → "3"',
    ])
  })
  test('what has to be done', () => {
    const differences = changed([desired], [])
    expect(differences).toContain('ConfigMap apps/a: action: "update" → "create"')
    expect(differences).toContain('ConfigMap apps/a: uid: "uid-a" → nothing')
  })
  test('an object that was recreated', () => {
    const recreated = { ...live, metadata: { ...live.metadata, uid: 'new' } }
    expect(changed([desired], [recreated])).toEqual(['ConfigMap apps/a: uid: "uid-a" → "new"'])
  })
  test('an object that joined or left', () => {
    expect(changed([desired, object('ConfigMap', 'b', {})], [live])).toContain('ConfigMap apps/b: action: nothing → "create"')
    expect(changed([], [live])).toContain('ConfigMap apps/a: action: "update" → "prune"')
  })
  test('the plan itself', () => {
    const other = { ...reviewed, revision: 'v3', spec: { ...spec, prune: false } }
    expect(comparePlans(reviewed, other).map(formatDifference)).toEqual([
      `revision: "${reviewed.revision}" → "v3"`,
      'spec.prune: true → false',
    ])
  })
  test('a Secret, by its version, and never by its values', () => {
    const secret = living(object('Secret', 's', { data: { p: base64('one') } }))
    const wanted = object('Secret', 's', { data: { p: base64('two') } })
    const before = contract([wanted], [secret])
    expect(comparePlans(before, contract([wanted], [secret], 'pepper'))).toEqual([])
    const after = contract([wanted], [{ ...secret, metadata: { ...secret.metadata, resourceVersion: '2' }, data: { p: base64('three') } }])
    expect(comparePlans(before, after).map(formatDifference)).toEqual(['Secret apps/s: resourceVersion: "1" → "2"'])
  })
})

describe('what a plan comes to', () => {
  const fine = object('ConfigMap', 'a', { data: {} })
  const foreign = living(object('ConfigMap', 'b', { data: {} }))
  const owned: KubeObject = { ...foreign, metadata: { ...foreign.metadata, labels: ownerLabels({ ...sync, name: 'other' }) } }
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'made', labels: ownerLabels(sync) } }
  const b = object('ConfigMap', 'b', { data: { x: '1' } })

  test.each<[string, ApplyPlan, string, string]>([
    ['nothing', applyPlan([foreign], [foreign]), 'nothing', 'No changes: the cluster matches the source (1 objects).'],
    ['changes', applyPlan([fine]), 'changes', 'Plan: 1 to create.'],
    ['no objects', applyPlan([]), 'refused', 'Refused: nothing will be done.'],
    ['one refused', applyPlan([b], [owned]), 'refused', 'Plan: 1 refused. Nothing will be done.'],
    [
      'one of two refused',
      applyPlan([fine, b], [owned]),
      'partial',
      'Plan: 1 to create, 1 refused. What can be applied is applied; nothing is pruned, and the run fails (partial: continue).',
    ],
    [
      'one of two refused, and never in part',
      { ...applyPlan([fine, b], [owned]), partial: 'never' },
      'refused',
      'Plan: 1 to create, 1 refused. Nothing will be done while something is refused (partial: never).',
    ],
    [
      'refused before the rest can begin',
      applyPlan(
        [{ ...namespace, metadata: { ...namespace.metadata } }, fine],
        [{ ...namespace, metadata: { ...namespace.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', uid: 'u' } }],
      ),
      'refused',
      'Plan: 1 to create, 1 refused. Nothing will be done.',
    ],
    [
      'refused, and only something to prune',
      applyPlan([b], [owned, living(object('ConfigMap', 'old', { data: {} }))]),
      'refused',
      'Plan: 1 to prune, 1 refused. Nothing will be done.',
    ],
  ])('%s', (_, plan, outcome, line) => {
    expect(outcomeOf(plan)).toBe(outcome)
    expect(formatPlan(plan, { width: 200 }).split('\n').at(-1)).toBe(line)
  })
})
