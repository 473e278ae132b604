import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import {
  assemblageController,
  Cluster,
  type Controller,
  clusterController,
  type FleetEvent,
  formatRef,
  type KubeObject,
  Manager,
  ProxySync,
  proxySyncController,
  RemoteAssemblage,
  RemoteSync,
  readinessOf,
  refOf,
  remoteAssemblageController,
  remoteSyncController,
  syncController,
} from 'fleetkit'
import { digestOfSync, ModuleRevision, type ModuleRevisionSpecInput, moduleRevisionNameOf, specialisedSync } from 'fleetkit/fleet'
import { roles } from 'fleetkit/install'
import { kinds } from 'fleetkit/kinds'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, repository, url } from '../engine/sync/scenarios.ts'
import { type AuditLog, auditLog, describeWithServers, startControllerManager } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const patience = { timeout: 30_000, interval: 200 }
const rbac = 'rbac.authorization.k8s.io'
const verbs = { g: 'get', l: 'list', w: 'watch', c: 'create', u: 'update', p: 'patch', d: 'delete', D: 'deletecollection' } as const
const names = Object.values(kinds).map(({ plural }) => plural)
const all = (letters: string) => Object.fromEntries(names.map((name) => [name, letters]))
const others = (letters: string) =>
  Object.fromEntries(
    ['syncs', 'modules', 'remotesyncs', 'proxysyncs', 'assemblages', 'remoteassemblages', 'bootstrapmodules', 'rollouts'].map((name) => [
      name,
      letters,
    ]),
  )

/** Who may do what with which kind, and with its status: everything else is refused. */
const table: Readonly<
  Record<string, { readonly kinds: Readonly<Record<string, string>>; readonly status?: Readonly<Record<string, string>> }>
> = {
  viewer: { kinds: all('glw') },
  operator: { kinds: { ...all('glw'), rollouts: 'glwup' } },
  editor: { kinds: { ...all('glw'), ...others('glwcupd') } },
  admin: { kinds: all('glwcupdD'), status: { clusterregistrations: 'up' } },
  agent: {
    kinds: { clusters: 'glw', proxysyncs: 'glw', remoteassemblages: 'glw', modulerevisions: 'glw' },
    status: { clusters: 'u', proxysyncs: 'u', remoteassemblages: 'u' },
  },
  remote: { kinds: { syncs: 'glwcud', assemblages: 'glwcud' } },
  manager: { kinds: {} },
  'sync-controller': { kinds: { syncs: 'glwu' }, status: { syncs: 'u' } },
  'cluster-controller': { kinds: { clusters: 'lw' }, status: { clusters: 'u' } },
  'remotesync-controller': { kinds: { remotesyncs: 'glwu', clusters: 'lw' }, status: { remotesyncs: 'u' } },
  'proxysync-controller': { kinds: { proxysyncs: 'glwu', clusters: 'lw' }, status: { proxysyncs: 'u' } },
  'remoteassemblage-controller': {
    kinds: { remoteassemblages: 'glwu', clusters: 'lw', modulerevisions: 'glw' },
    status: { remoteassemblages: 'u' },
  },
  'assemblage-controller': { kinds: { assemblages: 'glwu', syncs: 'lwcud' }, status: { assemblages: 'u' } },
  'module-controller': { kinds: { modules: 'glwu', modulerevisions: 'lwc' }, status: { modules: 'u' } },
  'bootstrapmodule-controller': {
    kinds: { bootstrapmodules: 'glwu', clusters: 'lw', modulerevisions: 'lwc', remotesyncs: 'lwu' },
    status: { bootstrapmodules: 'u' },
  },
  'rollout-controller': {
    kinds: {
      modules: 'glwu',
      bootstrapmodules: 'glwu',
      clusters: 'lw',
      modulerevisions: 'glwu',
      remoteassemblages: 'glwcu',
      remotesyncs: 'glwcud',
      rollouts: 'glwcud',
      rolloutlogs: 'glcu',
    },
    status: { modules: 'u', bootstrapmodules: 'u', rollouts: 'u' },
  },
  'pullsync-controller': {
    kinds: { pullsyncs: 'glw', clusters: 'g', syncs: 'glwcud', assemblages: 'glwcud' },
    status: { pullsyncs: 'u' },
  },
  'registration-controller': { kinds: { clusterregistrations: 'glwu', clusters: 'glwcu' }, status: { clusterregistrations: 'u' } },
}
/** Rights of controllers that not every run makes use of. */
const seldom: ReadonlySet<string> = new Set([
  // Whichever is first makes the id of the management.
  ...['cluster', 'remotesync', 'proxysync', 'remoteassemblage'].map((name) => `${name}-controller: create configmaps`),
  // Where the cache is older than what was written.
  'assemblage-controller: get assemblages',
  'remoteassemblage-controller: get modulerevisions',
  // The mark of a cluster is raised each five minutes.
  'remote: list leases',
  'remote: update leases',
])
/** What none of them may do. */
const never = [
  { group: '', resource: 'secrets', verb: 'list' },
  { group: '', resource: 'users', verb: 'impersonate' },
  { group: rbac, resource: 'clusterroles', verb: 'escalate' },
  { group: rbac, resource: 'clusterroles', verb: 'bind' },
  { group: rbac, resource: 'clusterrolebindings', verb: 'create' },
  { group: 'fleetkit.dev', resource: 'syncs', subresource: 'status', verb: 'patch' },
]
const users = Object.keys(table)
const git = repository({ v1: { 'a.yaml': configMap('a', { x: '$' + '{x}' }) } })

