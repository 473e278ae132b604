import { readFile } from 'node:fs/promises'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { countActions, type FleetkitError, formatPlan, type KubeObject, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { badInputScenarios } from '../engine/sync/bad-input-scenarios.ts'
import { configMap, failure, repository, syncOf } from '../engine/sync/scenarios.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'
import { realCluster } from './real-cluster.ts'

interface Review {
  readonly request: { readonly uid: string; readonly object: KubeObject }
}

/** What a webhook answers about an object; nothing for ever when it is `undefined`. */
type Answer = (object: KubeObject) => object | undefined

const patched = (patch: readonly object[]): object => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
})
const answers: Readonly<Record<string, Answer>> = {
  deny: ({ metadata }) =>
    metadata.name === 'a' ? { allowed: false, status: { code: 403, message: 'no a on Fridays' } } : { allowed: true },
  hang: ({ metadata }) => (metadata.name === 'a' ? undefined : { allowed: true }),
  label: () => patched([{ op: 'add', path: '/metadata/labels/team', value: 'platform' }]),
  rewrite: ({ metadata }) =>
    metadata.name === 'a' ? patched([{ op: 'replace', path: '/data/x', value: 'rewritten' }]) : { allowed: true },
}

describeWithServers('bad input of a Sync on a real API server', () => {
  badInputScenarios(realCluster)

  describe('an admission webhook', () => {
    const stack = new AsyncDisposableStack()
    let own: OwnCluster
    let origin: string
    // Its own: a webhook concerns the whole cluster.
    beforeAll(async () => {
      own = stack.use(await startOwnCluster())
      const directory = path.dirname(own.server.kubeconfigPath)
      const [cert, key] = await Promise.all(['apiserver.crt', 'apiserver.key'].map((file) => readFile(path.join(directory, file))))
      const server = https.createServer({ cert, key }, async (request, response) => {
        const { request: asked } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Review
        const answer = answers[(request.url ?? '').slice(1).split('?')[0] ?? '']?.(asked.object)
        if (answer === undefined) return
        response.setHeader('content-type', 'application/json')
        response.end(
          JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: asked.uid, ...answer } }),
        )
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      stack.defer(() => {
        server.closeAllConnections()
        server.close()
      })
      origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    }, 60_000)
    afterAll(() => stack.disposeAsync())

    async function setUp(answer: keyof typeof answers) {
      const namespace = await own.namespace()
      const webhook = {
        name: `${answer}.example.com`,
        clientConfig: { url: `${origin}/${answer}`, caBundle: Buffer.from(own.server.ca).toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        // The records of the Syncs are theirs.
        objectSelector: { matchExpressions: [{ key: 'sync.fleetkit.dev/record', operator: 'DoesNotExist' }] },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
      }
      const kind = answer === 'deny' || answer === 'hang' ? 'ValidatingWebhookConfiguration' : 'MutatingWebhookConfiguration'
      await own.cluster.create({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: namespace }, webhooks: [webhook] })
      const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { x: '1' }) } })
      const cluster = stack.use(await kubernetesCluster({ kubeconfig: own.server.kubeconfig, retries: { attempts: 1 } }))
      const runner = new SyncRunner({ cluster, git })
      const get = (name: string) => own.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
      return { namespace, runner, get, sync: syncOf(namespace, 'v1') }
    }
    /** A webhook is asked a moment after its configuration is there. */
    async function until<T>(look: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
      for (;;) {
        const value = await look()
        if (wanted(value)) return value
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }

    test.each([
      ['denies', 'deny', 'cluster/admission', /ConfigMap .*\/a: .*deny\.example\.com.*no a on Fridays/, false],
      ['does not answer', 'hang', 'cluster/unavailable', /ConfigMap .*\/a: .*hang\.example\.com/, true],
    ] as const)(
      'that %s: the plan says so, the error too, and the rest is applied and recorded',
      async (_, answer, code, message, retryable) => {
        const { runner, sync, get } = await setUp(answer)
        const plan = await until(
          () => runner.plan(sync).catch((error: unknown) => error as FleetkitError),
          (found) => found instanceof Error || formatPlan(found).includes('.example.com'),
        )
        if (!(plan instanceof Error)) expect(formatPlan(plan).replaceAll(/\s+/g, ' ')).toMatch(message)
        const error = await failure(runner.run(sync))
        expect([error.code, error.message, error.retryable]).toEqual([code, expect.stringMatching(message), retryable])
        expect([await get('a'), (await get('b')) !== undefined]).toEqual([undefined, true])
        expect((await runner.status(sync)).lastAppliedRevision).toBeUndefined()
      },
    )

    test.each([
      ['adds a label', 'label', { x: '1' }],
      ['rewrites what the source says', 'rewrite', { x: 'rewritten' }],
    ] as const)('that %s is not fought with', async (_, answer, data) => {
      const { runner, sync, get } = await setUp(answer)
      await until(
        async () => {
          await runner.run(sync)
          const object = await get('a')
          return answer === 'label'
            ? object?.metadata.labels?.team === 'platform'
            : (object?.data as { x?: string } | undefined)?.x === 'rewritten'
        },
        (mutated) => mutated,
      )
      const before = await get('a')
      expect(before?.data).toEqual(data)
      expect(countActions(await runner.plan(sync))).toMatchObject({ skip: 2, update: 0 })
      await runner.run(sync)
      expect(await get('a')).toEqual(before)
    })
  })

  describe('a namespace', () => {
    async function setUp() {
      const { kubeconfig } = await sharedControlPlane({ controllers: true })
      const cluster = await kubernetesCluster({ kubeconfig })
      const namespace = `bad-${crypto.randomUUID().slice(0, 8)}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      const git = repository({
        v1: {
          'a.yaml': configMap('a'),
          'b.yaml': configMap('b'),
          's.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: s }\n',
        },
      })
      return { cluster, namespace, runner: new SyncRunner({ cluster, git }), sync: syncOf(namespace, 'v1') }
    }

    test('whose quota is used up takes what it can; the error names the quota and the object', async () => {
      const { cluster, namespace, runner, sync } = await setUp()
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'few', namespace },
        spec: { hard: { 'count/serviceaccounts': '0' } },
      }
      await cluster.create(quota)
      for (;;) {
        const found = (await cluster.get({ apiVersion: 'v1', kind: 'ResourceQuota', namespace, name: 'few' })) as KubeObject
        if ((found.status as { hard?: object } | undefined)?.hard !== undefined) break
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      const error = await failure(runner.run(sync))
      expect([error.code, error.message]).toEqual([
        'cluster/admission',
        expect.stringMatching(/^ServiceAccount .*\/s: .*exceeded quota: few/),
      ])
      expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })).toBeDefined()
      await cluster[Symbol.asyncDispose]()
    })

    test('that is terminating is named, and nothing is applied', async () => {
      const { cluster, namespace, runner, sync } = await setUp()
      const held = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', namespace, finalizers: ['example.com/held'] } }
      const object = await cluster.create(held)
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
      const error = await failure(runner.run(sync))
      expect([error.code, error.message]).toEqual([
        expect.stringMatching(/^(cluster\/namespace-terminating|sync\/record)$/),
        expect.stringMatching(new RegExp(`the namespace ${namespace} is being deleted`)),
      ])
      expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })).toBeUndefined()
      const now = (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'held' })) ?? object
      await cluster.update({ ...now, metadata: { ...now.metadata, finalizers: [] } })
      await cluster[Symbol.asyncDispose]()
    })
  })
})
