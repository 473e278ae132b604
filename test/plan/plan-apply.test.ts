import fc from 'fast-check'
import {
  type Action,
  actionsOf,
  countActions,
  FleetkitError,
  fieldManagerOf,
  forceAnnotation,
  hasChanges,
  type JsonObject,
  type KubeObject,
  type ManagedFieldsEntry,
  type ObjectRef,
  ownerLabels,
  pruneAnnotation,
  type RenderedObject,
  reconcileAnnotation,
  refKey,
  refOf,
} from 'fleetkit'
import type { ApplyStage } from 'fleetkit/manifest'
import { confirmPlan, forceAllowedConflicts, type PlanApplyInput, planApply, prepareObjects } from 'fleetkit/plan'
import { describe, expect, test } from 'vitest'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const other: ObjectRef = { ...sync, name: 'other' }
const manager = fieldManagerOf(sync)
const policy = { prune: true, allowEmpty: false, forceConflicts: false }

const configMap = (name: string, data: Record<string, string> = { a: '1' }, extra: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'apps', labels: ownerLabels(sync), ...extra },
  data,
})

function managed(by: string, operation: 'Apply' | 'Update', data: readonly string[], labels = false): ManagedFieldsEntry {
  const fields: Record<string, JsonObject> = { 'f:data': Object.fromEntries(data.map((key) => [`f:${key}`, {}])) }
  if (labels) fields['f:metadata'] = { 'f:labels': Object.fromEntries(Object.keys(ownerLabels(sync)).map((key) => [`f:${key}`, {}])) }
  return { manager: by, operation, apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: fields }
}

/** The object as it is in the cluster after we applied it. */
const applied = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    uid: `uid-${object.metadata.name}`,
    managedFields: [managed(manager, 'Apply', Object.keys(object.data as object), true)],
  },
})

const rendered = (object: KubeObject): RenderedObject => ({ object, origin: `${object.metadata.name}.yaml:1` })

function plan(input: Partial<PlanApplyInput>) {
  return planApply({
    sync,
    policy,
    revision: 'v2@sha1:b',
    revisionInCluster: 'v1@sha1:a',
    desired: [],
    live: [],
    inventory: [],
    ...input,
  })
}

function decide(desired: KubeObject, live: KubeObject | undefined, input: Partial<PlanApplyInput> = {}): Action {
  const [action] = actionsOf(plan({ desired: [rendered(desired)], live: live === undefined ? [] : [live], ...input }))
  return action as Action
}

test('a Sync without a namespace is the one of default, in its labels as in the plan', () => {
  const alone: ObjectRef = { apiVersion: sync.apiVersion, kind: sync.kind, name: sync.name }
  const managedFields = [managed(fieldManagerOf(alone), 'Apply', ['a'], true)]
  const own = configMap('settings', { a: '1' }, { labels: ownerLabels(alone), uid: 'x', managedFields })
  expect(decide(configMap('settings', { a: '2' }, { labels: ownerLabels(alone) }), own, { sync: alone }).type).toBe('update')
  const { prunes } = plan({ sync: alone, live: [own], inventory: [refOf(own)], policy: { ...policy, allowEmpty: true } })
  expect(prunes.map(({ type }) => type)).toEqual(['prune'])
})

