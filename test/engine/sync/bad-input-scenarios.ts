import { type ClusterApi, type KubeObject, SyncRunner, type SyncStatus } from 'fleetkit'
import { type GitFiles, memoryGit } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, failure, syncOf, url } from './scenarios.ts'

/** A version that cannot be applied, and the one error that says so. */
interface BadInput {
  readonly files: () => GitFiles
  readonly code: string | RegExp
  readonly message: RegExp
  /** Only the server can know: the other objects of the version are applied all the same, and are recorded. */
  readonly partly?: boolean
}

const megabyte = 1_000_000
const data = (kilobytes: number): string => 'x'.repeat(kilobytes * 1000)
const beside =
  (text: string): (() => GitFiles) =>
  () => ({ 'a.yaml': text, 'good.yaml': configMap('good') })

const inputs: Readonly<Record<string, BadInput>> = {
  'a key twice': {
    files: beside('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { k: "1" }\ndata: { k: "2" }\n'),
    code: 'source/object-invalid',
    message: /a\.yaml:5:1: found duplicated mapping key/,
  },
  'a key twice in a nested map': {
    files: beside('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  k: "1"\n  k: "2"\n'),
    code: 'source/object-invalid',
    message: /a\.yaml:6:3: found duplicated mapping key/,
  },
  'a resource whose definition is missing': {
    files: beside('apiVersion: missing.example.com/v1\nkind: Gadget\nmetadata: { name: a }\n'),
    code: 'cluster/unknown-kind',
    message: /Gadget a: the cluster serves no Gadget of missing\.example\.com\/v1.*\(a\.yaml:1\)/,
    partly: true,
  },
  'a List with an item that is no object': {
    files: beside('apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: a }\n- kind: ConfigMap\n'),
    code: 'source/object-invalid',
    message: /a\.yaml:1.*apiVersion: found nothing/,
  },
  'a generated name': {
    files: beside('apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: a- }\n'),
    code: 'source/object-invalid',
    message: /metadata\.generateName: found string "a-", accepted metadata\.name/,
  },
  'a name of 254 characters': {
    files: beside(configMap('a'.repeat(254))),
    code: /^(model|cluster)\/invalid$/,
    message: /ConfigMap .*a{254}.*metadata\.name/,
    partly: true,
  },
  'an object of more than 1.5 MB': {
    files: beside(configMap('big', { k: data(1600) })),
    code: 'source/object-invalid',
    message: /a\.yaml:1: found an object of 1600\d+ bytes, accepted at most 1572864/,
  },
  'a file of 100 MB': {
    files: () => ({ 'a.yaml': new Uint8Array(100 * megabyte).fill(0x20), 'good.yaml': configMap('good') }),
    code: 'source/limit',
    message: /a\.yaml.*bytes/,
  },
  'a binary file': {
    files: () => ({ 'a.yaml': Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00]), 'good.yaml': configMap('good') }),
    code: 'source/object-invalid',
    message: /a\.yaml: found bytes that are not UTF-8/,
  },
  '10,001 files': {
    files: () => Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`f${index}.yaml`, configMap(`f${index}`)])),
    code: 'source/limit',
    message: /found 10001 files, accepted at most 10000/,
  },
  'an immutable field': {
    files: beside('apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata: { name: fixed }\ndata: { k: "2" }\n'),
    code: 'cluster/immutable',
    message: /ConfigMap .*\/fixed: .*data.*immutable/,
    partly: true,
  },
}

/** What becomes of a Sync whose next version is bad, whichever cluster it is. */
export function badInputScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  let cluster: ClusterApi
  beforeAll(async () => {
    subject = await make()
    cluster = subject.cluster
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  const before = {
    'keep.yaml': configMap('keep', { k: '1' }),
    'fixed.yaml': 'apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata: { name: fixed }\ndata: { k: "1" }\n',
  }

  async function setUp(files: GitFiles) {
    const namespace = await subject.namespace()
    const git = memoryGit()
    git.tag(url, 'v0', git.commit(url, before))
    git.tag(url, 'v1', git.commit(url, files))
    const runner = new SyncRunner({ cluster, git })
    const get = (name: string): Promise<KubeObject | undefined> => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
    return { namespace, runner, get }
  }

  test.each(Object.entries(inputs))('%s is one clear error, and nothing is half done', async (_, { files, code, message, partly }) => {
    const { namespace, runner, get } = await setUp(files())
    const first = await runner.run(syncOf(namespace, 'v0'))
    const kept = await Promise.all(['keep', 'fixed'].map(get))
    const error = await failure(runner.run(syncOf(namespace, 'v1')))
    expect([error.code, error.message]).toEqual([expect.stringMatching(code), expect.stringMatching(message)])
    expect(error.message.length).toBeLessThan(2000)
    // Nothing is pruned for a version that is not there as a whole.
    expect(await Promise.all(['keep', 'fixed'].map(get))).toEqual(kept)
    expect((await get('good')) !== undefined).toBe(partly === true)
    const status: SyncStatus = await runner.status(syncOf(namespace, 'v1'))
    expect(status.lastAppliedRevision).toBe(first.lastAppliedRevision)
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', message: error.message })
    // All of it or none, where that is asked for.
    if (partly) {
      const whole = await setUp(files())
      await whole.runner.run(syncOf(whole.namespace, 'v0'))
      const refused = await failure(whole.runner.run(syncOf(whole.namespace, 'v1'), { partial: 'never' }))
      expect(refused.message).toMatch(message)
      expect(await whole.get('good')).toBeUndefined()
    }
  })

  test('a List is the objects in it', async () => {
    const list = `apiVersion: v1\nkind: List\nitems: ${JSON.stringify(['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })))}\n`
    const { namespace, runner, get } = await setUp({ 'list.yaml': list })
    await runner.run(syncOf(namespace, 'v1'))
    expect((await Promise.all(['a', 'b'].map(get))).every((object) => object !== undefined)).toBe(true)
  })

  test('a listener that throws at everything that happens changes nothing', async () => {
    const { namespace, runner, get } = await setUp({ 'good.yaml': configMap('good') })
    let called = 0
    runner.events.on('*', () => {
      called++
      throw new Error('mine')
    })
    await runner.run(syncOf(namespace, 'v0'))
    await runner.run(syncOf(namespace, 'v1'))
    expect([called > 4, (await get('good')) !== undefined, await get('keep')]).toEqual([true, true, undefined])
  })
}
