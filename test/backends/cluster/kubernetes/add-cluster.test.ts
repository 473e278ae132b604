import type { Connect, Store } from 'fleetkit'
import { clusterKind } from 'fleetkit/kinds'
import { type AddClusterOptions, addCluster, kubeconfigSecrets } from 'fleetkit/kubernetes'
import { memoryFleet, memoryStore } from 'fleetkit/memory'
import { beforeEach, describe, expect, test } from 'vitest'
import { killedAfter } from '../../../engine/registration/killed.ts'
import { kubeconfigFor } from './mock-api-server.ts'

const kubeconfig = kubeconfigFor('https://eu.example.com', { token: 'the-token' })
const labels = { tier: 'prod' }
const refs = [
  { apiVersion: 'v1', kind: 'Namespace', name: 'eu' },
  { apiVersion: 'v1', kind: 'Secret', namespace: 'eu', name: 'kubeconfig' },
  { apiVersion: clusterKind.apiVersion, kind: 'Cluster', namespace: 'eu', name: 'eu' },
]

let store: Store
beforeEach(() => {
  store = memoryStore()
})

const add = (options: Partial<AddClusterOptions> = {}) => addCluster({ store, name: 'eu', labels, kubeconfig, ...options })
const found = () => Promise.all(refs.map((ref) => store.get(ref)))

describe('a cluster is added', () => {
  test('with its namespace, its kubeconfig and its labels', async () => {
    expect(await add()).toEqual({ ref: refs[2], uid: undefined })
    const [namespace, secret, cluster] = await found()
    expect(namespace).toBeDefined()
    expect(Buffer.from((secret as unknown as { data: { value: string } }).data.value, 'base64').toString()).toBe(kubeconfig)
    expect(cluster).toMatchObject({ metadata: { labels }, spec: { access: { kubeConfig: { secretRef: { name: 'kubeconfig' } } } } })
  })

  test('and again, which changes nothing, and after each write that another one did not survive', async () => {
    for (let survived = 0; survived <= 3; survived++) {
      store = memoryStore()
      const first = add({ store: killedAfter({ left: survived }, store) })
      await (survived < 3 ? expect(first).rejects.toThrow('it was killed') : first)
      await add()
      const before = await found()
      await add()
      expect(await found()).toEqual(before)
    }
  })

  test('and is asked first which one it is, over the line that later ones go over', async () => {
    const fleet = memoryFleet()
    const system = await fleet.cluster('eu').get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })
    expect(await add({ connect: fleet.connect })).toMatchObject({ uid: system?.metadata.uid })
    const cluster = await store.get(refs[2] as (typeof refs)[number])
    await store.update({ ...cluster, status: { identity: { uid: system?.metadata.uid } } } as never, { subresource: 'status' })
    const other: Connect = (request, options) => fleet.connect({ ...request, ref: { ...request.ref, name: 'eu' } }, options)
    await expect(add({ name: 'us', connect: other })).rejects.toMatchObject({
      code: 'store/exists',
      message: expect.stringContaining('Cluster eu/eu'),
    })
    expect(await store.get({ apiVersion: 'v1', kind: 'Namespace', name: 'us' })).toBeUndefined()
  })
})

describe('nothing is written', () => {
  const entry = { name: 'me', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh' } } }
  test.each([
    ['for no kubeconfig', { kubeconfig: '' }, 'cluster/config', 'kubeconfig'],
    ['for what is no text', { kubeconfig: undefined as never }, 'cluster/config', 'kubeconfig'],
    ['for what is no YAML', { kubeconfig: '{' }, 'cluster/config', 'YAML'],
    ['for a list', { kubeconfig: '[]' }, 'cluster/config', 'mapping'],
    ['for no context', { kubeconfig: kubeconfigFor('https://a', {}, { 'current-context': '' }) }, 'cluster/config', 'current-context'],
    [
      'for a context that is not there',
      { kubeconfig: kubeconfigFor('https://a', {}, { 'current-context': 'b' }) },
      'cluster/config',
      'current-context',
    ],
    ['for no URL', { kubeconfig: kubeconfigFor('eu', { token: 'the-token' }) }, 'cluster/config', 'server'],
    ['for a program to run', { kubeconfig: kubeconfigFor('https://a', {}, { users: [entry] }) }, 'cluster/config', 'exec'],
    ['for a file to read', { kubeconfig: kubeconfigFor('https://a', { tokenFile: '/etc/passwd' }) }, 'cluster/config', 'tokenFile'],
    ['for a name that is none', { name: 'EU' }, 'model/invalid', 'metadata.name'],
    ['for a label that is none', { labels: { 'a b': 'c' } }, 'model/invalid', 'metadata.labels'],
    [
      'for one that does not answer',
      { connect: kubeconfigSecrets(), kubeconfig: kubeconfigFor('http://127.0.0.1:1', {}) },
      'cluster/unreachable',
      '',
    ],
    ['when it is aborted', { signal: AbortSignal.abort() }, 'aborted', ''],
  ] as const)('%s', async (_, options, code, message) => {
    const error = await add(options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(String(error)).not.toContain('the-token')
    expect(await found()).toEqual([undefined, undefined, undefined])
  })

  test.each([
    ['another kubeconfig', { kubeconfig: kubeconfigFor('https://eu.example.com', { token: 'another' }) }, 'data'],
    ['other labels', { labels: { tier: 'test' } }, 'metadata.labels'],
  ])('where there is one with %s', async (_, options, path) => {
    await add()
    const before = await found()
    const error = await add(options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'store/exists', message: expect.stringContaining(path) })
    expect(await found()).toEqual(before)
  })

  test('where a Cluster of that name connects to the management', async () => {
    await store.create({ ...refs[2], metadata: { namespace: 'eu', name: 'eu', labels }, spec: { access: { inbound: {} } } } as never)
    await expect(add()).rejects.toMatchObject({ code: 'store/exists', message: expect.stringContaining('spec') })
    expect((await found())[1]).toBeUndefined()
  })
})