describe('an object of the source', () => {
  const desired = configMap('settings', { a: '1' })
  const drifted = { ...applied(desired), data: { a: '9' } }
  const edited = {
    ...drifted,
    metadata: { ...drifted.metadata, managedFields: [managed(manager, 'Apply', [], true), managed('kubectl-edit', 'Update', ['a'])] },
  }
  const foreign = (
    by: string,
    operation: 'Apply' | 'Update',
    data: Record<string, string>,
    labels?: Record<string, string>,
  ): KubeObject => ({
    ...configMap('settings', data),
    metadata: {
      name: 'settings',
      namespace: 'apps',
      ...(labels === undefined ? {} : { labels }),
      managedFields: [managed(by, operation, Object.keys(data))],
    },
  })

  test.each<[string, KubeObject | undefined, Partial<PlanApplyInput>, string, string, boolean]>([
    ['that does not exist is created', undefined, {}, 'create', 'missing', false],
    ['that is as wanted is skipped', applied(desired), {}, 'skip', 'unchanged', false],
    ['that differs from another revision is updated', drifted, {}, 'update', 'changed', false],
    ['that differs from the same revision has drifted', drifted, { revisionInCluster: 'v2@sha1:b' }, 'update', 'drifted', false],
    ['that someone edited is taken back by force', edited, { revisionInCluster: 'v2@sha1:b' }, 'update', 'drifted', true],
    ['that no manager owns and that agrees is adopted', foreign('kubectl', 'Update', { a: '1' }), {}, 'adopt', 'not-owned', false],
    ['that a script made with another value is not taken', foreign('kubectl', 'Update', { a: '2' }), {}, 'refuse', 'field-conflict', false],
    [
      'that a script made with another value is taken when that is allowed',
      foreign('kubectl', 'Update', { a: '2' }),
      { policy: { ...policy, forceConflicts: true } },
      'adopt',
      'not-owned',
      true,
    ],
    ['of another Sync is not taken', foreign('x', 'Apply', { a: '1' }, ownerLabels(other)), {}, 'refuse', 'owned-by-other', false],
    [
      'of another Sync is not taken by force either',
      foreign('x', 'Apply', { a: '1' }, ownerLabels(other)),
      { policy: { ...policy, forceConflicts: true } },
      'refuse',
      'owned-by-other',
      false,
    ],
    [
      'in which the status of another Sync is kept is not taken by force either',
      foreign('x', 'Update', { a: '1' }, { 'sync.fleetkit.dev/record': 'other' }),
      { policy: { ...policy, forceConflicts: true } },
      'refuse',
      'owned-by-other',
      false,
    ],
    [
      'in which the status of another Sync is kept is not taken when it was adopted before',
      foreign(manager, 'Apply', { a: '1' }, { ...ownerLabels(sync), 'sync.fleetkit.dev/record': 'other' }),
      {},
      'refuse',
      'owned-by-other',
      false,
    ],
    [
      'that is being deleted is waited for',
      { ...applied(desired), metadata: { ...applied(desired).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
      {},
      'refuse',
      'terminating',
      false,
    ],
    [
      'that says so in the cluster is left alone',
      { ...drifted, metadata: { ...drifted.metadata, annotations: { [reconcileAnnotation]: 'disabled' } } },
      {},
      'skip',
      'disabled',
      false,
    ],
  ])('%s', (_, live, input, type, code, force) => {
    const action = decide(desired, live, input)
    expect([action.type, action.reason.code, action.force]).toEqual([type, code, force])
    expect(action.reason.message).not.toBe('')
    expect(action.origin).toBe('settings.yaml:1')
  })

  test('that the source labels as the status of another Sync is refused, whether it exists or not', () => {
    const forged = configMap('sync-other', {}, { labels: { ...ownerLabels(sync), 'sync.fleetkit.dev/record': 'other' } })
    for (const live of [undefined, applied(configMap('sync-other'))]) {
      const action = decide(forged, live)
      expect([action.type, action.reason]).toEqual(['refuse', { code: 'owned-by-other', message: 'it belongs to Sync apps/other' }])
    }
  })

  test('that says so itself is left alone', () => {
    const action = decide(configMap('settings', {}, { annotations: { [reconcileAnnotation]: 'disabled' } }), undefined)
    expect([action.type, action.reason.code]).toEqual(['skip', 'disabled'])
  })

  test('another applier with another value is a conflict that names it, even for an object of ours', () => {
    const live = {
      ...drifted,
      metadata: { ...drifted.metadata, managedFields: [managed(manager, 'Apply', [], true), managed('helm', 'Apply', ['a'])] },
    }
    const action = decide(desired, live)
    expect(action.type).toBe('refuse')
    expect(action.conflicts).toEqual([{ manager: 'helm', operation: 'Apply', fields: ['.data.a'] }])
    expect(action.reason.message).toContain('helm owns .data.a')
  })

  test('shows the fields that change', () => {
    expect(decide(desired, drifted).changes).toEqual([{ path: '.data.a', from: '9', to: '1' }])
  })

  test('of a type that is neither served nor defined is refused', () => {
    const unserved = (apiVersions: readonly string[]) => decide(desired, undefined, { unserved: [{ ref: refOf(desired), apiVersions }] })
    expect(unserved([])).toMatchObject({
      type: 'refuse',
      reason: { code: 'unknown-kind', message: 'the cluster serves no ConfigMap of v1, and the source does not define it' },
    })
    expect(unserved(['v2', 'v3']).reason.message).toBe('the cluster serves no ConfigMap of v1, but in v2, v3')
  })
})

describe('an object that is no longer in the source', () => {
  const stays = rendered(configMap('stays'))
  const gone = configMap('gone')
  const leaving = (live: KubeObject | undefined, input: Partial<PlanApplyInput> = {}) => {
    const result = plan({ desired: [stays], live: live === undefined ? [] : [live], inventory: [refOf(gone)], ...input })
    return { action: result.prunes[0] as Action, recorded: result.inventoryAfter.some((ref) => refKey(ref) === refKey(refOf(gone))) }
  }
  const withMeta = (metadata: Partial<KubeObject['metadata']>): KubeObject => ({
    ...applied(gone),
    metadata: { ...applied(gone).metadata, ...metadata },
  })

  test.each<[string, KubeObject | undefined, Partial<PlanApplyInput>, string, string, boolean]>([
    ['is pruned', applied(gone), {}, 'prune', 'not-in-source', false],
    ['is kept and stays recorded when pruning is off', applied(gone), { policy: { ...policy, prune: false } }, 'skip', 'prune-off', true],
    ['is forgotten when it is gone', undefined, {}, 'skip', 'gone', false],
    ['is forgotten when another Sync has it', withMeta({ labels: ownerLabels(other) }), {}, 'skip', 'released', false],
    ['is forgotten when no Sync has it any more', withMeta({ labels: {} }), {}, 'skip', 'released', false],
    [
      'is forgotten when the status of another Sync is kept in it',
      withMeta({ labels: { ...ownerLabels(sync), 'sync.fleetkit.dev/record': 'other' } }),
      {},
      'skip',
      'released',
      false,
    ],
    ['is kept when it says so', withMeta({ annotations: { [pruneAnnotation]: 'disabled' } }), {}, 'skip', 'prune-disabled', false],
    ['stays recorded until it is really gone', withMeta({ deletionTimestamp: '2026-01-01T00:00:00Z' }), {}, 'skip', 'terminating', true],
  ])('%s', (_, live, input, type, code, recorded) => {
    const result = leaving(live, input)
    expect([result.action.type, result.action.reason.code, result.recorded]).toEqual([type, code, recorded])
  })

  test('is deleted by its uid, so that a new object of the name is not', () => {
    expect(leaving(applied(gone)).action.uid).toBe('uid-gone')
  })

  test('is kept when the source has the same object under another group, and is recorded under that one', () => {
    const ingress = (apiVersion: string, name: string, uid: string): KubeObject => ({
      apiVersion,
      kind: 'Ingress',
      metadata: { name, namespace: 'apps', uid, labels: ownerLabels(sync) },
    })
    const [before, after] = ['extensions/v1beta1', 'networking.k8s.io/v1'].map((group) => ingress(group, 'web', 'uid-web'))
    const twin = ingress('extensions/v1beta1', 'twin', 'uid-twin')
    const result = plan({
      desired: [rendered(after as KubeObject)],
      live: [before, after, twin] as KubeObject[],
      inventory: [refOf(before as KubeObject), refOf(twin)],
    })
    expect(result.prunes.map(({ type, reason, ref }) => [type, reason.code, ref.name])).toEqual([
      ['skip', 'same-object', 'web'],
      ['prune', 'not-in-source', 'twin'],
    ])
    expect(result.inventoryAfter).toEqual([refOf(after as KubeObject)])
  })

  test('a namespace stays while objects of the source are in it', () => {
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps', labels: ownerLabels(sync) } }
    const [action] = plan({ desired: [stays], live: [namespace], inventory: [refOf(namespace)] }).prunes
    expect(action?.reason.code).toBe('namespace-in-use')
  })
})

describe('guards', () => {
  test('an empty source is refused before anything, whatever the inventory holds', () => {
    const object = applied(configMap('settings'))
    const result = plan({ live: [object], inventory: [refOf(object)] })
    expect(result.refusals.map(({ code }) => code)).toEqual(['source/empty'])
    expect(result.refusals[0]?.message).toContain('spec.allowEmpty')
  })
  test('unless that was allowed', () => {
    const object = applied(configMap('settings'))
    const result = plan({ live: [object], inventory: [refOf(object)], policy: { ...policy, allowEmpty: true } })
    expect([result.refusals, countActions(result).prune]).toEqual([[], 1])
  })
  test('a Sync that is deleted takes its objects along, pruning or not', () => {
    const object = applied(configMap('settings'))
    const result = plan({ live: [object], inventory: [refOf(object)], policy: { ...policy, prune: false }, deleted: true })
    expect(result.prunes.map(({ type, reason }) => [type, reason.code])).toEqual([['prune', 'sync-deleted']])
  })
})

describe('every plan', () => {
  const kinds = [
    ['v1', 'ConfigMap'],
    ['v1', 'Namespace'],
    ['apps/v1', 'Deployment'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ] as const
  const object = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('a', 'b', 'c'), fc.constantFrom('ours', 'other', 'none')).map(
    ([[apiVersion, kind], name, owner]): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name, uid: `${kind}-${name}`, labels: owner === 'none' ? {} : ownerLabels(owner === 'ours' ? sync : other) },
    }),
  )
  const objects = fc.uniqueArray(object, { selector: (each) => refKey(refOf(each)), maxLength: 12 })
  const input = fc.record({ desired: objects, live: objects, inventory: objects, prune: fc.boolean() })

  test('decides each object of the source and of the inventory exactly once, and is a function of the sets', () => {
    fc.assert(
      fc.property(input, fc.nat(), ({ desired, live, inventory, prune }, seed) => {
        const make = (order: (list: readonly KubeObject[]) => KubeObject[]) =>
          plan({
            desired: order(desired).map(rendered),
            live: order(live),
            inventory: order(inventory).map(refOf),
            policy: { ...policy, prune },
          })
        const result = make((list) => [...list])
        const keys = actionsOf(result).map(({ ref }) => refKey(ref))
        expect(keys.toSorted()).toEqual([...new Set([...desired, ...inventory].map((each) => refKey(refOf(each))))].sort())
        const rotate = (list: readonly KubeObject[]): KubeObject[] => [
          ...list.slice(seed % (list.length + 1)),
          ...list.slice(0, seed % (list.length + 1)),
        ]
        expect(actionsOf(make(rotate))).toEqual(actionsOf(result))
      }),
    )
  })

  test('deletes only what carries the labels of its Sync, and only what is no longer in the source', () => {
    fc.assert(
      fc.property(input, ({ desired, live, inventory, prune }) => {
        const result = plan({ desired: desired.map(rendered), live, inventory: inventory.map(refOf), policy: { ...policy, prune } })
        const wanted = new Set(desired.map((each) => refKey(refOf(each))))
        for (const { type, ref } of actionsOf(result)) {
          if (type !== 'prune') continue
          const target = live.find((each) => refKey(refOf(each)) === refKey(ref))
          expect(prune).toBe(true)
          expect(wanted.has(refKey(ref))).toBe(false)
          expect(target?.metadata.labels).toEqual(ownerLabels(sync))
        }
      }),
    )
  })

  test('records before the first write all that it may write or delete, and afterwards all that it keeps', () => {
    fc.assert(
      fc.property(input, ({ desired, live, inventory, prune }) => {
        const result = plan({ desired: desired.map(rendered), live, inventory: inventory.map(refOf), policy: { ...policy, prune } })
        const before = new Set(result.inventoryBefore.map(refKey))
        const after = new Set(result.inventoryAfter.map(refKey))
        for (const { type, ref } of actionsOf(result)) expect(type === 'skip' || before.has(refKey(ref))).toBe(true)
        for (const each of desired) expect(after.has(refKey(refOf(each)))).toBe(true)
        for (const key of after) expect(before.has(key)).toBe(true)
      }),
    )
  })

  test('puts definitions first and webhooks last, and deletes in the reverse order', () => {
    const rank = ({ ref }: Action): number =>
      ['CustomResourceDefinition', 'Namespace', 'ConfigMap', 'Deployment', 'ValidatingWebhookConfiguration'].indexOf(ref.kind)
    fc.assert(
      fc.property(input, ({ desired, live, inventory }) => {
        const result = plan({ desired: desired.map(rendered), live, inventory: inventory.map(refOf) })
        const applies = result.stages.flat().map(rank)
        expect(applies).toEqual(applies.toSorted((a, b) => a - b))
        const prunes = result.prunes.map(rank)
        expect(prunes).toEqual(prunes.toSorted((a, b) => b - a))
      }),
    )
  })
})

