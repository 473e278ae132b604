import { randomBytes } from 'node:crypto'
import type { ClusterApi, KubeObject } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { withFaults } from 'fleetkit/testing'
import { describe, expect, it, vi } from 'vitest'
import { describeWithServers, sharedControlPlane } from '../../../servers/index.ts'
import { makeCertificate } from './certificate.ts'
import { configMap, json, kubeconfigFor, type MockHandler, type MockRequest, startMock } from './mock-api-server.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const event = `${JSON.stringify({ type: 'ADDED', object: configMap('a', '2') })}\n`
const answer: MockHandler = (request, response) => {
  if (request.query.has('watch')) response.writeHead(200).write(event)
  else json(response, 200, configMap('a'))
}
const userOf = ({ headers }: MockRequest): unknown => headers['impersonate-user']

function as(cluster: ClusterApi, user: string, groups?: readonly string[]): ClusterApi {
  return (cluster as Required<ClusterApi>).impersonate({ user, ...(groups && { groups }) })
}

describe('a line as another user', () => {
  it('says so in each request, over the same connection, and knows the same types', async () => {
    const versions: MockRequest[] = []
    await using mock = await startMock(answer, {
      tls: makeCertificate(),
      version: (request, response) => {
        versions.push(request)
        json(response, 200, { kind: 'ConfigMapList', metadata: { resourceVersion: '9' }, items: [] })
      },
    })
    await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig })
    await cluster.get(ref)
    const jane = as(cluster, 'jane', ['dev', 'system:authenticated'])
    await jane.get(ref)
    await as(cluster, 'joe').apply([{ ...type, metadata: { namespace: 'default', name: 'a' } }], { fieldManager: 'test' })
    for await (const _ of jane.watch(type, { resourceVersion: '1' })) break
    await cluster.get(ref)
    expect(mock.requests.map(userOf)).toEqual([undefined, 'jane', 'joe', 'jane', undefined])
    expect(versions.map(userOf)).toEqual(['jane'])
    expect(mock.requests.map(({ headers }) => headers['impersonate-group'])).toEqual([
      undefined,
      'dev, system:authenticated',
      undefined,
      'dev, system:authenticated',
      undefined,
    ])
    expect([mock.connections(), mock.discoveries.length]).toEqual([1, 1])
  })

  it('shares the slots, ends nothing when it is closed, and ends with the line', async () => {
    let release: (() => void) | undefined
    await using mock = await startMock([(request, response) => (release = () => answer(request, response)), answer])
    const cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig, maxConcurrent: 1, maxWaiting: 0 })
    await cluster.discover(type)
    const jane = as(cluster, 'jane')
    const slow = jane.get(ref)
    await vi.waitFor(() => expect(release).toBeDefined())
    await expect(cluster.get(ref)).rejects.toMatchObject({ code: 'cluster/busy' })
    release?.()
    await slow
    await jane.close()
    expect(await cluster.get(ref)).toEqual(configMap('a'))
    expect(await jane.get(ref)).toEqual(configMap('a'))
    await cluster.close()
    await expect(jane.get(ref)).rejects.toMatchObject({ code: 'closed' })
    expect(() => as(cluster, 'jane')).toThrow(expect.objectContaining({ code: 'closed' }))
  })

  it('is refused for names that cannot be sent, and for who acts as another already', async () => {
    const server = 'https://127.0.0.1:1'
    await using cluster = await kubernetesCluster({ kubeconfig: kubeconfigFor(server, {}) })
    await using acting = await kubernetesCluster({ kubeconfig: kubeconfigFor(server, { as: 'root' }) })
    const refused = (path: string, found: string): unknown =>
      expect.objectContaining({
        code: 'cluster/config',
        problems: [expect.objectContaining({ path, found: expect.stringContaining(found) })],
      })
    expect(() => as(cluster, '')).toThrow(refused('user', '""'))
    expect(() => as(cluster, 'jane\r\nauthorization: x')).toThrow(refused('user', 'jane'))
    expect(() => as(cluster, 'jane', ['dev', ' '])).toThrow(refused('groups[1]', '" "'))
    expect(() => as(acting, 'jane')).toThrow(refused('user', 'a line that acts as root already'))
    expect(() => as(as(cluster, 'jane'), 'root')).toThrow(refused('user', 'a line that acts as jane already'))
  })

  it('has the faults of the line', async () => {
    await using mock = await startMock(answer)
    await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig })
    const faulty = withFaults(cluster, { seed: 1, fail: 1 })
    await expect(as(faulty, 'jane').get(ref)).rejects.toMatchObject({ code: 'cluster/unreachable' })
    faulty.faults.heal()
    await as(faulty, 'jane').get(ref)
    expect(mock.requests.map(userOf)).toEqual(['jane'])
  })
})

describeWithServers('an API server', () => {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }

  it.each([
    ['HTTP/2', true],
    ['HTTP/1.1', false],
  ])('judges a line as another user by that user and each of its groups: %s', { timeout: 60_000 }, async (_, http2) => {
    const { kubeconfig, limitedKubeconfig } = await sharedControlPlane()
    await using cluster = await kubernetesCluster({ kubeconfig, http2 })
    const namespace = `as-${randomBytes(4).toString('hex')}`
    const grants: readonly KubeObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        ...rbac,
        kind: 'Role',
        metadata: { namespace, name: 'reader' },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
      },
      {
        ...rbac,
        kind: 'RoleBinding',
        metadata: { namespace, name: 'readers' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' }],
      },
      { ...type, metadata: { namespace, name: 'a' }, data: { text: 'hello' } },
    ]
    for (const grant of grants) await cluster.create(grant)
    const map = { ...type, namespace, name: 'a' }

    const reader = as(cluster, 'jane', ['first', 'readers', 'last'])
    await vi.waitFor(async () => expect(await reader.get(map)).toMatchObject({ data: { text: 'hello' } }), { timeout: 10_000 })
    const { resourceVersion } = await reader.list(type, { namespace })
    const watch = reader.watch(type, { namespace, resourceVersion })[Symbol.asyncIterator]()
    const next = watch.next()
    await cluster.create({ ...type, metadata: { namespace, name: 'b' } })
    expect(await next).toMatchObject({ value: { type: 'ADDED', object: { metadata: { name: 'b' } } } })
    await watch.return?.()
    const [written] = await reader.apply([{ ...type, metadata: { namespace, name: 'a' } }], { fieldManager: 'test' })
    expect(written).toMatchObject({ error: { code: 'cluster/forbidden', message: expect.stringContaining('"jane"') } })
    await expect(as(cluster, 'jane', ['first, readers']).get(map)).rejects.toMatchObject({ code: 'cluster/forbidden' })
    await expect(as(cluster, 'jane').get(map)).rejects.toMatchObject({ code: 'cluster/forbidden' })

    const config = JSON.parse(kubeconfig)
    Object.assign(config.users[0].user, { as: 'joe', 'as-groups': ['first', 'readers'] })
    await using joe = await kubernetesCluster({ kubeconfig: JSON.stringify(config), http2 })
    expect(await joe.get(map)).toMatchObject({ data: { text: 'hello' } })

    await using limited = await kubernetesCluster({ kubeconfig: limitedKubeconfig, http2 })
    await expect(as(limited, 'jane', ['readers']).get(map)).rejects.toMatchObject({ code: 'cluster/forbidden' })
  })
})
