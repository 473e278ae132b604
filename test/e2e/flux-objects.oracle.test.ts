import fc from 'fast-check'
import { Assemblage, type AssemblageInput, type ClusterApi, hasCode } from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assemblageOf, madeBy } from '../plan/assemblage/flux-record.ts'
import { runs } from '../random-tests.ts'
import { installFluxDefinitions } from '../servers/flux.ts'
import { describeWithFlux, sharedEtcd, startApiServer } from '../servers/index.ts'

type SyncInput = AssemblageInput['spec']['syncs'][number]

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)
const longLabel = fc.stringMatching(/^[a-z][-a-z0-9]{40,61}[a-z0-9]$/)
const duration = fc.constantFrom('1s', '90s', '1h30m', '1.5h', '1500ms', '24h')
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const repository = fc.record({
  url: fc.constantFrom(
    'https://example.com/a.git',
    'http://example.com',
    'ssh://git@example.com:22/a',
    'git@example.com:a.git',
    'file:///srv/a.git',
  ),
  commit: fc.constantFrom('1'.repeat(40), '2'.repeat(40)),
  tag: optional(fc.constantFrom('v1', 'release/2')),
  secretRef: optional(fc.record({ name: label })),
})
const target = fc.record(
  { kind: fc.constantFrom('Deployment', 'Stateful.*'), name: label, labelSelector: fc.constantFrom('app=web', 'tier in (a,b)') },
  { requiredKeys: [] },
)

const syncInput: fc.Arbitrary<SyncInput> = fc.record(
  {
    name: fc.oneof(label, longLabel),
    source: fc.record({ git: repository }),
    prune: fc.boolean(),
    path: fc.constantFrom('./', './apps/edge', 'apps', '../outside'),
    interval: duration,
    retryInterval: duration,
    timeout: duration,
    wait: fc.boolean(),
    force: fc.boolean(),
    allowEmpty: fc.boolean(),
    forceConflicts: fc.boolean(),
    targetNamespace: label,
    deletionPolicy: fc.constantFrom('MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'),
    healthProfile: fc.constantFrom('flux'),
    healthChecks: fc.array(
      fc.record({ apiVersion: fc.constant('apps/v1'), kind: fc.constant('Deployment'), name: label, namespace: optional(label) }),
      { maxLength: 2 },
    ),
    healthCheckExprs: fc.array(
      fc.record({
        apiVersion: fc.constant('v1'),
        kind: fc.constant('Thing'),
        current: fc.constant('true'),
        failed: optional(fc.constant('false')),
      }),
      { maxLength: 2 },
    ),
    ignore: fc.array(fc.record({ paths: fc.constant(['/spec/replicas', '/metadata/labels/a~1b']), target: optional(target) }), {
      maxLength: 2,
    }),
    postBuild: fc.record(
      {
        substituteStrategy: fc.constantFrom('WithVariables', 'Always'),
        substitute: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('', '1')),
        substituteFrom: fc.array(
          fc.record(
            { kind: fc.constantFrom('ConfigMap', 'Secret'), name: label, optional: fc.boolean() },
            { requiredKeys: ['kind', 'name'] },
          ),
          { maxLength: 2 },
        ),
        strict: fc.constant(false),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name', 'source', 'prune'] },
) as fc.Arbitrary<SyncInput>

/** Syncs of different names; each can depend on those before it. */
const syncInputs = fc
  .uniqueArray(fc.tuple(syncInput, fc.boolean(), optional(fc.constant('dep.status.ok'))), {
    minLength: 1,
    maxLength: 3,
    selector: ([{ name }]) => name,
  })
  .map((all) =>
    all.map(([sync, dependent, readyExpr], at) => {
      const before = all[at - 1]?.[0].name
      return dependent && before !== undefined ? { ...sync, dependsOn: [{ name: before, readyExpr }] } : sync
    }),
  )

describeWithFlux("the objects of the driver flux, by Flux's own definitions", () => {
  const stack = new AsyncDisposableStack()
  let cluster: ClusterApi
  beforeAll(async () => {
    const server = stack.use(await startApiServer({ etcd: await sharedEtcd() }))
    await installFluxDefinitions(server)
    cluster = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    for (const type of fluxDriver().types)
      while ((await cluster.discover(type)) === undefined) await new Promise((resolve) => setTimeout(resolve, 100))
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleet' } })
  })
  afterAll(() => stack.disposeAsync())

  test('are refused exactly where the driver says so, and stored as they are', { timeout: 240_000 }, async () => {
    const counts = { accepted: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(syncInputs, async (inputs) => {
        const { syncs } = new Assemblage({ metadata: { name: 'edge', namespace: 'fleet' }, spec: { syncs: inputs } }).spec
        const driver = fluxDriver()
        const problems = driver.check(syncs)
        const objects = madeBy(driver, assemblageOf('fleet'), syncs)
        const answers = await Promise.all(
          objects.map(async (object) => {
            try {
              return (await cluster.create(object, { dryRun: true })).spec
            } catch (error) {
              if (hasCode(error, 'cluster/invalid')) return undefined
              throw error
            }
          }),
        )
        const refused = objects.filter((_, index) => answers[index] === undefined)
        const badUrls = new Set(
          syncs
            .filter((_, index) => problems.some(({ path }) => path === `spec.syncs[${index}].source.git.url`))
            .map(({ source }) => source.git.url),
        )
        expect(new Set(refused.map(({ spec }) => (spec as { url: string }).url))).toEqual(badUrls)
        for (const [index, answer] of answers.entries())
          if (answer !== undefined) expect(answer).toEqual(JSON.parse(JSON.stringify(objects[index]?.spec)))
        counts.accepted += objects.length - refused.length
        counts.refused += refused.length
      }),
      { numRuns: runs(200) },
    )
    console.log(JSON.stringify(counts))
    expect(counts.refused).toBeGreaterThan(20)
    expect(counts.accepted).toBeGreaterThan(200)
  })
})