test('a kind is applied in the stage that the caller chooses, and deleted in the reverse order', () => {
  const widget: KubeObject = { ...configMap('w'), apiVersion: 'example.com/v1', kind: 'Widget' }
  const desired = [rendered(configMap('a')), rendered(widget)]
  const applyStages = new Map<string, ApplyStage>([['example.com/Widget', 'classes']])
  const kindsOf = (actions: readonly Action[]) => actions.map(({ ref }) => ref.kind)
  expect(plan({ desired }).stages.map(kindsOf)).toEqual([['ConfigMap', 'Widget']])
  expect(plan({ desired, applyStages }).stages.map(kindsOf)).toEqual([['Widget'], ['ConfigMap']])
  const inventory = desired.map(({ object }) => refOf(object))
  expect(kindsOf(plan({ inventory, deleted: true }).prunes)).toEqual(['Widget', 'ConfigMap'])
  expect(kindsOf(plan({ inventory, deleted: true, applyStages }).prunes)).toEqual(['ConfigMap', 'Widget'])
})

describe('preparing objects', () => {
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {},
    status: { replicas: 1 },
  }
  const options = { sync, namespaced: ({ kind }: KubeObject) => (kind === 'Widget' ? undefined : kind !== 'Namespace') }
  const prepare = (object: KubeObject, extra = {}): KubeObject =>
    (prepareObjects([rendered(object)], { ...options, ...extra })[0] as RenderedObject).object

  test('marks them, puts them into their namespace, and drops what only a cluster writes', () => {
    expect(
      prepare({ ...deployment, metadata: { ...deployment.metadata, uid: 'x', resourceVersion: '1', creationTimestamp: 'now' } }),
    ).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'apps', labels: { app: 'web', ...ownerLabels(sync) } },
      spec: {},
    })
  })
  test.each([
    ['its own', { namespace: 'db' }, {}, 'db'],
    ["the Sync's", {}, {}, 'apps'],
    ['the target', { namespace: 'db' }, { targetNamespace: 'prod' }, 'prod'],
  ])('namespace: %s', (_, metadata, extra, namespace) => {
    expect(prepare({ ...deployment, metadata: { ...deployment.metadata, ...metadata } }, extra).metadata.namespace).toBe(namespace)
  })
  test('a cluster-scoped object has none', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps', namespace: 'x' } }
    expect(prepare(object, { targetNamespace: 'prod' }).metadata.namespace).toBeUndefined()
  })
  test('two that become the same object are refused with both origins', () => {
    const pair = ['a', 'b'].map((namespace) => ({
      object: { ...deployment, metadata: { name: 'web', namespace } },
      origin: `${namespace}.yaml:1`,
    }))
    expect(() => prepareObjects(pair, { ...options, targetNamespace: 'prod' })).toThrow(
      /^b\.yaml:1: found Deployment prod\/web, which is also in a\.yaml:1/,
    )
  })
})

