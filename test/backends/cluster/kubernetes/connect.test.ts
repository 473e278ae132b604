import { Buffer } from 'node:buffer'
import { Cluster, type ClusterApi, type ClusterInput, type Connect, silentLogger, systemClock } from 'fleetkit'
import { kubeconfigContexts, kubeconfigSecrets } from 'fleetkit/kubernetes'
import { memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { failure } from '../../../engine/sync/scenarios.ts'
import { configMap, json, kubeconfigFor, startMock } from './mock-api-server.ts'

const ref = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Cluster', namespace: 'fleet', name: 'eu' }
const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A management with one Cluster and the Secret that it names. */
async function management(
  data: Readonly<Record<string, string>> | undefined,
  access: ClusterInput['spec']['access'] = { kubeConfig: { secretRef: { name: 'access' } } },
) {
  const store = memoryStore()
  const object = new Cluster({ metadata: { name: 'eu', namespace: 'fleet' }, spec: { access } }).toObject()
  if (data !== undefined) await store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'fleet', name: 'access' }, data })
  const ask = (connect: Connect, current?: ClusterApi, known: typeof object | undefined = object): Promise<ClusterApi> =>
    connect({ ref, object: known }, { store, current, clock: systemClock, logger: silentLogger })
  const change = async (data: Readonly<Record<string, string>>): Promise<void> => {
    const kept = await store.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'fleet', name: 'access' })
    await store.update({ ...kept, data } as never)
  }
  return { store, ask, change }
}

describe('kubeconfigs in Secrets', () => {
  test.each(['value', 'value.yaml', 'mine'])('the key %s', async (key) => {
    await using mock = await startMock((_, response) => json(response, 200, configMap('a', '1')))
    const secretRef = { name: 'access', ...(key === 'mine' ? { key } : {}) }
    const { ask } = await management({ [key]: base64(mock.kubeconfig) }, { kubeConfig: { secretRef } })
    await using cluster = await ask(kubeconfigSecrets())
    expect((await cluster.get(map))?.metadata.name).toBe('a')
  })

  test('one that has not changed keeps its connection, and one that has gets another', async () => {
    await using mock = await startMock((_, response) => json(response, 200, configMap('a', '1')))
    const { ask, change } = await management({ value: base64(mock.kubeconfig) })
    const connect = kubeconfigSecrets()
    await using first = await ask(connect)
    expect(await ask(connect, first)).toBe(first)
    await change({ value: base64(mock.kubeconfig), other: base64('x') })
    expect(await ask(connect, first)).toBe(first)
    await change({ value: base64(kubeconfigFor(mock.url, { token: 'another' })) })
    await using second = await ask(connect, first)
    expect(second).not.toBe(first)
    await second.get(map)
    expect(mock.requests.at(-1)?.headers.authorization).toBe('Bearer another')
  })

  test.each([
    ['no Cluster', undefined, undefined, 'cluster/not-registered', 'there is no such Cluster'],
    ['no Secret', undefined, {}, 'cluster/config', 'found nothing, accepted a Secret fleet/access'],
    ['no such key', { token: 'x' }, {}, 'cluster/config', 'found the keys token, accepted value or value.yaml'],
    ['no kubeconfig', { value: base64('[]') }, {}, 'cluster/config', 'kubeconfig'],
    [
      'a program to run',
      {
        value: base64(
          kubeconfigFor('https://127.0.0.1:1', {
            exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', interactiveMode: 'Never' },
          }),
        ),
      },
      {},
      'cluster/config',
      'users[me].exec',
    ],
  ])('%s is an error that names what is wrong', async (_, data, known, code, message) => {
    const { ask } = await management(data as Readonly<Record<string, string>> | undefined)
    const error = await failure(
      known === undefined
        ? kubeconfigSecrets()(
            { ref, object: undefined },
            { store: memoryStore(), current: undefined, clock: systemClock, logger: silentLogger },
          )
        : ask(kubeconfigSecrets()),
    )
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)])
    expect(error.message).not.toContain('secret-value')
  })

  test('a cluster that connects to the management is not connected to', async () => {
    const { ask } = await management(undefined, { inbound: {} })
    const error = await failure(ask(kubeconfigSecrets()))
    expect([error.code, error.message]).toEqual(['cluster/config', expect.stringContaining('found inbound, accepted kubeConfig')])
  })
})

describe('contexts of a kubeconfig', () => {
  test('the name of a Cluster is that of a context, and none has to be kept', async () => {
    await using mock = await startMock((_, response) => json(response, 200, configMap('a', '1')))
    const kubeconfig = mock.kubeconfig
    const connect = kubeconfigContexts({ kubeconfig })
    const options = { store: memoryStore(), clock: systemClock, logger: silentLogger }
    const named = (name: string) => ({ ref: { ...ref, name }, object: undefined })
    await using cluster = await connect(named('mock'), { ...options, current: undefined })
    expect((await cluster.get(map))?.metadata.name).toBe('a')
    expect(await connect(named('mock'), { ...options, current: cluster })).toBe(cluster)
    const error = await failure(connect(named('prod'), { ...options, current: undefined }))
    expect([error.code, error.message]).toEqual(['cluster/config', expect.stringContaining('context: found prod, accepted mock')])
  })
})
