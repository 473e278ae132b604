import { randomBytes } from 'node:crypto'
import { type ClusterApi, type FleetkitError, type KubeObject, Sync } from 'fleetkit'
import { definitionOf, type KindDefinition, kinds, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { assessHealth } from 'fleetkit/manifest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithServers, kubectl, type SharedControlPlane, sharedControlPlane, waitEstablished } from '../servers/index.ts'

const url = 'https://git.example.com/shop.git'
const good = { source: { git: { url, tag: 'v1.2.3' } }, prune: true }
const git = (fields: object): object => ({ source: { git: { url, ...fields } }, prune: true })

/** Specs that are right. */
const accepted: readonly [name: string, spec: object][] = [
  ['the least', good],
  ['a commit', git({ commit: 'a'.repeat(40) })],
  ['a commit of SHA-256', git({ commit: '0'.repeat(64) })],
  ['a tag with a slash', git({ tag: 'release/v1.2.3' })],
  ['credentials', git({ tag: 'v1', secretRef: { name: 'git.credentials' } })],
  ['ssh', { ...good, source: { git: { url: 'ssh://git@example.com:22/shop.git', tag: 'v1' } } }],
  ['scp', { ...good, source: { git: { url: 'git@example.com:shop.git', tag: 'v1' } } }],
  [
    'everything',
    {
      ...good,
      path: './deploy/prod',
      interval: '1h30m',
      retryInterval: '90s',
      timeout: '1500ms',
      allowEmpty: true,
      wait: true,
      healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }],
      healthCheckExprs: [{ apiVersion: 'example.com/v1', kind: 'Database', inProgress: 'false', failed: 'false', current: 'true' }],
      healthProfile: 'argo',
      force: true,
      forceConflicts: true,
      suspend: true,
      targetNamespace: 'shop',
      deletionPolicy: 'WaitForTermination',
      dependsOn: [{ name: 'base' }, { name: 'base', namespace: 'other' }],
    },
  ],
  ['a fraction of an hour', { ...good, interval: '1.5h' }],
  ['empty lists', { ...good, dependsOn: [], healthChecks: [] }],
  ['the longest path', { ...good, path: 'a'.repeat(1024) }],
]

/** Specs that are wrong, and the field that is. */
const refused: readonly [name: string, spec: unknown, path: string][] = [
  ['nothing', {}, 'spec.source'],
  ['no prune', { source: good.source }, 'spec.prune'],
  ['prune as text', { ...good, prune: 'yes' }, 'spec.prune'],
  ['prune as null', { ...good, prune: null }, 'spec.prune'],
  [
    'a health expression without its verdict',
    { ...good, healthCheckExprs: [{ apiVersion: 'v1', kind: 'A' }] },
    'spec.healthCheckExprs[0].current',
  ],
  [
    'an empty health expression',
    { ...good, healthCheckExprs: [{ apiVersion: 'v1', kind: 'A', current: '' }] },
    'spec.healthCheckExprs[0].current',
  ],
  [
    'a health expression of 4,097 characters',
    { ...good, healthCheckExprs: [{ apiVersion: 'v1', kind: 'A', current: 'a'.repeat(4097) }] },
    'spec.healthCheckExprs[0].current',
  ],
  ['a health profile that is none', { ...good, healthProfile: 'helm' }, 'spec.healthProfile'],
  ['a list for a spec', [], 'spec'],
  ['no git', { source: {}, prune: true }, 'spec.source.git'],
  ['a branch', git({ branch: 'main' }), 'spec.source.git'],
  ['a branch beside a tag', git({ tag: 'v1', branch: 'main' }), 'spec.source.git'],
  ['a range', git({ semver: '>=1' }), 'spec.source.git'],
  ['neither tag nor commit', git({}), 'spec.source.git'],
  ['both tag and commit', git({ tag: 'v1', commit: 'a'.repeat(40) }), 'spec.source.git'],
  ['a short commit', git({ commit: 'abc1234' }), 'spec.source.git.commit'],
  ['a commit in capitals', git({ commit: 'A'.repeat(40) }), 'spec.source.git.commit'],
  ['an empty tag', git({ tag: '' }), 'spec.source.git.tag'],
  ['a tag with a blank', git({ tag: 'v1 2' }), 'spec.source.git.tag'],
  ['a tag with a line end', git({ tag: 'v1\n' }), 'spec.source.git.tag'],
  ['a tag as an option', git({ tag: '--upload-pack=x' }), 'spec.source.git.tag'],
  ['a tag as a number', git({ tag: 1.2 }), 'spec.source.git.tag'],
  ['a very long tag', git({ tag: 'v'.repeat(256) }), 'spec.source.git.tag'],
  [
    'a password in the URL',
    { ...good, source: { git: { url: 'https://me:hunter2@example.com/a.git', tag: 'v1' } } },
    'spec.source.git.url',
  ],
  ['a program in the URL', { ...good, source: { git: { url: 'ext::sh -c id', tag: 'v1' } } }, 'spec.source.git.url'],
  ['an empty URL', { ...good, source: { git: { url: '', tag: 'v1' } } }, 'spec.source.git.url'],
  ['an unknown field', { ...good, intervall: '5m' }, 'spec.intervall'],
  ['an unknown field further down', git({ tag: 'v1', ref: { tag: 'v1' } }), 'spec.source.git.ref'],
  ['a duration without a unit', { ...good, interval: '10' }, 'spec.interval'],
  ['a duration in days', { ...good, interval: '1d' }, 'spec.interval'],
  ['a negative duration', { ...good, timeout: '-5m' }, 'spec.timeout'],
  ['a duration as a number', { ...good, interval: 600 }, 'spec.interval'],
  ['an empty path', { ...good, path: '' }, 'spec.path'],
  ['a path that is too long', { ...good, path: 'a'.repeat(1025) }, 'spec.path'],
  ['another policy', { ...good, deletionPolicy: 'Keep' }, 'spec.deletionPolicy'],
  ['a namespace in capitals', { ...good, targetNamespace: 'Shop' }, 'spec.targetNamespace'],
  ['a dependency without a name', { ...good, dependsOn: [{ namespace: 'x' }] }, 'spec.dependsOn[0].name'],
  ['a dependency with too long a name', { ...good, dependsOn: [{ name: 'a'.repeat(54) }] }, 'spec.dependsOn[0].name'],
  ['a dependency as text', { ...good, dependsOn: ['base'] }, 'spec.dependsOn[0]'],
  ['more dependencies than 100', { ...good, dependsOn: Array.from({ length: 101 }, (_, at) => ({ name: `s${at}` })) }, 'spec.dependsOn'],
  ['a health check without a kind', { ...good, healthChecks: [{ apiVersion: 'v1', name: 'a' }] }, 'spec.healthChecks[0].kind'],
  ['a Secret without a name', git({ tag: 'v1', secretRef: {} }), 'spec.source.git.secretRef.name'],
]