describe('a source that shrank', () => {
  const objects = ['a', 'b', 'c', 'd', 'e'].map((name) => configMap(name))
  const shrink = (maxPrune: PlanApplyInput['policy']['maxPrune'], kept: number, input: Partial<PlanApplyInput> = {}) =>
    plan({
      policy: { ...policy, maxPrune },
      desired: objects.slice(0, kept).map(rendered),
      live: objects.map(applied),
      inventory: objects.map(refOf),
      ...input,
    }).refusals.map(({ message }) => message)

  test.each<[PlanApplyInput['policy']['maxPrune'], number, boolean]>([
    [undefined, 1, true],
    [2, 3, true],
    [2, 2, false],
    [0, 5, true],
    [0, 4, false],
    ['40%', 3, true],
    ['40%', 2, false],
    // Rounded up: 30 % of 5 are 2.
    ['30%', 3, true],
    ['100%', 1, true],
  ])('with maxPrune %s and %i of 5 objects left: %s', (maxPrune, kept, allowed) => {
    expect(shrink(maxPrune, kept).length === 0).toBe(allowed)
  })
  test('is refused in words', () => {
    expect(shrink('20%', 2)).toEqual([
      'Sync apps/web: revision v2@sha1:b would prune 3 of 5 objects, and spec.maxPrune is 20% of them, that is 1',
    ])
  })
  test('is meant when the Sync is deleted, or when it prunes nothing', () => {
    expect(shrink(0, 0, { desired: [], deleted: true })).toEqual([])
    expect(shrink(0, 2, { policy: { ...policy, maxPrune: 0, prune: false } })).toEqual([])
  })
})

