import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import {
  type Action,
  actionsOf,
  type ClusterApi,
  type FleetEvent,
  type Json,
  type KubeObject,
  refOf,
  type SyncInput,
  SyncRunner,
} from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { parseInventory } from 'fleetkit/manifest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, intercepted, repository, syncOf } from '../engine/sync/scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { startOwnCluster } from './own-cluster.ts'

const json = (...objects: readonly object[]): string => objects.map((object) => JSON.stringify(object)).join('\n---\n')
const group = `judge${randomBytes(3).toString('hex')}.example.com`

/** Objects that the server stores in another form than the one they are applied in. */
const rewritten: Readonly<Record<string, object>> = {
  'a custom resource with defaults in its lists': {
    apiVersion: `${group}/v1`,
    kind: 'Route',
    spec: { rules: [{ backends: [{ name: 'a', port: 1 }] }], empty: {} },
  },
  'an autoscaler of the first version': {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      targetCPUUtilizationPercentage: 80,
    },
  },
  'a limit range': {
    apiVersion: 'v1',
    kind: 'LimitRange',
    spec: { limits: [{ type: 'Container', max: { cpu: '1000m' }, default: { memory: '1024Mi' } }] },
  },
  'a claim with a data source': {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1024Mi' } },
      dataSource: { kind: 'PersistentVolumeClaim', name: 'other' },
    },
  },
  'a role binding whose group is empty': {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
    subjects: [{ kind: 'ServiceAccount', name: 'a', apiGroup: '' }],
  },
  'a job with a failure policy': {
    apiVersion: 'batch/v1',
    kind: 'Job',
    spec: {
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } },
    },
  },
  'a deployment with quantities and empty values': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template: {
        metadata: { labels: { app: 'a' }, annotations: {} },
        spec: {
          containers: [{ name: 'a', image: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } }, env: [], args: [] }],
          nodeSelector: {},
        },
      },
    },
  },
  'explicit nulls over defaults': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replicas: null,
      strategy: null,
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
    },
  },
  'an endpoint slice': {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'] }],
    ports: [{ port: 80 }],
  },
}

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `routes.${group}` },
  spec: {
    group,
    names: { kind: 'Route', plural: 'routes' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  empty: { type: 'object', properties: { mode: { type: 'string', default: 'On' } } },
                  rules: {
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        weight: { type: 'integer', default: 1 },
                        backends: {
                          type: 'array',
                          items: {
                            type: 'object',
                            properties: {
                              name: { type: 'string' },
                              port: { type: 'integer' },
                              group: { type: 'string', default: '' },
                              kind: { type: 'string', default: 'Service' },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

const widgetGroup = `widgets${group}`

const widgets = (properties: Readonly<Record<string, Json>>): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${widgetGroup}` },
  spec: {
    group: widgetGroup,
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
      },
    ],
  },
})

describeWithServers('the server judges', () => {
  let connect: (user?: 'admin' | 'limited') => Promise<ClusterApi>
  let cluster: ClusterApi
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    // Of its own: on the shared one controllers may run, and what they write is asked about once more.
    const { server } = stack.use(await startOwnCluster())
    connect = async (user = 'admin') => stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfigOf(user) }))
    cluster = await connect()
    await cluster.apply([definition], { fieldManager: 'test' })
    while ((await cluster.discover({ apiVersion: `${group}/v1`, kind: 'Route' })) === undefined) await setTimeout(50)
  }, 60_000)
  afterAll(async () => stack.disposeAsync())

  async function world(versions: Parameters<typeof repository>[0]) {
    const namespace = `judge-${randomBytes(4).toString('hex')}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const git = repository(versions)
    const events: FleetEvent[] = []
    const dryRuns: string[] = []
    /** A runner on a connection of its own, as another process has it. */
    const runnerOn = async (user?: 'limited') => {
      const counted = intercepted(await connect(user), (_, [objects, options]) => {
        if (options?.dryRun === true) for (const { kind } of objects) dryRuns.push(kind)
      })
      const runner = new SyncRunner({ cluster: counted, git })
      runner.events.on('*', (event) => events.push(event))
      return {
        plan: async (tag: string, spec: Partial<SyncInput['spec']> = {}): Promise<readonly Action[]> =>
          actionsOf(await runner.plan(syncOf(namespace, tag, spec))),
        run: (tag: string, spec: Partial<SyncInput['spec']> = {}) => runner.run(syncOf(namespace, tag, spec)),
      }
    }
    return { namespace, events, dryRuns, runnerOn }
  }

  const typesOf = (actions: readonly Action[]): readonly string[] => actions.map(({ type }) => type)
  const written = (events: readonly FleetEvent[]): readonly string[] =>
    events.map(({ type }) => type).filter((type) => type === 'sync.applied' || type === 'sync.drift' || type === 'sync.pruned')

  test.each(Object.entries(rewritten))('%s is not written twice, and asked about once', async (_, object) => {
    const { events, dryRuns, runnerOn } = await world({ v1: { 'a.json': json({ ...object, metadata: { name: 'a' } }) } })
    const first = await runnerOn()
    await first.run('v1')
    events.length = 0
    expect(typesOf(await first.plan('v1'))).toEqual(['skip'])
    await first.run('v1')
    expect([written(events), dryRuns]).toEqual([[], []])
    // Another process has not seen the apply: it asks the server at most once.
    const second = await runnerOn()
    expect(typesOf(await second.plan('v1'))).toEqual(['skip'])
    await second.run('v1')
    expect([written(events), dryRuns.length <= 1]).toEqual([[], true])
  })

  test('with the right to read alone the plan is the same, and says that it is predicted', async () => {
    const files = Object.entries(rewritten).map(([, object], index) => [
      `${index}.json`,
      json({ ...object, metadata: { name: `a${index}` } }),
    ])
    const cases = Object.fromEntries(files) as Readonly<Record<string, string>>
    const changed = Object.fromEntries(
      Object.entries(cases).map(([file, text]) => [file, text.replace('"1024Mi"', '"2Gi"').replace('"port":1}', '"port":2}')]),
    )
    const { namespace, dryRuns, runnerOn } = await world({
      v1: cases,
      v2: { ...changed, 'z.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"z"},"date":{}}' },
    })
    const rbac = 'rbac.authorization.k8s.io'
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]
    await cluster.create({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'reader', namespace }, rules })
    await cluster.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'reader', namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
      subjects: [{ apiGroup: rbac, kind: 'User', name: 'limited' }],
    })
    const writer = await runnerOn()
    await writer.run('v1')
    for (const tag of ['v1', 'v2']) {
      const [said, predicted] = [await writer.plan(tag), await (await runnerOn('limited')).plan(tag)]
      expect(predicted.map(({ type, ref, changes }) => [type, ref, changes])).toEqual(
        said.map(({ type, ref, changes }) => [type, ref, changes]),
      )
      expect([...new Set(predicted.map(({ certainty }) => certainty))]).toEqual(['predicted'])
    }
    expect(
      typesOf(await writer.plan('v2'))
        .filter((type) => type !== 'skip')
        .sort(),
    ).toEqual(['refuse', 'refuse', 'update', 'update', 'update'])
    expect(dryRuns.length).toBeGreaterThan(0)
  })

  test('a change is shown as the server will store it', async () => {
    const { runnerOn } = await world({
      v1: { 'a.json': json({ ...rewritten['a custom resource with defaults in its lists'], metadata: { name: 'a' } }) },
      v2: {
        'a.json': json({
          apiVersion: `${group}/v1`,
          kind: 'Route',
          metadata: { name: 'a' },
          spec: { rules: [{ backends: [{ name: 'a', port: 2 }] }] },
        }),
      },
    })
    const { plan, run } = await runnerOn()
    await run('v1')
    const [action] = await plan('v2')
    expect(action).toMatchObject({ type: 'update', certainty: 'confirmed' })
    expect(action?.changes.map(({ path }) => path)).toEqual(['.spec.empty.mode', '.spec.rules'])
  })

  test('an environment variable that is there twice is one again, by force', async () => {
    const deployment = (env: readonly object[]): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a', env }] } },
      },
    })
    const { namespace, runnerOn } = await world({ v1: { 'a.json': json(deployment([{ name: 'A', value: '1' }])) } })
    const twice = deployment([
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ]) as KubeObject
    await cluster.create({ ...twice, metadata: { ...twice.metadata, namespace } })
    const { run } = await runnerOn()
    await run('v1', { forceConflicts: true })
    const live = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'a' })
    const spec = live?.spec as { template: { spec: { containers: [{ env: unknown }] } } }
    expect(spec.template.spec.containers[0].env).toEqual([{ name: 'A', value: '1' }])
  })

  test('a plan knows what its own objects make possible: an account for a pod, a definition for what uses its new field', async () => {
    const { runnerOn } = await world({
      v1: { 'crd.json': json(widgets({})) },
      v2: {
        'crd.json': json(widgets({ colour: { type: 'string' } })),
        'a.json': json(
          { apiVersion: `${widgetGroup}/v1`, kind: 'Widget', metadata: { name: 'a' }, spec: { colour: 'red' } },
          { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app' } },
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'a' },
            spec: { serviceAccountName: 'app', priorityClassName: `high-${group}`, containers: [{ name: 'a', image: 'a' }] },
          },
          { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: `high-${group}` }, value: 7 },
        ),
      },
    })
    const { plan, run } = await runnerOn()
    await run('v1')
    const actions = await plan('v2')
    expect([...typesOf(actions)].sort()).toEqual(['create', 'create', 'create', 'create', 'update'])
    const status = await run('v2')
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
  })

  test('a namespace that does not exist is known before anything is written', async () => {
    const { runnerOn } = await world({
      v1: { 'a.json': json({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'nowhere' } }) },
    })
    const { plan } = await runnerOn()
    const [action] = await plan('v1')
    expect(action).toMatchObject({ type: 'refuse', certainty: 'confirmed', reason: { error: 'cluster/namespace-missing' } })
  })

  test('a Sync lives in the namespace that it makes itself; without one the plan says so', async () => {
    const name = `home-${randomBytes(4).toString('hex')}`
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    const git = repository({
      v1: { 'a.json': json(map) },
      v2: { 'a.json': json({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, map) },
    })
    const runner = new SyncRunner({ cluster, git })
    const message = expect.stringContaining(`there is no namespace ${name}, in which the status of the Sync is kept (ConfigMap sync-shop)`)
    expect((await runner.plan(syncOf(name, 'v1'))).refusals).toEqual([{ code: 'cluster/namespace-missing', message }])
    expect(await failure(runner.run(syncOf(name, 'v1')))).toMatchObject({ code: 'sync/record', message })
    expect((await runner.plan(syncOf(name, 'v2'))).refusals).toEqual([])
    const status = await runner.run(syncOf(name, 'v2'))
    expect(parseInventory(status.inventory).map(({ kind }) => kind)).toEqual(['Namespace', 'ConfigMap'])
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain('2 objects changed')
    expect(typesOf(actionsOf(await runner.plan(syncOf(name, 'v2'))))).toEqual(['skip', 'skip'])
  })

  test('what was applied in an API version that is gone is still deleted; what went with its definition is gone', async () => {
    const gadgets = `gadgets${group}`
    const definition = (versions: readonly string[]): KubeObject => {
      const of = (version: string): Json => ({
        name: version,
        served: true,
        storage: version === versions[0],
        schema: { openAPIV3Schema: { type: 'object' } },
      })
      const spec = { group: gadgets, names: { kind: 'Gadget', plural: 'gadgets' }, scope: 'Namespaced', versions: versions.map(of) }
      return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `gadgets.${gadgets}` }, spec }
    }
    const gadget = json({ apiVersion: `${gadgets}/v1alpha7`, kind: 'Gadget', metadata: { name: 'a' } })
    const map = json({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })
    const { namespace, runnerOn } = await world({ v1: { 'a.json': gadget, 'b.json': map }, v2: { 'b.json': map } })
    const define = (versions: readonly string[]) => cluster.apply([definition(versions)], { fieldManager: 'test', force: true })
    const served = async (version: string) =>
      (await (await connect()).discover({ apiVersion: `${gadgets}/${version}`, kind: 'Gadget' })) !== undefined
    const { plan, run } = await runnerOn()

    await define(['v1alpha7'])
    while (!(await served('v1alpha7'))) await setTimeout(50)
    await run('v1')
    await define(['v1alpha9', 'v1alpha7'])
    while (!(await served('v1alpha9'))) await setTimeout(50)
    // Stored again, as a migration does: by way of the new version, which the server answers in only once it stores in it.
    let stored: KubeObject | undefined
    while (stored === undefined) {
      stored = await cluster.get({ apiVersion: `${gadgets}/v1alpha9`, kind: 'Gadget', namespace, name: 'a' })
      if (stored === undefined) await setTimeout(50)
    }
    await cluster.update({ ...stored, metadata: { ...stored.metadata, annotations: { migrated: 'true' } } })
    await define(['v1alpha9'])
    const live = (await cluster.get(refOf(definition([])))) as KubeObject
    // Only a definition whose stored versions are migrated can lose one.
    await cluster.update({ ...live, status: { ...(live.status as object), storedVersions: ['v1alpha9'] } }, { subresource: 'status' })
    await define(['v1alpha9'])
    while (await served('v1alpha7')) await setTimeout(50)
    expect((await plan('v1')).find(({ ref }) => ref.kind === 'Gadget')).toMatchObject({
      type: 'refuse',
      reason: { message: `the cluster serves no Gadget of ${gadgets}/v1alpha7, but in ${gadgets}/v1alpha9` },
    })
    await run('v2')
    expect(await cluster.get({ apiVersion: `${gadgets}/v1alpha9`, kind: 'Gadget', namespace, name: 'a' })).toBeUndefined()

    await define(['v1alpha7', 'v1alpha9'])
    while (!(await served('v1alpha7'))) await setTimeout(50)
    // That a type is missing is believed for half a second.
    await setTimeout(600)
    await run('v1')
    await cluster.delete(refOf(definition([])))
    const status = await run('v2')
    expect(parseInventory(status.inventory).map(({ kind }) => kind)).toEqual(['ConfigMap'])
  })
})
