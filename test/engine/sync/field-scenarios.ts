import {
  type Action,
  actionsOf,
  type ClusterApi,
  type FleetEvent,
  fieldManagerOf,
  formatPlan,
  type JsonObject,
  type KubeObject,
  type ManagedFieldsEntry,
  type SyncInput,
  SyncRunner,
} from 'fleetkit'
import { parseManifest } from 'fleetkit/manifest'
import { comparePlans, formatDifference } from 'fleetkit/plan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, failure, intercepted, repository, syncOf } from './scenarios.ts'

type Spec = Partial<SyncInput['spec']>

interface Container {
  readonly name: string
  readonly image: string
}

const web = (replicas: number, { image = 'web:1', app = 'web', annotations = '{}', extra = '' } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, annotations: ${annotations} }
spec:
  replicas: ${replicas}
  ${extra}
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec:
      containers:
        - { name: web, image: '${image}' }
`

const settings = (data: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>> = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, annotations: ${JSON.stringify(annotations)} }\ndata: ${JSON.stringify(data)}\n`

/** What tells whether an object was written by others than the controllers of a real cluster, which may be at work on it. */
function written({ metadata: { generation, managedFields = [] } }: KubeObject): unknown {
  return { generation, managedFields: managedFields.filter(({ manager }) => manager !== 'kube-controller-manager') }
}

const replicasIgnored: Spec = { ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] }

/** The fields that a manager owns by having applied them. */
function appliedBy(object: KubeObject, manager: string): string {
  const entry = object.metadata.managedFields?.find((each: ManagedFieldsEntry) => each.manager === manager && each.operation === 'Apply')
  return JSON.stringify(entry?.fieldsV1 ?? {})
}