describe('confirming a plan by a dry-run', () => {
  const desired = configMap('settings', { a: '1' })
  const live = { ...applied(desired), data: { a: '9' } }
  const before = plan({ desired: [rendered(desired)], live: [live] })
  const confirm = (answer: { object: KubeObject } | { error: FleetkitError }, force = false) =>
    actionsOf(
      confirmPlan(before, { dryRun: [{ ref: refOf(desired), ...answer }], live: [live], policy: { force, forceConflicts: false } }),
    )[0] as Action

  test('an update that changes nothing is none', () => {
    const same = { ...live, metadata: { ...live.metadata, resourceVersion: '9', managedFields: [] } }
    expect(confirm({ object: same })).toMatchObject({ type: 'skip', reason: { code: 'unchanged' }, changes: [] })
    expect(confirm({ object: { ...live, data: { a: '1' } } }).type).toBe('update')
  })
  test('an immutable field makes a replacement when allowed, and a refusal otherwise', () => {
    const error = new FleetkitError('cluster/immutable', 'spec.selector is immutable')
    expect(confirm({ error }, true)).toMatchObject({ type: 'replace', reason: { code: 'immutable' } })
    expect(confirm({ error })).toMatchObject({ type: 'refuse', reason: { code: 'immutable' } })
    expect(confirm({ error }).reason.message).toContain('spec.force')
  })
  test('a definition is never replaced, and an object of another group with the name of that kind is', () => {
    const decideFor = (apiVersion: string): Action => {
      const definition: KubeObject = {
        apiVersion,
        kind: 'CustomResourceDefinition',
        metadata: { name: 'widgets.example.com', labels: ownerLabels(sync) },
      }
      const error = new FleetkitError('cluster/immutable', 'spec.group is immutable')
      const planned = plan({ desired: [rendered(definition)] })
      return actionsOf(
        confirmPlan(planned, { dryRun: [{ ref: refOf(definition), error }], live: [], policy: { force: true, forceConflicts: false } }),
      )[0] as Action
    }
    expect(decideFor('apiextensions.k8s.io/v1').type).toBe('refuse')
    expect(decideFor('apiextensions.k8s.io/v1').reason.message).toContain('delete it yourself')
    expect(decideFor('example.com/v1').type).toBe('replace')
  })
  test.each([
    ['v1', 'Namespace'],
    ['v1', 'PersistentVolume'],
    ['v1', 'PersistentVolumeClaim'],
    ['snapshot.storage.k8s.io/v1', 'VolumeSnapshot'],
    ['snapshot.storage.k8s.io/v1', 'VolumeSnapshotContent'],
  ])('what holds data is replaced only when it says so itself: %s %s', (apiVersion, kind) => {
    const decideFor = (group: string, annotations: Record<string, string>): Action => {
      const object: KubeObject = { apiVersion: group, kind, metadata: { name: 'data', labels: ownerLabels(sync), annotations } }
      const error = new FleetkitError('cluster/immutable', 'spec is immutable')
      const planned = plan({ desired: [rendered(object)] })
      return actionsOf(
        confirmPlan(planned, { dryRun: [{ ref: refOf(object), error }], live: [], policy: { force: true, forceConflicts: false } }),
      )[0] as Action
    }
    expect(decideFor(apiVersion, {})).toMatchObject({
      type: 'refuse',
      reason: { code: 'immutable', message: expect.stringContaining(`annotate it with ${forceAnnotation}: enabled`) },
    })
    expect(decideFor(apiVersion, { [forceAnnotation]: 'enabled' }).type).toBe('replace')
    expect(decideFor('example.com/v1', {}).type).toBe('replace')
  })
  test('what the cluster refuses is refused in its words', () => {
    const error = new FleetkitError('cluster/invalid', 'unknown field "spec.foo"')
    expect(confirm({ error })).toMatchObject({ type: 'refuse', reason: { code: 'invalid', message: 'unknown field "spec.foo"' } })
  })
  test('what only waits for the plan itself is left as planned', () => {
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps', labels: ownerLabels(sync) } }
    const both = plan({ desired: [rendered(namespace), rendered(desired)] })
    const error = new FleetkitError('cluster/namespace-missing', 'namespaces "apps" not found')
    const confirmed = confirmPlan(both, {
      dryRun: [{ ref: refOf(desired), error }],
      live: [],
      policy: { force: false, forceConflicts: false },
    })
    expect([countActions(confirmed).create, hasChanges(confirmed)]).toEqual([2, true])
    const alone = confirmPlan(plan({ desired: [rendered(desired)] }), {
      dryRun: [{ ref: refOf(desired), error }],
      live: [],
      policy: { force: false, forceConflicts: false },
    })
    expect(countActions(alone).refuse).toBe(1)
  })
  test.each([
    ['the definition of its kind', 'apiextensions.k8s.io/v1', 'example.com', 'create'],
    ['the definition of a kind of that name in another group', 'apiextensions.k8s.io/v1', 'example.org', 'refuse'],
    ['an object that is no definition', 'example.com/v1', 'example.com', 'refuse'],
  ])('an object of an unknown kind beside %s', (_, apiVersion, group, expected) => {
    const definition: KubeObject = {
      apiVersion,
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}`, labels: ownerLabels(sync) },
      spec: { group, names: { kind: 'Widget' } },
    }
    const widget: KubeObject = { ...configMap('w'), apiVersion: 'example.com/v1', kind: 'Widget' }
    const error = new FleetkitError('cluster/unknown-kind', 'the cluster serves no Widget')
    const planned = plan({ desired: [rendered(definition), rendered(widget)] })
    const confirmed = confirmPlan(planned, {
      dryRun: [{ ref: refOf(widget), error }],
      live: [],
      policy: { force: false, forceConflicts: false },
    })
    expect(actionsOf(confirmed).find(({ ref }) => ref.kind === 'Widget')?.type).toBe(expected)
  })

  test('what the caller may not write, or the cluster cannot say now, stays as it was predicted', () => {
    const forbidden = new FleetkitError('cluster/forbidden', 'User "ci" cannot patch resource "configmaps"')
    expect(confirm({ error: forbidden })).toEqual(actionsOf(before)[0])
    const busy = new FleetkitError('cluster/unavailable', 'the webhook timed out')
    expect(confirm({ error: busy })).toMatchObject({
      type: 'update',
      certainty: 'predicted',
      reason: { code: 'changed', message: 'differs from the source; a dry-run could not tell: the webhook timed out' },
    })
  })
  test('an update shows what the cluster would store', () => {
    const stored = { ...live, data: { a: '1', added: 'by a webhook' } }
    expect(confirm({ object: stored })).toMatchObject({
      type: 'update',
      certainty: 'confirmed',
      changes: [
        { path: '.data.a', from: '9', to: '1' },
        { path: '.data.added', from: undefined, to: 'by a webhook' },
      ],
    })
  })
  test('a conflict is what the cluster says it is', () => {
    const theirs: KubeObject = {
      ...applied(desired),
      data: { a: '9' },
      metadata: {
        ...applied(desired).metadata,
        managedFields: [managed(manager, 'Apply', ['a'], true), managed('theirs', 'Apply', ['a'])],
      },
    }
    const refused = plan({ desired: [rendered(desired)], live: [theirs] })
    expect(actionsOf(refused)[0]).toMatchObject({ type: 'refuse', refused: { type: 'update', reason: { code: 'changed' } } })
    const answer = (result: { object: KubeObject } | { error: FleetkitError }) =>
      actionsOf(
        confirmPlan(refused, {
          dryRun: [{ ref: refOf(desired), ...result }],
          live: [theirs],
          policy: { force: false, forceConflicts: false },
        }),
      )[0] as Action
    expect(answer({ object: theirs })).toMatchObject({ type: 'skip', certainty: 'confirmed' })
    expect(answer({ object: { ...theirs, data: { a: '1' } } })).toMatchObject({ type: 'update', certainty: 'confirmed' })
    const conflicts = [{ manager: 'other', operation: 'Apply' as const, fields: ['.data.a'] }]
    const error = new FleetkitError('cluster/field-conflict', 'conflict', { conflicts })
    expect(answer({ error })).toMatchObject({ type: 'refuse', certainty: 'confirmed', conflicts })
  })
  test('force reaches a conflict that only the cluster foresees, when it is allowed to', () => {
    const dryRun = (operation: 'Apply' | 'Update') => {
      const conflicts = [{ manager: 'other', operation, fields: ['.data.a'] }]
      return [{ ref: refOf(desired), error: new FleetkitError('cluster/field-conflict', 'conflict', { conflicts }) }]
    }
    const force = (operation: 'Apply' | 'Update', allowed: boolean) =>
      actionsOf(forceAllowedConflicts(before, { dryRun: dryRun(operation), policy: { force: false, forceConflicts: allowed } }))[0]?.force
    // An edit of an object of the Sync is drift; a field that another manager applies is not.
    expect([force('Update', false), force('Apply', false), force('Apply', true)]).toEqual([true, false, true])
  })

  describe('a refusal that may only miss what the plan makes', () => {
    const identity: KubeObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'app', namespace: 'apps', labels: ownerLabels(sync) },
    }
    const quota: KubeObject = { ...identity, kind: 'ResourceQuota', metadata: { ...identity.metadata, name: 'compute' } }
    test.each([
      ['forbidden: serviceaccount "app" not found', 'create'],
      ['serviceaccounts "app" not found.', 'create'],
      ['exceeded quota: compute, requested: pods=1', 'create'],
      ['forbidden: serviceaccount "app-2" not found', 'refuse'],
      ['forbidden: serviceaccount "app.v2" not found', 'refuse'],
      ['the app is wrong', 'refuse'],
    ])('%s', (message, expected) => {
      const pod: KubeObject = { ...configMap('pod'), kind: 'Pod' }
      const planned = plan({ desired: [rendered(identity), rendered(quota), rendered(pod)] })
      const error = new FleetkitError('cluster/admission', message)
      const confirmed = confirmPlan(planned, {
        dryRun: [{ ref: refOf(pod), error }],
        live: [],
        policy: { force: false, forceConflicts: false },
      })
      expect(actionsOf(confirmed).find(({ ref }) => ref.kind === 'Pod')).toMatchObject({ type: expected })
    })
  })
})

describe('ownership', () => {
  const desired = configMap('settings', { a: '1' })
  const stored = (...managedFields: readonly ManagedFieldsEntry[]): KubeObject => ({
    ...desired,
    data: { a: '1', b: '2' },
    metadata: { ...desired.metadata, uid: 'u', managedFields },
  })
  const ours = managed(manager, 'Apply', ['a'], true)

  test.each(['kubectl', 'kubectl-client-side-apply', 'kubectl-create', 'before-first-apply', fieldManagerOf(other)])(
    'what %s owns is taken over by adopting, and goes when the source has it not',
    (former) => {
      const operation = former.startsWith('fleetkit') || former === 'kubectl' ? 'Apply' : 'Update'
      expect(decide(desired, stored(managed(former, operation, ['a', 'b'])))).toMatchObject({
        type: 'adopt',
        takeOver: [former],
        changes: [{ path: '.data.b', from: '2', to: undefined }],
      })
    },
  )
  test('what another controller owns is left to it', () => {
    expect(decide(desired, stored(managed('controller', 'Update', ['a', 'b'])))).toMatchObject({ type: 'adopt', takeOver: [], changes: [] })
  })
  test('a subresource is left alone', () => {
    const scale = { ...managed('kubectl', 'Update', ['a', 'b']), subresource: 'scale' }
    expect(decide(desired, stored(scale))).toMatchObject({ type: 'adopt', takeOver: [] })
  })
  test('of an object of the Sync only what it owns as well is taken from kubectl, and only where it has to go', () => {
    const both = managed('kubectl-client-side-apply', 'Update', ['a', 'b'])
    expect(decide(desired, stored(ours, both))).toMatchObject({ type: 'skip' })
    expect(decide(desired, stored(managed(manager, 'Apply', ['a', 'b'], true), both))).toMatchObject({
      type: 'update',
      takeOver: ['kubectl-client-side-apply'],
      changes: [{ path: '.data.b', from: '2', to: undefined }],
    })
  })
  test('what was applied as stringData of a Secret leaves data', () => {
    const secret: KubeObject = { ...desired, kind: 'Secret', data: { a: 'eA==' } }
    const live: KubeObject = {
      ...stored({ ...ours, fieldsV1: { 'f:stringData': { 'f:a': {}, 'f:b': {} } } }),
      kind: 'Secret',
      data: { a: 'eA==', b: 'eA==' },
    }
    expect(decide(secret, live)).toMatchObject({ type: 'update', takeOver: [manager], changes: [{ path: '.data.b', to: undefined }] })
  })
  test('an object that was applied in another API version is applied again, and so is one that no longer names its applier', () => {
    const moved = { ...ours, apiVersion: 'v0' }
    const same = { ...stored(moved), data: { a: '1' } }
    expect(decide(desired, same)).toMatchObject({ type: 'update', reason: { code: 'changed', message: 'it was applied as v0' } })
    const cleared = { ...same, metadata: { ...same.metadata, managedFields: [] } }
    expect(decide(desired, cleared, { inventory: [refOf(desired)] })).toMatchObject({
      type: 'update',
      reason: { code: 'drifted' },
    })
  })
})
