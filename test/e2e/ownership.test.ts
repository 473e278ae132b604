import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type ClusterApi, formatPlan, type KubeObject, type ObjectRef, type SyncInput, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, repository, syncOf } from '../engine/sync/scenarios.ts'
import { findAssets } from '../servers/assets.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

const run = promisify(execFile)

const settings = (data: Readonly<Record<string, string>>): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: { tier: web }\ndata: ${JSON.stringify(data)}\n`

const deployment = (env: readonly string[]): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: nginx
          env: ${JSON.stringify(env.map((name) => ({ name, value: '1' })))}
`

describeWithServers('ownership on a real API server', () => {
  let cluster: ClusterApi
  let kubectl: (args: readonly string[], input?: string) => Promise<string>

  beforeAll(async () => {
    const { kubeconfig, kubeconfigPath } = await sharedControlPlane()
    cluster = await kubernetesCluster({ kubeconfig })
    const program = (await findAssets())?.kubectl as string
    kubectl = async (args, input) => {
      const child = run(program, args, { env: { ...process.env, KUBECONFIG: kubeconfigPath } })
      child.child.stdin?.end(input ?? '')
      return (await child).stdout
    }
  })
  afterAll(async () => cluster[Symbol.asyncDispose]())

  async function world(versions: Parameters<typeof repository>[0]) {
    const namespace = `own-${randomBytes(4).toString('hex')}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const runner = new SyncRunner({ cluster, git: repository(versions) })
    return {
      namespace,
      kubectl: (args: readonly string[], input?: string) => kubectl(['-n', namespace, ...args], input),
      plan: async (tag: string, spec: Partial<SyncInput['spec']> = {}) => runner.plan(syncOf(namespace, tag, spec)),
      run: async (tag: string, spec: Partial<SyncInput['spec']> = {}) => runner.run(syncOf(namespace, tag, spec)),
      get: async (kind: string, name: string, apiVersion = 'v1') =>
        (await cluster.get({ apiVersion, kind, namespace, name } as ObjectRef)) as KubeObject,
    }
  }

  /** How people make objects, and who the API server then says owns them. */
  const ways: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ['apply', [['apply', '-f', '-']]],
    [
      'apply, twice',
      [
        ['apply', '-f', '-'],
        ['apply', '-f', '-'],
      ],
    ],
    ['apply --server-side', [['apply', '--server-side', '-f', '-']]],
    ['create', [['create', '-f', '-']]],
    [
      'create and replace',
      [
        ['create', '-f', '-'],
        ['replace', '-f', '-'],
      ],
    ],
    [
      'create --save-config and apply --server-side',
      [
        ['create', '--save-config', '-f', '-'],
        ['apply', '--server-side', '-f', '-'],
      ],
    ],
  ]

  test.each(ways)('an object made by kubectl %s is taken over whole: what leaves the source goes', async (_, commands) => {
    const { namespace, kubectl, plan, run, get } = await world({
      v1: { 'a.yaml': settings({ a: '1', b: '2' }), 'web.yaml': deployment(['A', 'B']) },
      v2: { 'a.yaml': settings({ a: '1' }), 'web.yaml': deployment(['A']) },
    })
    for (const command of commands) await kubectl(command, `${settings({ a: '1', b: '2' })}---\n${deployment(['A', 'B'])}`)
    const text = formatPlan(await plan('v1'))
    expect(text).toContain(`ConfigMap ${namespace}/settings: adopt`)
    await run('v1')
    for (const object of [await get('ConfigMap', 'settings'), await get('Deployment', 'web', 'apps/v1')]) {
      const owners = (object.metadata.managedFields ?? []).map(({ manager, subresource }) => `${manager} ${subresource ?? ''}`.trim())
      expect(owners.filter((owner) => owner.startsWith('kubectl') || owner.startsWith('before-first-apply'))).toEqual([])
      expect(Object.keys(object.metadata.annotations ?? {})).not.toContain('kubectl.kubernetes.io/last-applied-configuration')
    }
    expect((await plan('v1')).stages.flat().map(({ type }) => type)).toEqual(['skip', 'skip'])
    await run('v2')
    expect((await get('ConfigMap', 'settings')).data).toEqual({ a: '1' })
    const spec = (await get('Deployment', 'web', 'apps/v1')).spec as { template: { spec: { containers: [{ env: unknown }] } } }
    expect(spec.template.spec.containers[0].env).toEqual([{ name: 'A', value: '1' }])
  })

  test('what leaves the source goes even where kubectl was used on an object of the Sync since', async () => {
    const { kubectl, plan, run, get } = await world({
      v1: { 'a.yaml': settings({ a: '1', b: '2' }) },
      v2: { 'a.yaml': settings({ a: '1' }) },
    })
    await run('v1')
    await kubectl(['apply', '-f', '-'], settings({ a: '1', b: '2', theirs: '3' }))
    expect((await plan('v1')).stages.flat().map(({ type }) => type)).toEqual(['skip'])
    expect(formatPlan(await plan('v2'))).toContain('.data.b')
    await run('v2')
    expect((await get('ConfigMap', 'settings')).data).toEqual({ a: '1', theirs: '3' })
  })

  test('an object whose field managers were cleared is owned again', async () => {
    const { kubectl, run, get } = await world({ v1: { 'a.yaml': settings({ a: '1', b: '2' }) }, v2: { 'a.yaml': settings({ a: '1' }) } })
    await run('v1')
    await kubectl(['patch', 'configmap', 'settings', '--type=merge', '-p', '{"metadata":{"managedFields":[{}]}}'])
    await run('v1')
    await run('v2')
    expect((await get('ConfigMap', 'settings')).data).toEqual({ a: '1' })
  })

  test('a value that leaves the stringData of a Secret leaves the cluster', async () => {
    const secret = (values: Readonly<Record<string, string>>): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: ${JSON.stringify(values)}\n`
    const { plan, run, get } = await world({ v1: { 'a.yaml': secret({ a: 'x', b: 'y' }) }, v2: { 'a.yaml': secret({ a: 'x' }) } })
    await run('v1')
    expect((await plan('v1')).stages.flat().map(({ type }) => type)).toEqual(['skip'])
    expect(formatPlan(await plan('v2'))).toContain('.data.b')
    await run('v2')
    expect((await get('Secret', 'key')).data).toEqual({ a: 'eA==' })
  })

  test('so does one that was applied as stringData itself', async () => {
    const secret = (values: Readonly<Record<string, string>>): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: ${JSON.stringify(values)}\n`
    const { namespace, run, get } = await world({ v1: { 'a.yaml': secret({ a: 'x', b: 'y' }) }, v2: { 'a.yaml': secret({ a: 'x' }) } })
    await run('v1')
    const live = await get('Secret', 'key')
    // As a Sync applied it that did not turn stringData into data.
    const { labels } = live.metadata
    await cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'key' })
    await cluster.apply(
      [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace, labels }, stringData: { a: 'x', b: 'y' } }],
      {
        fieldManager: `fleetkit:${namespace}/shop`,
      },
    )
    await run('v2')
    expect((await get('Secret', 'key')).data).toEqual({ a: 'eA==' })
  })

  test("another manager's Secret value is not overwritten through stringData", async () => {
    const { kubectl, run, get } = await world({
      v1: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { password: ours }\n' },
    })
    await kubectl(
      ['create', '--field-manager=vault', '-f', '-'],
      'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\ndata: { password: dGhlaXJz }\n',
    )
    expect(await failure(run('v1'))).toMatchObject({ code: 'cluster/field-conflict' })
    expect((await get('Secret', 'key')).data).toEqual({ password: 'dGhlaXJz' })
  })

  test('an object is written when the source names another API version of it', async () => {
    const scaler = (version: string, spec: string): string =>
      `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec:\n  maxReplicas: 3\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }\n${spec}`
    const { plan, run, get } = await world({
      v1: { 'a.yaml': scaler('v1', '  targetCPUUtilizationPercentage: 80\n') },
      v2: {
        'a.yaml': scaler(
          'v2',
          '  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]\n',
        ),
      },
    })
    await run('v1')
    await run('v2')
    const { managedFields = [] } = (await get('HorizontalPodAutoscaler', 'web', 'autoscaling/v2')).metadata
    expect(managedFields.find(({ operation }) => operation === 'Apply')?.apiVersion).toBe('autoscaling/v2')
    expect((await plan('v2')).stages.flat().map(({ type }) => type)).toEqual(['skip'])
  })
})