/** What rules for fields, and what objects say of themselves, do on a cluster. */
export function fieldScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  beforeAll(async () => {
    subject = await make()
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  async function setUp(versions: Parameters<typeof repository>[0], port: ClusterApi = subject.cluster) {
    const namespace = await subject.namespace()
    const runner = new SyncRunner({ cluster: port, git: repository(versions) })
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    const { cluster } = subject
    const get = async (kind = 'Deployment', name = 'web'): Promise<KubeObject> =>
      (await cluster.get({ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, namespace, name })) as KubeObject
    const refs = { Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace } } }
    return {
      namespace,
      events,
      get,
      manager: fieldManagerOf({ apiVersion: '', kind: 'Sync', namespace, name: 'shop' }),
      plan: (tag: string, spec: Spec = {}) => runner.plan(syncOf(namespace, tag, spec)),
      run: (tag: string, spec: Spec = {}) => runner.run(syncOf(namespace, tag, spec)),
      runner,
      spec: async () => (await get()).spec as { replicas: number; template: { spec: { containers: Container[] } } },
      data: async () => (await get('ConfigMap', 'settings')).data as JsonObject,
      /** Another manager applies some fields. */
      async apply(fieldManager: string, fields: JsonObject, { force = true, name = 'web' } = {}) {
        const object = name === 'web' ? refs.Deployment : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }
        const { metadata = {}, ...rest } = fields
        const merged = { ...object, ...rest, metadata: { ...object.metadata, ...(metadata as object) } } as KubeObject
        const [result] = await cluster.apply([merged], { fieldManager, force })
        if (result === undefined || 'error' in result) throw result?.error ?? new Error('no result')
      },
      /** Another manager writes an object, as an editor or a controller does. */
      async edit(fieldManager: string, change: (object: any) => void, kind = 'Deployment', name = 'web') {
        for (;;) {
          const object = structuredClone(await get(kind, name))
          change(object)
          const written = await cluster.update(object, { fieldManager }).catch((error: { code?: string }) => {
            if (error.code !== 'store/conflict') throw error
          })
          if (written !== undefined) return
        }
      },
    }
  }

  const only = (plan: Parameters<typeof actionsOf>[0], kind = 'Deployment'): Action =>
    actionsOf(plan).find(({ ref }) => ref.kind === kind) as Action
  const decisionsOf = (action: Action) => (action.decisions ?? []).map(({ path, action: done, rule }) => [path, done, rule])

  test('an ignored field is created from the source, and is not drift when it was edited since', async () => {
    const { plan, run, spec, edit, events, manager, get } = await setUp({
      v1: { 'a.yaml': web(2) },
      v2: { 'a.yaml': web(2, { image: 'web:2' }) },
    })
    await run('v1', replicasIgnored)
    expect((await spec()).replicas).toBe(2)
    await edit('scaler', (object) => {
      object.spec.replicas = 7
    })
    const before = written(await get())
    events.length = 0
    const unchanged = await plan('v1', replicasIgnored)
    expect([only(unchanged).type, decisionsOf(only(unchanged))]).toEqual(['skip', [['.spec.replicas', 'adopt', 'spec.ignore[0]']]])
    expect(only(unchanged).decisions?.[0]?.author).toMatchObject({ manager: 'scaler', operation: 'Update', time: expect.any(String) })
    expect(formatPlan(unchanged)).toContain('Left as they are: 1 field of 1 unchanged object.')
    await run('v1', replicasIgnored)
    expect(written(await get())).toEqual(before)
    expect(events.filter(({ type }) => type === 'sync.drift' || type === 'sync.applied')).toEqual([])

    // What the source changes is applied, and the live value with it.
    const text = formatPlan(await plan('v2', replicasIgnored))
    expect(text).toContain('.spec.replicas: left as it is (spec.ignore[0])')
    expect(text).not.toContain('~ .spec.replicas')
    await run('v2', replicasIgnored)
    expect(await spec()).toMatchObject({ replicas: 7, template: { spec: { containers: [{ image: 'web:2' }] } } })
    expect(appliedBy(await get(), manager)).toContain('f:replicas')

    // Without the rule the source wins again.
    await run('v2')
    expect((await spec()).replicas).toBe(2)
  })

  test('an ignored field that another manager applies is left out: it belongs to that one alone', async () => {
    const { plan, run, spec, apply, manager, get } = await setUp({ v1: { 'a.yaml': web(2) }, v2: { 'a.yaml': web(3, { image: 'web:2' }) } })
    await run('v1', replicasIgnored)
    await apply('keda', { spec: { replicas: 5 } })
    expect((await failure(run('v2'))).code).toBe('cluster/field-conflict')
    const planned = await plan('v2', replicasIgnored)
    expect([only(planned).type, only(planned).force, decisionsOf(only(planned))]).toEqual([
      'update',
      false,
      [['.spec.replicas', 'strip', 'spec.ignore[0]']],
    ])
    expect(formatPlan(planned)).toContain('.spec.replicas: left to its other manager (spec.ignore[0])')
    await run('v2', replicasIgnored)
    expect(await spec()).toMatchObject({ replicas: 5, template: { spec: { containers: [{ image: 'web:2' }] } } })
    expect(appliedBy(await get(), manager)).not.toContain('f:replicas')
    expect(only(await plan('v2', replicasIgnored)).type).toBe('skip')
    // It can scale on.
    await apply('keda', { spec: { replicas: 9 } }, { force: false })
    expect(only(await plan('v2', replicasIgnored)).type).toBe('skip')
  })

  test('an ignored field that leaves the source stays as it is', async () => {
    const ignored: Spec = { ignore: [{ paths: ['/data/b'] }] }
    const { run, data } = await setUp({ v1: { 'a.yaml': settings({ a: '1', b: '2' }) }, v2: { 'a.yaml': settings({ a: '2' }) } })
    await run('v1', ignored)
    await run('v2', ignored)
    expect(await data()).toEqual({ a: '2', b: '2' })
    await run('v2')
    expect(await data()).toEqual({ a: '2' })
  })

  test('below an ignored path each value is left to whom it belongs', async () => {
    const ignored: Spec = { ignore: [{ paths: ['/data'], target: { name: 'sett.*' } }] }
    const versions = {
      v1: { 'a.yaml': settings({ a: '1', b: '1', c: '1' }) },
      v2: { 'a.yaml': settings({ a: '1', b: '1', c: '1' }, { new: 'yes' }) },
    }
    const { run, data, apply, edit, get, manager } = await setUp(versions)
    await run('v1', ignored)
    await apply('vpa', { data: { b: '5' } }, { name: 'settings' })
    await edit(
      'editor',
      (object) => {
        object.data.c = '6'
        object.data.theirs = '7'
      },
      'ConfigMap',
      'settings',
    )
    await run('v2', ignored)
    expect(await data()).toEqual({ a: '1', b: '5', c: '6', theirs: '7' })
    const owned = appliedBy(await get('ConfigMap', 'settings'), manager)
    expect(['f:a', 'f:b', 'f:c', 'f:theirs'].map((field) => owned.includes(`"${field}"`))).toEqual([true, false, true, false])
  })

  test('a rule is about the objects that its target selects, by whole names and by labels', async () => {
    const { plan, run, edit } = await setUp({
      v1: {
        'a.yaml': `${configMap('one', { x: '1' })}---\n${configMap('one-more', { x: '1' })}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: two, labels: { tier: web } }\ndata: { x: '1' }\n`,
      },
    })
    await run('v1')
    for (const name of ['one', 'one-more', 'two'])
      await edit(
        'editor',
        (object) => {
          object.data.x = '2'
        },
        'ConfigMap',
        name,
      )
    const drifted = async (target: NonNullable<NonNullable<Spec['ignore']>[number]['target']>): Promise<readonly string[]> => {
      const planned = await plan('v1', { ignore: [{ paths: ['/data/x'], target }] })
      return actionsOf(planned)
        .filter(({ type }) => type === 'update')
        .map(({ ref }) => ref.name)
    }
    expect(await drifted({ name: 'one' })).toEqual(['one-more', 'two'])
    expect(await drifted({ name: 'one.*|t.o', kind: 'Config(Map|Set)', version: 'v1' })).toEqual([])
    expect(await drifted({ group: 'apps' })).toEqual(['one', 'one-more', 'two'])
    expect(await drifted({ labelSelector: 'tier in (web,api)' })).toEqual(['one', 'one-more'])
    expect(await drifted({ annotationSelector: 'tier' })).toEqual(['one', 'one-more', 'two'])
  })

  test('a position is that of the source, wherever the item is in the cluster', async () => {
    const ignored: Spec = { ignore: [{ paths: ['/spec/template/spec/containers/0/image'] }] }
    const { plan, run, edit, spec } = await setUp({ v1: { 'a.yaml': web(1) }, v2: { 'a.yaml': web(3) } })
    await run('v1', ignored)
    await edit('injector', (object) => {
      object.spec.template.spec.containers = [
        { name: 'sidecar', image: 'proxy:1' },
        { ...object.spec.template.spec.containers[0], image: 'web:patched' },
      ]
    })
    const planned = await plan('v2', ignored)
    expect(decisionsOf(only(planned))).toEqual([['.spec.template.spec.containers[name="web"].image', 'adopt', 'spec.ignore[0]']])
    await run('v2', ignored)
    const { replicas, template } = await spec()
    const images = template.spec.containers.map(({ name, image }) => `${name} ${image}`)
    expect([replicas, images.toSorted()]).toEqual([3, ['sidecar proxy:1', 'web web:patched']])
  })

  test('what tells the items of a list apart cannot be ignored: one clear error, whether the object exists or not', async () => {
    const ignored: Spec = { ignore: [{ paths: ['/spec/template/spec/containers/0/name'] }] }
    const { run, plan, namespace } = await setUp({ v1: { 'a.yaml': web(1) } })
    const message = `Deployment ${namespace}/web: spec.ignore[0].paths: found .spec.template.spec.containers[name="web"].name`
    const error = await failure(run('v1', ignored))
    expect([error.code, error.message]).toEqual(['sync/field-rule', expect.stringContaining(message)])
    await run('v1')
    expect(only(await plan('v1', ignored))).toMatchObject({ type: 'refuse', reason: { code: 'field-rule' } })
    await run('v1', { ignore: [{ paths: ['/spec/template/spec/containers/0'] }] })
  })

  test('an object that is recreated keeps what was left to others', async () => {
    const rules: Spec = {
      force: true,
      ignore: [{ paths: ['/spec/replicas', '/spec/minReadySeconds', '/spec/template/metadata/annotations'] }],
    }
    const annotated = (app: string): string => web(2, { app, extra: 'minReadySeconds: 1' })
    const { run, plan, spec, apply, edit, get } = await setUp({ v1: { 'a.yaml': annotated('web') }, v2: { 'a.yaml': annotated('shop') } })
    await run('v1', rules)
    const { uid } = (await get()).metadata
    await apply('keda', { spec: { replicas: 6 } })
    await edit('editor', (object) => {
      object.spec.minReadySeconds = 3
    })
    expect(only(await plan('v2', rules)).type).toBe('replace')
    await run('v2', rules)
    expect((await get()).metadata.uid).not.toBe(uid)
    expect(await spec()).toMatchObject({ replicas: 6, minReadySeconds: 3, selector: { matchLabels: { app: 'shop' } } })
    expect(only(await plan('v2', rules)).type).toBe('skip')
  })

  describe('what others write between the plan and the write', () => {
    /** An edit of the image, which the next version takes back by force, and something that happens right before that. */
    const edited = async (spec: Spec) => {
      let next: (() => Promise<void>) | undefined
      const port = intercepted(subject.cluster, async (method, [, options]) => {
        if (method !== 'apply' || options.dryRun === true || next === undefined) return
        const once = next
        next = undefined
        await once()
      })
      const world = await setUp({ v1: { 'a.yaml': web(2) }, v2: { 'a.yaml': web(2, { image: 'web:2' }) } }, port)
      await world.run('v1', spec)
      await world.edit('kubectl-edit', (object) => {
        object.spec.template.spec.containers[0].image = 'web:edited'
      })
      const meanwhile = (work: () => Promise<void>): void => {
        next = work
      }
      return { ...world, meanwhile }
    }

    test('a live value that is part of what is applied is taken as it is then', async () => {
      const { meanwhile, edit, run, spec } = await edited(replicasIgnored)
      const scale = (replicas: number): Promise<void> =>
        edit('scaler', (object) => {
          object.spec.replicas = replicas
        })
      await scale(4)
      meanwhile(() => scale(9))
      await run('v2', replicasIgnored)
      expect(await spec()).toMatchObject({ replicas: 9, template: { spec: { containers: [{ image: 'web:2' }] } } })
    })

    test('an ignored field is left alone although it was as in the source then', async () => {
      const { meanwhile, edit, run, spec } = await edited(replicasIgnored)
      meanwhile(() =>
        edit('scaler', (object) => {
          object.spec.replicas = 9
        }),
      )
      await run('v2', replicasIgnored)
      expect(await spec()).toMatchObject({ replicas: 9, template: { spec: { containers: [{ image: 'web:2' }] } } })
    })

    test('so it is when the plan was reviewed', async () => {
      const { meanwhile, edit, plan, runner, spec } = await edited(replicasIgnored)
      meanwhile(() =>
        edit('scaler', (object) => {
          object.spec.replicas = 9
        }),
      )
      const reviewed = await plan('v2', replicasIgnored)
      await runner.apply(reviewed, { expect: reviewed.digest })
      expect(await spec()).toMatchObject({ replicas: 9, template: { spec: { containers: [{ image: 'web:2' }] } } })
    })

    test('a field that another manager has applied is not taken from it', async () => {
      const { meanwhile, apply, run, spec } = await edited({})
      meanwhile(() => apply('helm', { spec: { replicas: 7 } }))
      const error = await failure(run('v2'))
      expect([error.code, error.message]).toEqual(['cluster/field-conflict', expect.stringContaining('helm')])
      expect(await spec()).toMatchObject({ replicas: 7, template: { spec: { containers: [{ image: 'web:edited' }] } } })
    })

    test('a field that was not reviewed is not taken back', async () => {
      const { meanwhile, edit, plan, runner, spec } = await edited({})
      meanwhile(() =>
        edit('kubectl-scale', (object) => {
          object.spec.replicas = 7
        }),
      )
      const reviewed = await plan('v2')
      const error = await failure(runner.apply(reviewed, { expect: reviewed.digest }))
      expect([error.code, error.message]).toEqual([
        'cluster/field-conflict',
        expect.stringContaining('it was written since the plan was reviewed, and is to be planned anew'),
      ])
      expect(await spec()).toMatchObject({ replicas: 7, template: { spec: { containers: [{ image: 'web:edited' }] } } })
    })

    test.each(['reviewed', 'not reviewed'])('a status that is written after fields were taken over stops nothing: %s', async (which) => {
      let left = 0
      const port = intercepted(subject.cluster, async (method, [, options]) => {
        if (method !== 'apply' || options.dryRun === true || left === 0) return
        left -= 1
        const object = await get()
        const status = { ...(object.status as object), observedGeneration: 70 + left }
        await subject.cluster.update({ ...object, status }, { fieldManager: 'status', subresource: 'status' })
      })
      const { plan, run, runner, namespace, apply, get, spec, manager } = await setUp({ v1: { 'a.yaml': web(2) } }, port)
      const made = parseManifest(web(2), 'a.yaml')[0]?.object as KubeObject
      await subject.cluster.create({ ...made, metadata: { ...made.metadata, namespace } }, { fieldManager: 'kubectl-client-side-apply' })
      await apply('helm', { spec: { replicas: 7 } })
      const forced: Spec = { forceConflicts: true }
      const reviewed = await plan('v1', forced)
      expect(only(reviewed)).toMatchObject({ type: 'adopt', force: true, takeOver: ['kubectl-client-side-apply'] })
      left = 2
      if (which === 'reviewed') await runner.apply(reviewed, { expect: reviewed.digest })
      else await run('v1', forced)
      expect(left).toBe(0)
      expect(await spec()).toMatchObject({ replicas: 2 })
      const owners = (await get()).metadata.managedFields?.filter(
        ({ subresource, manager }) => subresource === undefined && manager !== 'kube-controller-manager',
      )
      expect(owners?.map((entry) => [entry.manager, entry.operation])).toEqual([[manager, 'Apply']])
    })

    test('what has become as in the source is not written, and not said to be', async () => {
      const { meanwhile, edit, run, spec, events } = await edited({})
      meanwhile(() =>
        edit('kubectl-edit', (object) => {
          object.spec.template.spec.containers[0].image = 'web:1'
        }),
      )
      events.length = 0
      await run('v1')
      expect(events.filter(({ type }) => type === 'sync.applied')).toEqual([])
      expect(await spec()).toMatchObject({ template: { spec: { containers: [{ image: 'web:1' }] } } })
    })
  })

  test('a plan that was reviewed holds although an ignored field changes meanwhile', async () => {
    const { plan, runner, run, spec, edit } = await setUp({ v1: { 'a.yaml': web(2) }, v2: { 'a.yaml': web(2, { image: 'web:2' }) } })
    await run('v1', replicasIgnored)
    const reviewed = await plan('v2', replicasIgnored)
    await edit('scaler', (object) => {
      object.spec.replicas = 5
    })
    const again = await plan('v2', replicasIgnored)
    expect(comparePlans(reviewed, again).map(formatDifference)).toEqual([])
    expect(again.digest).toBe(reviewed.digest)
    await runner.apply(JSON.parse(JSON.stringify(reviewed)), { expect: reviewed.digest })
    expect(await spec()).toMatchObject({ replicas: 5, template: { spec: { containers: [{ image: 'web:2' }] } } })
  })

  test('what others write while it is planned is not said to change by the plan', async () => {
    let meanwhile: (() => Promise<void>)[] = []
    const port = intercepted(subject.cluster, async (method, [, options]) => {
      if (method === 'apply' && options.dryRun === true) await meanwhile.shift()?.()
    })
    const versions = { v1: { 'a.yaml': web(2) }, v2: { 'a.yaml': web(2, { image: 'web:2' }) } }
    const { plan, run, edit } = await setUp(versions, port)
    await run('v1', replicasIgnored)
    const undisturbed = await plan('v2', replicasIgnored)
    expect(only(undisturbed).changes.map(({ path }) => path)).toEqual(['.spec.template.spec.containers[name="web"].image'])
    // Before the first dry-run, and before the one that follows it.
    meanwhile = [3, 5].map(
      (replicas) => () =>
        edit('scaler', (object) => {
          object.spec.replicas = replicas
          object.metadata.annotations = { ...object.metadata.annotations, scaled: `to ${replicas}` }
        }),
    )
    const disturbed = await plan('v2', replicasIgnored)
    expect(meanwhile).toEqual([])
    expect(only(disturbed)).toMatchObject({ certainty: 'confirmed', changes: only(undisturbed).changes })
    expect(disturbed.digest).toBe(undisturbed.digest)
  })

  test('the value of a Secret that is left as it is stays out of the plan', async () => {
    const secret = (extra: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: settings, labels: { v: ${extra} } }\nstringData: { token: from-git }\n`
    const rules: Spec = { ignore: [{ paths: ['/data/token'] }] }
    const { run, plan, edit, get } = await setUp({ v1: { 'a.yaml': secret('one') }, v2: { 'a.yaml': secret('two') } })
    await run('v1', rules)
    const rotated = btoa('rotated-by-vault')
    await edit(
      'vault',
      (object) => {
        object.data.token = rotated
      },
      'Secret',
      'settings',
    )
    const planned = await plan('v2', rules)
    expect(decisionsOf(only(planned, 'Secret'))).toEqual([['.data.token', 'adopt', 'spec.ignore[0]']])
    for (const text of [JSON.stringify(planned), formatPlan(planned)])
      expect([text.includes(rotated), text.includes('rotated-by-vault')]).toEqual([false, false])
    await run('v2', rules)
    expect((await get('Secret', 'settings')).data).toEqual({ token: rotated })
  })

  test('who wins is decided field by field: Force, Adopt, Strip, Refuse', async () => {
    const ours = { a: 'ours', b: 'ours', c: 'ours', d: 'ours' }
    const { run, plan, data, apply, get, manager, namespace } = await setUp({ v1: { 'a.yaml': settings(ours) } })
    await apply('helm', { data: { a: 'theirs', b: 'theirs', c: 'theirs', d: 'theirs' } }, { name: 'settings' })
    const rules = (last: 'Force' | 'Refuse'): Spec => ({
      conflicts: [
        { action: 'Force', paths: ['/data/a'], managers: ['helm|terraform'] },
        { action: 'Adopt', paths: ['/data/b'], target: { kind: 'ConfigMap' } },
        { action: 'Strip', paths: ['/data/c'] },
        // Of two rules the first counts.
        { action: 'Refuse', paths: ['/data/a', '/data/c'] },
        { action: last, managers: ['he.*'] },
      ],
    })
    const error = await failure(run('v1', rules('Refuse')))
    expect(error).toMatchObject({ code: 'cluster/field-conflict', conflicts: [{ manager: 'helm', fields: ['.data.d'] }] })
    expect(error.message).toContain(`ConfigMap ${namespace}/settings: helm owns .data.d; set spec.forceConflicts`)
    expect(await data()).toEqual({ a: 'theirs', b: 'theirs', c: 'theirs', d: 'theirs' })

    const planned = await plan('v1', rules('Force'))
    expect(decisionsOf(only(planned, 'ConfigMap'))).toEqual([
      ['.data.a', 'force', 'spec.conflicts[0]'],
      ['.data.b', 'adopt', 'spec.conflicts[1]'],
      ['.data.c', 'strip', 'spec.conflicts[2]'],
      ['.data.d', 'force', 'spec.conflicts[4]'],
    ])
    expect(planned.warnings).toEqual([
      expect.objectContaining({ code: 'contention', fields: ['.data.a', '.data.d'], managers: [manager, 'helm'] }),
    ])
    await run('v1', rules('Force'))
    expect(await data()).toEqual({ a: 'ours', b: 'theirs', c: 'theirs', d: 'ours' })
    const owned = appliedBy(await get('ConfigMap', 'settings'), manager)
    expect(['a', 'b', 'c', 'd'].filter((key) => owned.includes(`"f:${key}"`))).toEqual(['a', 'b', 'd'])
    expect(only(await plan('v1', rules('Force')), 'ConfigMap').type).toBe('skip')
  })

  test('an edit of an object of ours is not corrected where a rule refuses it', async () => {
    const { run, plan, data, edit } = await setUp({ v1: { 'a.yaml': settings({ a: '1', b: '1' }) } })
    await run('v1')
    await edit(
      'kubectl-edit',
      (object) => {
        object.data.a = 'edited'
      },
      'ConfigMap',
      'settings',
    )
    const careful: Spec = { conflicts: [{ action: 'Refuse', managers: ['kubectl.*'] }] }
    expect(only(await plan('v1', careful), 'ConfigMap')).toMatchObject({ type: 'refuse', reason: { code: 'field-conflict' } })
    expect((await failure(run('v1', careful))).code).toBe('cluster/field-conflict')
    expect(await data()).toEqual({ a: 'edited', b: '1' })
    await run('v1', { conflicts: [{ action: 'Refuse', paths: ['/data/b'] }] })
    expect(await data()).toEqual({ a: '1', b: '1' })
  })

  test('ssa: Override undoes what was changed or added with kubectl, Merge keeps what was added', async () => {
    const says = (policy: string) => ({ 'sync.fleetkit.dev/ssa': policy })
    const { run, data, edit, apply } = await setUp({
      v1: { 'a.yaml': settings({ a: '1' }, says('Override')) },
      v2: { 'a.yaml': settings({ a: '1' }, says('Merge')) },
    })
    await run('v1')
    const change = () =>
      edit(
        'kubectl-edit',
        (object) => {
          object.data = { ...object.data, a: '2', added: '3' }
        },
        'ConfigMap',
        'settings',
      )
    await change()
    await run('v1')
    expect(await data()).toEqual({ a: '1' })
    await run('v2')
    await change()
    await apply('helm', { data: { a: '4', helm: '5' } }, { name: 'settings' })
    await run('v2')
    expect(await data()).toEqual({ a: '1', added: '3', helm: '5' })
  })

  test('ssa: Override and Merge win against every manager of an object that is adopted', async () => {
    const { run, data, apply } = await setUp({ v1: { 'a.yaml': settings({ a: '1' }, { 'sync.fleetkit.dev/ssa': 'Merge' }) } })
    await apply('helm', { data: { a: '2', b: '3' } }, { name: 'settings' })
    await run('v1')
    expect(await data()).toEqual({ a: '1', b: '3' })
  })

  test.each(['sync.fleetkit.dev/ssa', 'kustomize.toolkit.fluxcd.io/ssa'])(
    '%s: IfNotPresent creates and never writes again',
    async (key) => {
      const { run, plan, data, get, edit } = await setUp({
        v1: { 'a.yaml': settings({ a: '1' }, { [key]: 'IfNotPresent' }) },
        v2: { 'a.yaml': settings({ a: '2' }, { [key]: 'IfNotPresent' }) },
        v3: { 'b.yaml': configMap('other') },
      })
      await run('v1')
      await edit(
        'editor',
        (object) => {
          object.data.a = '9'
        },
        'ConfigMap',
        'settings',
      )
      expect(only(await plan('v2'), 'ConfigMap')).toMatchObject({
        type: 'skip',
        reason: { code: 'present', message: `it exists, and the source says ${key}: IfNotPresent` },
      })
      await run('v2')
      expect(await data()).toEqual({ a: '9' })
      // It is still ours, and goes with the source.
      await run('v3')
      expect(await get('ConfigMap', 'settings')).toBeUndefined()
    },
  )

  test('ssa: IfNotPresent leaves an object of another in peace, and does not delete it either', async () => {
    const { run, data, apply } = await setUp({
      v1: { 'a.yaml': settings({ a: '1' }, { 'sync.fleetkit.dev/ssa': 'IfNotPresent' }) },
      v2: { 'b.yaml': configMap('other') },
    })
    await apply('cert-manager', { data: { a: 'theirs' } }, { name: 'settings' })
    await run('v1')
    await run('v2')
    expect(await data()).toEqual({ a: 'theirs' })
  })

  test('ssa: Ignore, in the source or on the live object, is never written and never deleted', async () => {
    const { run, get, data, edit } = await setUp({
      v1: { 'a.yaml': settings({ a: '1' }), 'b.yaml': configMap('other') },
      v2: { 'a.yaml': settings({ a: '2' }, { 'sync.fleetkit.dev/ssa': 'Ignore' }), 'b.yaml': configMap('other') },
      v3: { 'a.yaml': settings({ a: '3' }), 'b.yaml': configMap('other') },
      v4: { 'b.yaml': configMap('other') },
      v5: { 'a.yaml': settings({ a: '5' }, { 'kustomize.toolkit.fluxcd.io/ssa': 'ignore' }), 'b.yaml': configMap('other') },
    })
    await run('v5')
    expect(await get('ConfigMap', 'settings')).toBeUndefined()
    await run('v1')
    await run('v2')
    expect(await data()).toEqual({ a: '1' })
    await edit(
      'kubectl-annotate',
      (object) => {
        object.metadata.annotations = { 'sync.fleetkit.dev/ssa': 'Ignore' }
      },
      'ConfigMap',
      'settings',
    )
    await run('v3')
    await run('v4')
    expect(await data()).toEqual({ a: '1' })
  })

  test("Flux's prune and reconcile annotations count where ours say nothing", async () => {
    const flux = 'kustomize.toolkit.fluxcd.io'
    const { run, data, edit } = await setUp({
      v1: { 'a.yaml': settings({ a: '1' }, { [`${flux}/prune`]: 'Disabled' }), 'b.yaml': configMap('other') },
      v2: { 'a.yaml': settings({ a: '2' }, { [`${flux}/reconcile`]: 'disabled' }), 'b.yaml': configMap('other') },
      v3: {
        'a.yaml': settings({ a: '3' }, { [`${flux}/reconcile`]: 'disabled', 'sync.fleetkit.dev/reconcile': 'enabled' }),
        'b.yaml': configMap('other'),
      },
      v4: { 'b.yaml': configMap('other') },
    })
    await run('v1')
    await run('v2')
    expect(await data()).toEqual({ a: '1' })
    await run('v3')
    expect(await data()).toEqual({ a: '3' })
    await edit(
      'kubectl-annotate',
      (object) => {
        object.metadata.annotations = { [`${flux}/prune`]: 'disabled' }
      },
      'ConfigMap',
      'settings',
    )
    await run('v4')
    expect(await data()).toEqual({ a: '3' })
  })

  test('an apply policy that is none is refused, with those that there are', async () => {
    const { run } = await setUp({ v1: { 'a.yaml': settings({ a: '1' }, { 'sync.fleetkit.dev/ssa': 'Replace' }) } })
    const error = await failure(run('v1'))
    expect([error.code, error.message]).toEqual([
      'source/object-invalid',
      expect.stringContaining(
        'metadata.annotations[sync.fleetkit.dev/ssa]: found string "Replace", accepted Override, Merge, IfNotPresent, Ignore',
      ),
    ])
  })

  test('drift is told by field, manager and time: in the plan, in its text, and in the event', async () => {
    const { run, plan, edit, apply, events, namespace } = await setUp({ v1: { 'a.yaml': settings({ a: '1', b: '1', c: '1' }) } })
    await run('v1')
    await edit(
      'kubectl-edit',
      (object) => {
        object.data.a = 'x'
      },
      'ConfigMap',
      'settings',
    )
    await edit(
      'tuner',
      (object) => {
        object.data.b = 'y'
      },
      'ConfigMap',
      'settings',
    )
    const planned = await plan('v1')
    const times = Object.fromEntries(only(planned, 'ConfigMap').changes.map(({ path, author }) => [path, author]))
    const by = (manager: string) => ({ manager, operation: 'Update', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) })
    expect(times).toEqual({ '.data.a': by('kubectl-edit'), '.data.b': by('tuner') })
    expect(formatPlan(planned, { width: 200 })).toMatch(/\n {6}by kubectl-edit at \d{4}-\d\d-\d\dT[\d:]+Z: \.data\.a\n/)
    events.length = 0
    await run('v1')
    expect(events.filter(({ type }) => type === 'sync.drift')).toEqual([
      expect.objectContaining({
        ref: expect.objectContaining({ name: 'settings', namespace }),
        fields: ['.data.a', '.data.b'],
        authors: expect.arrayContaining([
          { ...by('kubectl-edit'), fields: ['.data.a'] },
          { ...by('tuner'), fields: ['.data.b'] },
        ]),
      }),
    ])
    // What only the source changed was written by no other manager.
    await apply('helm', { data: { theirs: '1' } }, { name: 'settings' })
    expect(only(await plan('v1'), 'ConfigMap').changes).toEqual([])
  })

  test('a plan warns of fields that a controller, or an autoscaler of the source, will write again', async () => {
    const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
`
    const { run, plan, edit, manager, namespace } = await setUp({
      v1: { 'a.yaml': web(2) },
      v2: { 'a.yaml': web(2), 'hpa.yaml': scaler },
    })
    await run('v1')
    expect((await plan('v1')).warnings).toBeUndefined()
    const both = await plan('v2')
    expect(both.warnings).toEqual([
      expect.objectContaining({ fields: ['.spec.replicas'], managers: [manager, `HorizontalPodAutoscaler ${namespace}/web`] }),
    ])
    expect(formatPlan(both)).toContain(`? contention: Deployment ${namespace}/web: .spec.replicas is in the source`)
    await edit('kube-controller-manager', (object) => {
      object.spec.replicas = 4
    })
    expect((await plan('v1')).warnings).toEqual([
      expect.objectContaining({ fields: ['.spec.replicas'], managers: [manager, 'kube-controller-manager'] }),
    ])
    expect((await plan('v2', replicasIgnored)).warnings).toBeUndefined()
    // A person does not come back.
    await edit('kubectl-edit', (object) => {
      object.spec.replicas = 3
    })
    expect((await plan('v1')).warnings).toBeUndefined()
  })

  test('a field that is written again each time it is corrected is left alone for a while, and the rest is still corrected', async () => {
    const { run, data, edit, events, namespace } = await setUp({ v1: { 'a.yaml': settings({ a: '1', b: '1' }) } })
    await run('v1')
    const contend = () =>
      edit(
        'tuner',
        (object) => {
          object.data.a = '2'
        },
        'ConfigMap',
        'settings',
      )
    for (let count = 0; count < 5; count++) {
      await contend()
      await run('v1')
      expect(await data()).toEqual({ a: '1', b: '1' })
    }
    expect(events.filter(({ type }) => type === 'sync.contention')).toEqual([])
    await contend()
    const status = await run('v1')
    expect(events.filter(({ type }) => type === 'sync.contention')).toEqual([
      expect.objectContaining({ ref: expect.objectContaining({ name: 'settings' }), field: '.data.a', manager: 'tuner' }),
    ])
    const condition = status.conditions?.find(({ type }) => type === 'Contention')
    expect([condition?.status, condition?.message]).toEqual([
      'True',
      expect.stringContaining(`ConfigMap ${namespace}/settings .data.a: tuner writes it again each time it is corrected`),
    ])
    await contend()
    await edit(
      'editor',
      (object) => {
        object.data.b = 'edited'
      },
      'ConfigMap',
      'settings',
    )
    await run('v1')
    expect(await data()).toEqual({ a: '2', b: '1' })
  })

  test('two Syncs that want one object, run at once: one has it, the other is refused with both names', async () => {
    const { cluster } = subject
    const namespace = await subject.namespace()
    const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } })
    const runner = new SyncRunner({ cluster, git })
    const names = ['one', 'two']
    const results = await Promise.allSettled(names.map((name) => runner.run(syncOf(namespace, 'v1', { forceConflicts: true }, name))))
    const owner = (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' }))?.metadata.labels?.[
      'sync.fleetkit.dev/name'
    ] as string
    const loser = names.indexOf(owner) === 0 ? 1 : 0
    expect(results.map(({ status }) => status)).toEqual(loser === 1 ? ['fulfilled', 'rejected'] : ['rejected', 'fulfilled'])
    const error = (results[loser] as PromiseRejectedResult).reason as { code: string; message: string }
    expect([error.code, error.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/${owner}`)])
    const refused = await runner.plan(syncOf(namespace, 'v1', { forceConflicts: true }, names[loser]))
    expect(formatPlan(refused)).toContain(`Sync ${namespace}/${names[loser]} at`)
    expect(formatPlan(refused)).toContain(`it belongs to Sync ${namespace}/${owner}`)
  })
}