describeWithServers('the ClusterRoles', () => {
  const stack = new AsyncDisposableStack()
  let hub: OwnCluster
  let eu: OwnCluster
  const agent = new https.Agent({ keepAlive: true, maxSockets: 8 })
  let logs: readonly [AuditLog, AuditLog]

  beforeAll(async () => {
    logs = [stack.use(await auditLog(users)), stack.use(await auditLog(users))]
    const started = await Promise.all(logs.map(({ args }) => startOwnCluster({ users, args })))
    for (const each of started) stack.use(each)
    ;[hub, eu] = started as [OwnCluster, OwnCluster]
    for (const own of started) {
      const { cluster } = own
      await own.define(...Object.values(kinds))
      for (const result of await cluster.apply(roles(), { fieldManager: 'test' })) if ('error' in result) throw result.error
      for (const name of users) await cluster.create(bindingOf(name, `fleetkit-${name}`))
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'eu' } })
    }
  }, 180_000)
  afterAll(async () => {
    agent.destroy()
    await stack.disposeAsync()
  }, 60_000)

  const bindingOf = (user: string, role: string): KubeObject => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${user}-${role}` },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbac, kind: 'User', name: user }],
  })

  /** Asks the API server itself. A review has no name, so it is no object of a store. */
  async function mayDo(user: string, attributes: object): Promise<boolean> {
    const { url: origin, ca } = hub.server
    const spec = { user, resourceAttributes: { namespace: 'eu', ...attributes } }
    const request = https.request(`${origin}/apis/authorization.k8s.io/v1/subjectaccessreviews`, {
      method: 'POST',
      ca,
      agent,
      headers: { authorization: `Bearer ${hub.server.tokenOf('admin')}`, 'content-type': 'application/json' },
    })
    request.end(JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return ((await json(response)) as { readonly status: { readonly allowed: boolean } }).status.allowed
  }

  test.each(users)('%s may do what the table says with each kind and its status, and nothing else', async (user) => {
    const found: Record<string, string> = {}
    const expected: Record<string, string> = {}
    for (const resource of names) {
      for (const subresource of ['', 'status']) {
        const of = (subresource === '' ? table[user]?.kinds : table[user]?.status) ?? {}
        const cell = `${resource}/${subresource}`
        const letters = Object.keys(verbs) as (keyof typeof verbs)[]
        const allowed = await Promise.all(
          letters.map((letter) => mayDo(user, { group: 'fleetkit.dev', resource, subresource, verb: verbs[letter] })),
        )
        found[cell] = letters.filter((_, index) => allowed[index]).join('')
        expected[cell] = letters.filter((letter) => of[resource]?.includes(letter)).join('')
      }
    }
    expect(found).toEqual(expected)
    expect(await Promise.all(never.map((attributes) => mayDo(user, attributes)))).toEqual(never.map(() => false))
  })

  test('who sees the objects of a namespace sees these too, and may write none', async () => {
    await hub.cluster.create(bindingOf('bert-viewer', 'view'))
    await hub.cluster.create(bindingOf('anna-editor', 'edit'))
    // It is a controller that puts roles together.
    await using _ = await startControllerManager(hub.server)
    const sees = { group: 'fleetkit.dev', resource: 'syncs', verb: 'list' }
    await vi.waitFor(async () => expect(await mayDo('bert-viewer', sees)).toBe(true), patience)
    for (const user of ['bert-viewer', 'anna-editor'])
      expect(await mayDo(user, { group: 'fleetkit.dev', resource: 'syncs', verb: 'create' })).toBe(false)
  })

  test('each controller does all its work with its own role, and uses every right of it', { timeout: 120_000 }, async () => {
    const events: FleetEvent[] = []
    const stops: (() => Promise<void>)[] = []
    const start = async (own: OwnCluster, name: string, controller: Controller): Promise<void> => {
      const cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfigOf(name), userAgent: name })
      const manager = new Manager({ store: cluster, cluster, git, connect: kubeconfigSecrets({ userAgent: 'remote' }) }).add(controller)
      manager.events.on('*', (event) => events.push(event))
      const stop = new AbortController()
      const running = manager.run({ signal: stop.signal })
      stops.push(async () => {
        stop.abort()
        await running
        await cluster.close()
      })
    }
    await hub.cluster.create(
      clusterRole('applies', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'delete'] }]),
    )
    await eu.cluster.create(
      clusterRole('applies', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'delete'] }]),
    )
    for (const user of ['sync-controller', 'remote']) await eu.cluster.create(bindingOf(user, 'applies'))
    const data = { value: Buffer.from(eu.server.kubeconfigOf('remote')).toString('base64') }
    await hub.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'eu', name: 'eu' }, data })
    for (const { cluster } of [hub, eu])
      for (const namespace of ['eu', 'default'])
        await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'values' }, data: { x: 'b25l' } })
    const access = { kubeConfig: { secretRef: { name: 'eu' } } }
    await hub.cluster.create(new Cluster({ metadata: { namespace: 'eu', name: 'eu' }, spec: { access } }).toObject())

    await start(hub, 'cluster-controller', clusterController())
    await start(hub, 'remotesync-controller', remoteSyncController({ maxInventoryBytes: 1 }))
    await start(hub, 'proxysync-controller', proxySyncController())
    await start(hub, 'remoteassemblage-controller', remoteAssemblageController())
    await start(eu, 'sync-controller', syncController({ maxInventoryBytes: 1 }))
    await start(eu, 'assemblage-controller', assemblageController())

    const source = { git: { url, tag: 'v1' } }
    const postBuild = { substituteFrom: [{ kind: 'Secret' as const, name: 'values' }] }
    const commit = git.commit(url, { 'b.yaml': configMap('b', { y: '1' }) })
    const cluster = { name: 'eu' }
    const spec: ModuleRevisionSpecInput = {
      module: { name: 'c' },
      source: { git: { url, commit: git.commit(url, { 'c.yaml': configMap('c', { y: '1' }) }) } },
      prune: true,
      parameters: [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/name' } } }],
    }
    const revision = new ModuleRevision({ metadata: { namespace: 'eu', name: moduleRevisionNameOf(spec) }, spec })
    await hub.cluster.create(revision.toObject())
    const values = { region: 'eu' }
    const digest = digestOfSync(specialisedSync(revision, values))
    const module = { name: 'c', revision: revision.metadata.name, generation: 1, at: '2026-01-31T12:00:00Z', digest, values }
    const made = [
      new RemoteSync({
        metadata: { namespace: 'eu', name: 'remote' },
        spec: { cluster, source, postBuild, prune: true, targetNamespace: 'eu' },
      }).toObject(),
      new ProxySync({
        metadata: { namespace: 'eu', name: 'proxy' },
        spec: { cluster, template: { spec: { source, postBuild, prune: true } } },
      }).toObject(),
      new RemoteAssemblage({
        metadata: { namespace: 'eu', name: 'all' },
        spec: { cluster, template: { spec: { syncs: [{ name: 'b', source: { git: { url, commit } }, prune: true }] } }, modules: [module] },
      }).toObject(),
    ]
    for (const object of made) await hub.cluster.create(object)
    const problems = () => JSON.stringify(events.filter(({ type }) => type.endsWith('.error'))).slice(0, 3000)
    const kept = (object: KubeObject) => hub.cluster.get(refOf(object))
    const ready = () =>
      vi.waitFor(async () => {
        for (const object of made)
          expect(
            readinessOf(await kept(object)),
            `${formatRef(refOf(object))}: ${readinessOf(await kept(object)).message} ${problems()}`,
          ).toMatchObject({ ready: true })
      }, patience)
    await ready()
    const next = git.commit(url, { 'b.yaml': configMap('b', { y: '2' }) })
    const [proxy, all] = made.slice(-2) as [KubeObject, KubeObject]
    await hub.cluster.update({
      ...(await kept(proxy)),
      ...JSON.parse(JSON.stringify({ spec: proxy.spec }).replaceAll('"prune":true', '"prune":false')),
    })
    await hub.cluster.update({ ...(await kept(all)), ...JSON.parse(JSON.stringify({ spec: all.spec }).replaceAll(commit, next)) })
    await vi.waitFor(async () => {
      const map = await eu.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'b' })
      expect(map?.data).toEqual({ y: '2' })
    }, patience)
    await ready()
    const outcome = { name: 'c', revision: revision.metadata.name, generation: 1, phase: 'Ready', since: expect.any(String) }
    expect((await kept(all))?.status).toMatchObject({ modules: [outcome], syncs: [{ name: 'b' }], reportedGeneration: 2 })
    for (const object of made) await hub.cluster.delete(refOf(object))
    await vi.waitFor(async () => expect(await Promise.all(made.map(kept)), problems()).toEqual([undefined, undefined, undefined]), patience)
    for (const stop of stops) await stop()
    expect(events.filter((event) => 'error' in event && (event.error as { code?: string }).code === 'cluster/forbidden')).toEqual([])

    const unused: string[] = []
    for (const [name, log] of Object.entries({
      'cluster-controller': logs[0],
      'remotesync-controller': logs[0],
      'proxysync-controller': logs[0],
      'remoteassemblage-controller': logs[0],
      'sync-controller': logs[1],
      'assemblage-controller': logs[1],
      remote: logs[1],
    })) {
      const used = new Set((await log.requestsOf(name)).map(({ verb, resource }) => `${verb} ${resource}`))
      const role = roles().find(({ metadata }) => metadata.name === `fleetkit-${name}`)
      const granted = (
        (role?.rules ?? []) as readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
      ).flatMap((rule) => rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${resource}`)))
      unused.push(...granted.filter((right) => !used.has(right)).map((right) => `${name}: ${right}`))
    }
    expect(unused.filter((right) => !seldom.has(right))).toEqual([])
  })
})

const clusterRole = (name: string, rules: readonly object[]): KubeObject => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})
