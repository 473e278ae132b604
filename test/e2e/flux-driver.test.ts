import { Assemblage, type AssemblageInput, type ClusterApi, type DriverChange, type KubeObject, type SyncVerdict } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assemblageOf } from '../plan/assemblage/flux-record.ts'
import { WatchedLoop } from '../plan/assemblage/watched-loop.ts'
import { seed } from '../random-tests.ts'
import { Random } from '../rollout/simulation/random.ts'
import { startFlux } from '../servers/flux.ts'
import { type ServedRepository, startGitServer } from '../servers/git.ts'
import { type ApiServer, describeWithFlux, sharedEtcd, startApiServer } from '../servers/index.ts'

type SyncInput = AssemblageInput['spec']['syncs'][number]

const configMap = (name: string, version: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${version}" }\n`
const versionOf = (object: KubeObject | undefined) => (object?.data as { version: string } | undefined)?.version
const isKustomization = ({ kind }: KubeObject): boolean => kind === 'Kustomization'
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const areReady = (verdicts: readonly SyncVerdict[]): boolean => verdicts.every(({ state }) => state === 'Ready')

describeWithFlux('the driver flux, with real Flux', () => {
  const stack = new AsyncDisposableStack()
  let server: ApiServer
  let cluster: ClusterApi
  let repository: ServedRepository
  const commits: string[] = []

  beforeAll(async () => {
    server = stack.use(await startApiServer({ etcd: await sharedEtcd(), users: ['agent'] }))
    stack.use(await startFlux(server))
    cluster = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    repository = await stack.use(await startGitServer()).repository('edge')
    for (const version of ['1', '2', '3', '4', '5']) {
      const names = ['a', 'b', 'c']
      const files = names.flatMap((name) =>
        ['blue', 'green'].map((color) => [`${name}/${color}/map.yaml`, configMap(name, `${version} ${color}`)]),
      )
      commits.push(await repository.commit(Object.fromEntries(files) as Record<string, string>))
    }
  })
  afterAll(() => stack.disposeAsync())

  /** A loop in a namespace of its own. */
  async function start(namespace: string, options: Partial<Parameters<typeof WatchedLoop.start>[0]> = {}): Promise<WatchedLoop> {
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    return WatchedLoop.start({ cluster, driver: fluxDriver(), assemblage: assemblageOf(namespace), ...options })
  }

  const sync = (name: string, commit: number, fields: Partial<SyncInput> = {}): SyncInput => {
    const source = { git: { url: repository.url, commit: commits[commit] as string } }
    return { name, source, path: `./${name}/blue`, prune: true, interval: '1h', retryInterval: '5s', ...fields }
  }
  function specify(loop: WatchedLoop, ...syncs: readonly SyncInput[]): void {
    const namespace = loop.assemblage.namespace as string
    const inNamespace = syncs.map((each) => ({ ...each, targetNamespace: namespace }))
    loop.syncs = new Assemblage({ metadata: { name: 'edge', namespace }, spec: { syncs: inNamespace } }).spec.syncs
  }
  const map = (namespace: string, name: string) => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })

  test('applies, changes, corrects and deletes what depends on one another', { timeout: 180_000 }, async () => {
    const namespace = 'life'
    const changes: DriverChange[] = []
    const seen = new Set<string>()
    const gone: string[] = []
    await using loop = await start(namespace, {
      onChange: (change) => changes.push(change),
      onEvent: ({ metadata: { name }, kind }, isGone) => isGone && gone.push(kind === 'Kustomization' ? name : kind),
      onVerdicts: (verdicts) => {
        for (const { name, state, message } of verdicts) if (state === 'Unassigned' || state === 'Waiting') seen.add(`${name}: ${message}`)
      },
    })
    const written = () => changes.splice(0).map(({ action, sync: of, object }) => `${action} ${of ?? object.kind}`)
    const three = (commit: number) => [
      sync('a', commit),
      sync('b', commit, { dependsOn: [{ name: 'a' }] }),
      sync('c', commit, { dependsOn: [{ name: 'b' }] }),
    ]

    specify(loop, ...three(0))
    await loop.until(areReady, 'ready')
    expect(written()).toEqual(['create GitRepository', 'create a', 'create b', 'create c'])
    expect(await Promise.all(['a', 'b', 'c'].map(async (name) => versionOf(await map(namespace, name))))).toEqual([
      '1 blue',
      '1 blue',
      '1 blue',
    ])

    specify(loop, ...three(1))
    await loop.until(areReady, 'ready at the new version')
    expect(written()).toEqual(['create GitRepository', 'update a', 'update b', 'update c'])
    expect(await Promise.all(['a', 'b', 'c'].map(async (name) => versionOf(await map(namespace, name))))).toEqual([
      '2 blue',
      '2 blue',
      '2 blue',
    ])
    expect([...seen].filter((each) => each.startsWith('c: c is'))).not.toEqual([])

    const found = loop.objects.find(({ metadata }) => metadata.name === 'edge-a') as KubeObject
    const { apiVersion, kind, metadata } = found
    const current = (await cluster.get({ apiVersion, kind, ...metadata })) as KubeObject
    await cluster.update({ ...current, spec: { ...(current.spec as object), suspend: true } }, { fieldManager: 'kubectl-edit' })
    await loop.until((verdicts) => areReady(verdicts) && changes.length > 0, 'corrected')
    expect(changes.map(({ sync: of, reason, edits }) => [of, reason, edits])).toEqual([['a', 'edited', ['spec.suspend']]])
    expect([...seen]).toContain('a: others have edited Kustomization edge-a: spec.suspend')
    written()

    specify(loop, ...three(1).slice(0, 2))
    await loop.until((verdicts) => verdicts.length === 2 && areReady(verdicts), 'without c')
    expect(written()).toEqual(['update c', 'delete c', 'update c'])
    expect(await map(namespace, 'c')).toBeUndefined()
    expect(versionOf(await map(namespace, 'b'))).toBe('2 blue')

    gone.length = 0
    specify(loop)
    await loop.until(() => loop.objects.length === 0, 'deleted')
    expect(gone).toEqual(['edge-b', 'edge-a', 'GitRepository', 'GitRepository'])
    expect(await map(namespace, 'a')).toBeUndefined()
  })

  test('keeps the objects of a sync that gets another name', { timeout: 60_000 }, async () => {
    const namespace = 'renamed'
    await using loop = await start(namespace)
    specify(loop, sync('a', 0))
    await loop.until(areReady, 'ready')
    const before = await map(namespace, 'a')
    specify(loop, sync('other', 1, { path: './a/blue' }))
    await loop.until((verdicts) => verdicts.length === 1 && areReady(verdicts), 'ready under its new name')
    const after = await map(namespace, 'a')
    expect([after?.metadata.uid, versionOf(after)]).toEqual([before?.metadata.uid, '2 blue'])
  })

  test('never says that a version is applied that is not', { timeout: 300_000 }, async () => {
    const namespace = 'flips'
    const random = new Random(seed)
    const [orders, states]: [number[], { readonly at: number; readonly version: string | undefined }[]] = [[], []]
    const claims: { readonly at: number; readonly version: string }[] = []
    const counts = { verdicts: 0, wrong: 0, undone: 0, 'Ready=True': 0, 'of these wrong': 0 }
    let wanted = ''
    await using loop = await start(namespace, {
      onChange: ({ sync: of, reason }, answer) => {
        if (of !== undefined && reason === 'changed') orders.push(Number(answer?.metadata.resourceVersion))
      },
      async onVerdicts([verdict], { objects }) {
        const written = wanted
        const isTrue = objects.filter(isKustomization).some(({ status }) => {
          const { conditions } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] }
          return conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
        })
        if (!isTrue && verdict?.state !== 'Ready') return
        const live = await map(namespace, 'a')
        const isWrong = versionOf(live) !== written
        if (isTrue) counts['Ready=True']++
        if (isTrue && isWrong) counts['of these wrong']++
        if (verdict?.state !== 'Ready') return
        counts.verdicts++
        if (isWrong) counts.wrong++
        const judged = objects.find(isKustomization) as KubeObject
        claims.push({ at: Number(judged.metadata.resourceVersion), version: written })
      },
    })
    const stop = new AbortController()
    const type = { apiVersion: 'v1', kind: 'ConfigMap' }
    const { resourceVersion } = await cluster.list(type, { namespace })
    const watching = (async () => {
      for await (const event of cluster.watch(type, { namespace, resourceVersion, signal: stop.signal }))
        if (event.type !== 'BOOKMARK' && event.object.metadata.name === 'a')
          states.push({ at: Number(event.object.metadata.resourceVersion), version: versionOf(event.object) })
    })()

    await using cleanup = new AsyncDisposableStack()
    const watched = async (): Promise<void> => {
      stop.abort()
      await watching
    }
    cleanup.defer(watched)

    let commit = 0
    for (let flip = 0; flip < 50; flip++) {
      commit = (commit + 1 + Math.floor(random.next() * 4)) % 5
      const color = random.next() < 0.5 ? 'blue' : 'green'
      specify(loop, sync('a', commit, { path: `./a/${color}` }))
      wanted = `${commit + 1} ${color}`
      await loop.turn()
      if (random.next() < 0.4) await loop.until(areReady, 'ready')
      await pause(random.next() * 500)
    }
    await loop.until(areReady, 'ready at last')
    expect(versionOf(await map(namespace, 'a'))).toBe(wanted)
    await watched()

    // A version was undone that was taken back after it was said to be applied, and before another one was ordered.
    counts.undone = claims.filter(({ at, version }) => {
      const next = orders.find((order) => order > at) ?? Number.POSITIVE_INFINITY
      return states.some((state) => state.at > at && state.at < next && state.version !== version)
    }).length
    console.log(`50 flips: ${JSON.stringify(counts)}, ${orders.length} writes`)
    expect(counts).toMatchObject({ wrong: 0, undone: 0 })
    expect(counts.verdicts).toBeGreaterThan(20)
    // What a simpler rule would have said.
    expect(counts['of these wrong']).toBeGreaterThan(0)
  })

  test('is ready soon with a version that comes back while another is applied', { timeout: 300_000 }, async () => {
    const random = new Random(seed)
    const requests = new Set<string>()
    await using loop = await start('returns', {
      onChange: ({ object }) => {
        const requested = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
        if (requested !== undefined) requests.add(requested)
      },
    })
    for (const commit of [1, 0]) {
      specify(loop, sync('a', commit))
      await loop.until(areReady, 'ready')
    }
    const started = Date.now()
    for (let turn = 0; turn < 40; turn++) {
      specify(loop, sync('a', 1))
      await loop.turn()
      await pause(random.next() * 400)
      specify(loop, sync('a', 0))
      await loop.until(areReady, `ready in turn ${turn}`, 15_000)
    }
    console.log(`40 returns: Flux was asked ${requests.size} times to look again; ${Math.round((Date.now() - started) / 40)} ms each`)
  })

  test('needs no more than its permissions', { timeout: 120_000 }, async () => {
    const namespace = 'agent'
    const rbac = 'rbac.authorization.k8s.io/v1'
    const metadata = { name: 'fleetkit-flux' }
    const rules = [
      ['source.toolkit.fluxcd.io', 'gitrepositories'],
      ['kustomize.toolkit.fluxcd.io', 'kustomizations'],
    ].map(([group, resource]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
    }))
    await cluster.create({ apiVersion: rbac, kind: 'ClusterRole', metadata, rules })
    await using agent = await kubernetesCluster({ kubeconfig: server.kubeconfigOf('agent') })
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name }
    const subjects = [{ kind: 'User', name: 'agent' }]
    await cluster.create({ apiVersion: rbac, kind: 'RoleBinding', metadata: { ...metadata, namespace }, roleRef, subjects })
    await using loop = await WatchedLoop.start({ cluster: agent, driver: fluxDriver(), assemblage: assemblageOf(namespace) })
    for (const commit of [0, 1]) {
      specify(loop, sync('a', commit))
      await loop.until(areReady, 'ready')
    }
    // It may not read the ConfigMap, so it does not wait for it.
    specify(loop)
    await loop.until(() => loop.objects.length === 0, 'deleted')
  })
})
