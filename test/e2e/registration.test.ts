import { Buffer } from 'node:buffer'
import {
  type ClusterApi,
  clusterController,
  getCondition,
  type KubeObject,
  Manager,
  type PullSyncStatus,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { roles } from 'fleetkit/install'
import { clusterKind, clusterRegistrationKind, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import {
  agentTokenPolicy,
  approveRegistration,
  type ClusterRegistrationStatus,
  type Registered,
  register,
  registrationController,
  tokenRenewalController,
} from 'fleetkit/registration'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { failure, repository } from '../engine/sync/scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const patience = { timeout: 15_000, interval: 50 }
const registrations = 'fleetkit-registrations'
const registrants = { kind: 'ServiceAccount', namespace: registrations, name: 'registrant' } as const
const rbac = 'rbac.authorization.k8s.io'
const { apiVersion } = clusterKind
const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: 'fleetkit', name: 'management' }

type Rule = readonly [group: string, resources: string, verbs: string, names?: string]
const rule = ([group, resources, verbs, names]: Rule) => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(names === undefined ? {} : { resourceNames: names.split(' ') }),
})
const clusterRole = (name: string, ...rules: readonly Rule[]): KubeObject => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules: rules.map(rule),
})
function binding(role: string, subject: object, namespace?: string): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: role, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [subject],
  }
}
const user = (name: string) => ({ apiGroup: rbac, kind: 'User', name })

/** What docs/registration.md and docs/permissions.md give to each. */
const registrantRole = clusterRole('fleetkit-registrant', ['fleetkit.dev', 'clusterregistrations', 'create'])
const rulesOf = (name: string) => roles().find(({ metadata }) => metadata.name === `fleetkit-${name}`)?.rules as readonly object[]
const agentRole = { ...registrantRole, metadata: { name: 'fleetkit-agent' }, rules: rulesOf('agent') }
const managementRole = {
  ...registrantRole,
  metadata: { name: 'management' },
  rules: ['cluster-controller', 'proxysync-controller', 'registration-controller'].flatMap(rulesOf),
}
const localRole = clusterRole(
  'agent',
  ['fleetkit.dev', 'clusters pullsyncs', 'get list watch create update'],
  ['fleetkit.dev', 'pullsyncs/status syncs/status', 'update'],
  ['fleetkit.dev', 'syncs', 'get list watch create update delete'],
  ['', 'secrets', 'get create update delete'],
  ['', 'namespaces', 'get'],
  ['coordination.k8s.io', 'leases', 'get'],
)