describeWithServers('the definitions of our kinds on a real API server', () => {
  let plane: SharedControlPlane
  let cluster: ClusterApi
  const namespace = `definitions-${randomBytes(4).toString('hex')}`

  beforeAll(async () => {
    plane = await sharedControlPlane()
    cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const results = await cluster.apply(Object.values(kinds).map(definitionOf), { fieldManager: 'test' })
    for (const result of results) if ('error' in result) throw result.error
    const names = Object.values(kinds).map(({ plural }) => `crd/${plural}.fleetkit.dev`)
    await waitEstablished(plane.kubeconfigPath, ...names)
  }, 60_000)
  afterAll(() => cluster[Symbol.asyncDispose]())

  const objectOf = (spec: unknown, name = 'shop'): KubeObject =>
    ({ apiVersion: syncKind.apiVersion, kind: 'Sync', metadata: { namespace, name }, spec }) as KubeObject

  async function ask(object: KubeObject): Promise<FleetkitError | undefined> {
    const [result] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    return result !== undefined && 'error' in result ? result.error : undefined
  }
  function ownProblems(object: KubeObject): readonly string[] {
    try {
      Sync.from(object)
      return []
    } catch (error) {
      return (error as FleetkitError).problems.map(({ path }) => path)
    }
  }
  async function refusal(args: readonly string[], input = ''): Promise<string> {
    return kubectl(plane.kubeconfigPath, args, input).then(
      (text) => expect.unreachable(`kubectl should have been refused, it said ${text}`),
      (error: Error) => error.message,
    )
  }

  test.each(Object.values(kinds).map((kind): [string, KindDefinition] => [kind.kind, kind]))(
    'the definition of %s is accepted as it is, and established',
    async (_, kind) => {
      const definition = definitionOf(kind)
      // Strict: a keyword that the API server does not know would be an error, one that it drops would be missing below.
      await kubectl(plane.kubeconfigPath, ['create', '--dry-run=server', '--validate=strict', '-f', '-'], renamed(definition))
      const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: definition.metadata.name }
      const live = (await cluster.get(ref)) as KubeObject
      expect(live.spec).toMatchObject(definition.spec as object)
      expect(assessHealth(live, { now: Date.now() })).toMatchObject({ status: 'Current' })
      const conditions = (live.status as { conditions: { type: string; status: string }[] }).conditions
      // A schema that is not structural is accepted too, but says so here.
      expect(Object.fromEntries(conditions.map(({ type, status }) => [type, status]))).toEqual({
        NamesAccepted: 'True',
        Established: 'True',
      })
      expect(await cluster.discover(kind)).toMatchObject({ plural: kind.plural, namespaced: true })
    },
  )

  test.each(accepted)('a Sync with %s is accepted by us and by the API server, with the same defaults', async (_, spec) => {
    const object = objectOf(spec)
    expect(await ask(object)).toBeUndefined()
    const [result] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    expect((result as { object: KubeObject }).object.spec).toEqual(Sync.from(object).spec)
  })

  test.each(refused)('a Sync with %s is refused by us and by the API server', async (_, spec, path) => {
    const object = objectOf(spec)
    expect(ownProblems(object)).toEqual(expect.arrayContaining([expect.stringContaining(path)]))
    const error = await ask(object)
    expect(error).toMatchObject({ code: 'cluster/invalid', retryable: false })
    expect(error?.message).toContain(path.replace(/^spec\.?/, '').replace(/^.*\./, ''))
    // Validation that was not reached is no problem of its own.
    expect(error?.problems.map((problem) => problem.path)).not.toContain('<nil>')
    // And as a person sends it: not applied but created.
    await refusal(['create', '--dry-run=server', '--validate=strict', '-f', '-'], JSON.stringify(object))
  })

  test.each([
    ['a good name', 'a-1', true],
    ['the longest name', 'a'.repeat(53), true],
    ['a longer name', 'a'.repeat(54), false],
    ['a name with a dot', 'a.b', false],
    ['a name in capitals', 'Shop', false],
    ['a name that ends with -', 'shop-', false],
  ])('%s has the same fate here and there', async (_, name, fits) => {
    const object = objectOf(good, name)
    expect([ownProblems(object).length === 0, (await ask(object)) === undefined]).toEqual([fits, fits])
  })

  test('kubectl shows in our words why a branch, none, or both are refused', async () => {
    const create = (fields: object) => refusal(['create', '-f', '-'], JSON.stringify(objectOf(git(fields))))
    expect(await create({ branch: 'main' })).toContain(
      'branch is not accepted: use a tag or a commit: a branch moves, so it does not say which revision is meant',
    )
    expect(await create({ semver: '1.x' })).toContain('semver is not accepted: use a tag or a commit: a range moves')
    expect(await create({})).toContain('exactly one of tag, commit is accepted')
    expect(await create({ tag: 'v1', commit: 'a'.repeat(40) })).toContain('exactly one of tag, commit is accepted')
  })

  test('the status is a resource of its own: neither writes the other, and its rules hold', async () => {
    const created = await cluster.create(new Sync({ metadata: { name: 'status', namespace }, spec: good }).toObject())
    expect(created.metadata.generation).toBe(1)
    const condition = { type: 'Ready', status: 'True', reason: 'Fine', message: 'all is well', lastTransitionTime: '2026-01-01T00:00:00Z' }
    const status = { observedGeneration: 1, conditions: [condition], lastAppliedRevision: `v1.2.3@sha1:${'a'.repeat(40)}` }
    const spec = created.spec as object
    const first = await cluster.update({ ...created, status, spec: { ...spec, prune: false } }, { subresource: 'status' })
    expect(first).toMatchObject({ status, spec: { prune: true }, metadata: { generation: 1 } })
    const second = await cluster.update({ ...first, status: { observedGeneration: 9 }, spec: { ...spec, prune: false } })
    expect(second).toMatchObject({ status, spec: { prune: false }, metadata: { generation: 2 } })
    const wrong = { ...second, status: { ...status, conditions: [{ ...condition, status: 'Perhaps' }] } }
    await expect(cluster.update(wrong, { subresource: 'status' })).rejects.toMatchObject({ code: 'cluster/invalid' })
    const twice = { ...second, status: { ...status, conditions: [condition, condition] } }
    await expect(cluster.update(twice, { subresource: 'status' })).rejects.toMatchObject({ code: 'cluster/invalid' })

    const [head, row] = (await kubectl(plane.kubeconfigPath, ['-n', namespace, 'get', 'syncs', 'status'])).trim().split('\n')
    expect(head?.split(/\s{2,}/).map((cell) => cell.trim())).toEqual(['NAME', 'READY', 'REVISION', 'STATUS', 'AGE'])
    expect(row).toMatch(/^status +True +v1\.2\.3@sha1:a{40} +all is well +\d+s$/)
    const wide = await kubectl(plane.kubeconfigPath, ['-n', namespace, 'get', 'sync', 'status', '-o', 'wide'])
    expect(wide).toMatch(/STATUS +SUSPENDED +AGE\n.*all is well +false +\d+s\n$/)
    // For people who ask kubectl what a field means.
    expect(await kubectl(plane.kubeconfigPath, ['explain', 'sync.spec.source.git.tag'])).toContain('pinned to its commit')
  })
})

/** Under another group nothing clashes with what is there. */
function renamed(definition: KubeObject): string {
  const group = `g${randomBytes(4).toString('hex')}.example.com`
  const spec = definition.spec as { readonly names: { readonly plural: string } }
  return JSON.stringify({ ...definition, metadata: { name: `${spec.names.plural}.${group}` }, spec: { ...spec, group } })
}
