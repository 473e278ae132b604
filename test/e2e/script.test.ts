import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { KubeObject } from 'fleetkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findAssets } from '../servers/assets.ts'
import { type GitServer, type ServedRepository, startGitServer } from '../servers/git.ts'
import { describeWithServers, kubectl, type SharedControlPlane, sharedControlPlane } from '../servers/index.ts'
import { type Ended, runExample } from './run-example.ts'

const kustomization = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [hpa.yaml, deployment.yaml, service.yaml]
`
// No kubelet runs here, so no replica could become ready.
const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: podinfo }
spec:
  replicas: 0
  minReadySeconds: 3
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 60
  strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 0 } }
  selector: { matchLabels: { app: podinfo } }
  template:
    metadata: { labels: { app: podinfo } }
    spec:
      containers:
        - name: podinfod
          image: ${image}
          imagePullPolicy: IfNotPresent
          ports:
            - { name: http, containerPort: 9898, protocol: TCP }
            - { name: grpc, containerPort: 9999, protocol: TCP }
          env: [{ name: PODINFO_UI_COLOR, value: "#34577c" }]
          resources: { limits: { cpu: 2000m, memory: 512Mi }, requests: { cpu: 100m, memory: 64Mi } }
`
const service = `apiVersion: v1
kind: Service
metadata: { name: podinfo }
spec:
  type: ClusterIP
  selector: { app: podinfo }
  ports:
    - { name: http, port: 9898, protocol: TCP, targetPort: http }
    - { name: grpc, port: 9999, protocol: TCP, targetPort: grpc }
`
const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: podinfo }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  minReplicas: 2
  maxReplicas: 4
  metrics:
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 99 } } }
`

describeWithServers('the script example, as a program of its own', () => {
  let plane: SharedControlPlane
  let server: GitServer
  let repository: ServedRepository
  let home: string
  let tools: string

  beforeAll(async () => {
    plane = await sharedControlPlane({ controllers: true })
    home = await mkdtemp(path.join(tmpdir(), 'fleetkit-script-'))
    tools = path.dirname((await findAssets())?.kubectl as string)
    server = await startGitServer()
    repository = await server.repository('podinfo')
    const version = (image: string) => ({
      'kustomize/kustomization.yaml': kustomization,
      'kustomize/deployment.yaml': deployment(image),
      'kustomize/service.yaml': service,
      'kustomize/hpa.yaml': autoscaler,
    })
    await repository.tag('6.9.2', await repository.commit(version('example.com/podinfo:6.9.2')))
    await repository.tag('6.9.3', await repository.commit(version('example.com/podinfo:6.9.3')), { message: 'Release 6.9.3' })
    await kubectl(plane.kubeconfigPath, ['create', 'namespace', 'apps'])
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await kubectl(plane.kubeconfigPath, ['delete', 'namespace', 'apps', '--wait=false'])
    await rm(home, { recursive: true, force: true })
  })

  const script = (tag: string, url = repository.url): Promise<Ended> =>
    runExample('script/main.cluster.ts', [url, tag, './kustomize'], {
      KUBECONFIG: plane.kubeconfigPath,
      HOME: home,
      PATH: `${tools}${path.delimiter}${process.env.PATH}`,
    })

  async function objects(): Promise<readonly KubeObject[]> {
    const types = 'deployments,replicasets,services,endpointslices,horizontalpodautoscalers,configmaps,secrets,serviceaccounts'
    const list = JSON.parse(await kubectl(plane.kubeconfigPath, ['-n', 'apps', 'get', types, '-o', 'json'])) as { items: KubeObject[] }
    return list.items
  }
  const versions = (list: readonly KubeObject[]): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(list.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]))

  test('shows its plan and applies it; a second run changes nothing and says so; a third rolls the next version out', async () => {
    const first = await script('6.9.2')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain(`Sync apps/podinfo at 6.9.2@sha1:${await repository.git('rev-parse', '6.9.2')}`)
    for (const kind of ['Service', 'Deployment', 'HorizontalPodAutoscaler'])
      expect(first.stdout).toContain(`  + ${kind} apps/podinfo: create, it does not exist`)
    expect(first.stdout).toContain('Plan: 3 to create.')
    expect(first.stdout.trim().split('\n').at(-1)).toMatch(/^6\.9\.2@sha1:\w+ is applied: 3 objects changed, everything is healthy$/)

    // The cluster's own controllers finish first: their writes are not under test.
    await vi.waitFor(
      async () => {
        const finished = (await objects()).find(({ kind }) => kind === 'HorizontalPodAutoscaler')
        expect((finished?.status as { conditions?: unknown[] } | undefined)?.conditions).toContainEqual(
          expect.objectContaining({ type: 'ScalingActive', reason: 'ScalingDisabled' }),
        )
      },
      { timeout: 30_000, interval: 100 },
    )
    const before = await objects()
    expect(before.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({ replicas: 0 })
    const second = await script('6.9.2')
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toContain('No changes: the cluster matches the source (3 objects).')
    expect(second.stdout).toMatch(/is applied: nothing to change, everything is healthy\n$/)
    // Only its status differs.
    const { 'ConfigMap/sync-podinfo': recordBefore, ...rest } = versions(before)
    const { 'ConfigMap/sync-podinfo': recordAfter, ...restAfter } = versions(await objects())
    expect(restAfter).toEqual(rest)
    expect(Object.keys(rest)).toEqual(expect.arrayContaining(['Deployment/podinfo', 'Service/podinfo', 'HorizontalPodAutoscaler/podinfo']))
    expect(recordBefore).toMatch(/^\d+$/)
    expect(recordAfter).not.toBe(recordBefore)

    const third = await script('6.9.3')
    expect(third).toMatchObject({ code: 0, stderr: '' })
    expect(third.stdout).toContain('Plan: 1 to update, 2 unchanged or left alone.')
    expect(third.stdout).toMatch(/podinfo:6\.9\.2" → .*podinfo:6\.9\.3"/)
    expect(third.stdout).toMatch(/is applied: 1 object changed, everything is healthy\n$/)
  }, 120_000)

  test('ends with the error and not with 0, when the version does not exist', async () => {
    const { code, stderr } = await script('7.0.0')
    expect(code).toBe(1)
    expect(stderr).toContain(`${repository.url}: there is no tag "7.0.0"`)
    expect(stderr).toContain("code: 'git/ref-missing'")
  }, 60_000)
})