describeWithServers('a cluster that registers itself, each on an API server of its own', () => {
  const stack = new AsyncDisposableStack()
  let hub: OwnCluster
  let shop: OwnCluster
  let local: ClusterApi
  let upstream: ClusterApi
  let kubeconfig: string

  beforeAll(async () => {
    const started = await Promise.all([startOwnCluster(), startOwnCluster()])
    for (const each of started) stack.use(each)
    ;[hub, shop] = started
    await Promise.all([
      hub.define(clusterKind, clusterRegistrationKind, proxySyncKind),
      shop.define(clusterKind, pullSyncKind, syncKind),
      create(
        hub,
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: registrations } },
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: registrations, name: registrants.name } },
        registrantRole,
        binding('fleetkit-registrant', registrants, registrations),
        agentRole,
        managementRole,
        binding('management', user('limited')),
        ...agentTokenPolicy(),
      ),
      create(shop, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleetkit' } }, localRole, binding('agent', user('limited'))),
    ])
    const management = stack.use(await kubernetesCluster({ kubeconfig: hub.server.kubeconfigOf('limited') }))
    run(new Manager({ store: management }).add(clusterController(), proxySyncController(), registrationController({ registrants })))
    const { token } = await (hub.cluster as Required<ClusterApi>).createToken(registrants, { expirationSeconds: 3600 })
    kubeconfig = hub.server.kubeconfigOf('admin').replace(hub.server.tokenOf('admin'), token)
    upstream = stack.use(await kubernetesCluster({ kubeconfig }))
    local = stack.use(await kubernetesCluster({ kubeconfig: shop.server.kubeconfigOf('limited') }))
  }, 180_000)
  afterAll(() => stack.disposeAsync(), 60_000)

  async function create({ cluster }: OwnCluster, ...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await cluster.create(object)
  }
  function run(manager: Manager): void {
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    stack.defer(async () => {
      stop.abort()
      await running
    })
  }
  async function refused(rights: readonly (readonly [what: string, attempt: () => Promise<unknown>])[]): Promise<void> {
    for (const [what, attempt] of rights) expect((await failure(attempt())).code, what).toBe('cluster/forbidden')
  }
  const stored = async (): Promise<string> => {
    const secret = (await shop.cluster.get(secretRef)) as { readonly data?: { readonly value: string } } | undefined
    return Buffer.from(secret?.data?.value ?? '', 'base64').toString()
  }
  const tokenOf = (text: string): string => /token: (.+)/.exec(text)?.[1] ?? ''
  /** What is sent, as the management has it. */
  const sent = async (): Promise<KubeObject> => {
    const { items } = await hub.cluster.list(clusterRegistrationKind, { namespace: registrations })
    expect(items).toHaveLength(1)
    return items[0] as KubeObject
  }

  /** What a registrant may not do, whether its registration is approved or not. */
  const never = (registration: KubeObject): Parameters<typeof refused>[0] => {
    const { namespace, name } = registration.metadata
    const ref = { ...registration, namespace, name }
    const cluster = { apiVersion, kind: 'Cluster', metadata: { namespace: registrations, name: 'mine' }, spec: { access: { inbound: {} } } }
    return [
      ['lists', () => upstream.list(clusterRegistrationKind, { namespace: registrations })],
      ['specifications', () => upstream.update(registration)],
      ['its own approval', () => upstream.update({ ...registration, status: {} }, { subresource: 'status' })],
      ['deletions', () => upstream.delete(ref)],
      ['Clusters', () => upstream.create(cluster)],
      ['registrations elsewhere', () => upstream.create({ ...registration, metadata: { namespace: 'default', name: 'mine' } })],
      ['Secrets', () => upstream.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace: registrations })],
      ['tokens', () => (upstream as Required<ClusterApi>).createToken(registrants, { expirationSeconds: 3600 })],
    ]
  }

  test('has a PullSync that is Ready, and a token that it has renewed itself', { timeout: 60_000 }, async () => {
    const registering: Promise<Registered> = register({ upstream, kubeconfig, store: local, proposedName: 'till', random: () => 0 })
    const registration = await vi.waitFor(sent, patience)
    await refused([
      ...never(registration),
      ['reads', () => upstream.get({ ...registration, namespace: registrations, name: registration.metadata.name })],
    ])
    const of = { namespace: registrations, name: registration.metadata.name }
    await approveRegistration(hub.cluster, of, { name: 'shop-17', labels: { tier: 'shop' }, by: 'ada' })
    expect(await registering).toEqual({ namespace: 'shop-17' })
    await refused(never(await sent()))
    const read = await upstream.get({ ...registration, ...of })
    expect((read?.status as ClusterRegistrationStatus | undefined)?.decision).toMatchObject({ verdict: 'Approved', name: 'shop-17' })

    const first = await stored()
    const manager = new Manager({ store: local, cluster: local, git: repository({}), connect: kubeconfigSecrets() })
    run(manager.add(syncController(), pullSyncController(), tokenRenewalController()))
    await vi.waitFor(async () => {
      const pull = await shop.cluster.get({ apiVersion, kind: 'PullSync', namespace: 'fleetkit', name: 'management' })
      const status = pull?.status as PullSyncStatus | undefined
      expect(getCondition(status?.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'Pulling' })
      expect(tokenOf(await stored())).not.toBe(tokenOf(first))
    }, patience)
    const cluster = await hub.cluster.get({ apiVersion, kind: 'Cluster', namespace: 'shop-17', name: 'shop-17' })
    const system = await shop.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })
    expect(cluster).toMatchObject({ metadata: { labels: { tier: 'shop' } }, status: { identity: { uid: system?.metadata.uid } } })
  })

  test('may do no more with the renewed token, and not for longer', { timeout: 60_000 }, async () => {
    await using agent = await kubernetesCluster({ kubeconfig: await stored() })
    const tokens = agent as Required<ClusterApi>
    const mine = { namespace: 'shop-17', name: 'fleetkit-agent' }
    const cluster = { apiVersion, kind: 'Cluster', namespace: 'shop-17', name: 'shop-17' }
    const object = (await agent.get(cluster)) as KubeObject
    await refused([
      ['tokens of another', () => tokens.createToken(registrants, { expirationSeconds: 3600 })],
      ['registrations', () => agent.list(clusterRegistrationKind, { namespace: registrations })],
      ['labels', () => agent.update({ ...object, metadata: { ...object.metadata, labels: { tier: 'prod' } } })],
      ['Secrets', () => agent.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace: 'shop-17' })],
    ])
    const year = 365 * 86_400
    await vi.waitFor(
      async () => expect((await failure(tokens.createToken(mine, { expirationSeconds: year }))).message).toContain('at most 86400 seconds'),
      patience,
    )
    expect((await tokens.createToken(mine, { expirationSeconds: 86_400 })).token).toMatch(/^ey/)
  })
})
