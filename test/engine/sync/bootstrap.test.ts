import {
  type FleetEvent,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  type ObjectRef,
  refOf,
  Sync,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { type BootstrapOptions, bootstrap } from 'fleetkit/bootstrap'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { playDeployments, VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { intercepted } from './scenarios.ts'

const url = 'https://git.example.com/management.git'
const minute = 60_000
const namespace = 'fleetkit'
const renderers = [plainRenderer()]
const record: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'sync-management' }
const deployment: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'controller' }
const credentials: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'git' }, data: { token: 'czNjcmV0' } }

const self = (tag: string, spec: object = {}): Sync =>
  new Sync({
    metadata: { namespace, name: 'management' },
    spec: { source: { git: { url, tag } }, prune: true, wait: true, timeout: '5m', deletionPolicy: 'Orphan', ...spec },
  })

function management(tag: string, own: Sync = self(tag)): Record<string, string> {
  const labels = { app: 'controller' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'controller', image: `controller:${tag}` }] } }
  const objects = {
    namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    definition: definitionOf(syncKind),
    controller: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name: 'controller' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
    self: own.toObject(),
  }
  return Object.fromEntries(Object.entries(objects).map(([name, object]) => [`${name}.json`, JSON.stringify(object)]))
}

/** A cluster in which the controller runs once its Deployment is there. */
async function bareCluster({ pods = true } = {}) {
  const clock = new VirtualClock()
  const git = memoryGit()
  const cluster = memoryCluster({ clock })
  const tag = (name: string, files: Record<string, string>) => git.tag(url, name, git.commit(url, files))
  tag('v1', management('v1'))
  const deployments = playDeployments(cluster, { clock })
  const stopped = new AbortController()
  const kubelet = (async (): Promise<Stop | undefined> => {
    while (pods && !stopped.signal.aborted) {
      if ((await cluster.get(deployment)) !== undefined) {
        return running(new Manager({ store: cluster, cluster, git, clock, renderers }).add(syncController()), clock)
      }
      await clock.sleep(500)
    }
    return undefined
  })()
  const settled = async <T>(work: Promise<T>): Promise<T | Error> => {
    let result: { value: T | Error } | undefined
    work.then(
      (value) => {
        result = { value }
      },
      (error: Error) => {
        result = { value: error }
      },
    )
    while (result === undefined) await clock.advance(500)
    return result.value
  }
  return {
    clock,
    git,
    cluster,
    tag,
    run: (sync = self('v1'), more: Partial<BootstrapOptions> = {}) =>
      settled(bootstrap({ cluster, git, sync, clock, renderers, credentials: [credentials], ...more })),
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await clock.advance(1000)
      await (await kubelet)?.()
      await deployments[Symbol.asyncDispose]()
    },
  }
}

type Bare = Awaited<ReturnType<typeof bareCluster>>

const nameOf = async ({ cluster }: Bare) => {
  const { status } = (await cluster.get(self('v1').ref)) as { readonly status?: SyncStatus }
  return { ready: getCondition(status?.conditions, 'Ready')?.status, revision: status?.lastAppliedRevision?.split('@')[0] }
}

async function expectKept(bare: Bare, version: string): Promise<void> {
  expect(await nameOf(bare)).toEqual({ ready: 'True', revision: version })
  expect(await bare.cluster.get(record)).toBeUndefined()
  expect((await bare.cluster.get(refOf(credentials)))?.data).toEqual(credentials.data)
}

test('A bare cluster keeps itself in the end, and follows what is written in git', async () => {
  await using bare = await bareCluster()
  const events: FleetEvent[] = []
  expect(await bare.run(self('v1'), { onEvent: (event) => events.push(event) })).toMatchObject({
    lastAppliedRevision: expect.stringMatching(/^v1@/),
  })
  await expectKept(bare, 'v1')
  expect(events.filter(({ type }) => type === 'sync.applied')).toHaveLength(4)
  // An edit of the version holds: the source at that version names itself.
  bare.tag('v2', management('v2'))
  const stored = (await bare.cluster.get(self('v1').ref)) as KubeObject
  await bare.cluster.update({ ...stored, spec: self('v2').toObject().spec })
  await bare.clock.advance(minute)
  await expectKept(bare, 'v2')
  expect(JSON.stringify((await bare.cluster.get(deployment))?.spec)).toContain('controller:v2')
})

test('A cluster that keeps itself is not taken back to an older version', async () => {
  await using bare = await bareCluster()
  bare.tag('v2', management('v2'))
  await bare.run(self('v2'))
  expect(await bare.run(self('v1'))).toMatchObject({ lastAppliedRevision: expect.stringMatching(/^v2@/) })
  await expectKept(bare, 'v2')
})

test('A cluster that keeps itself by now is not taken back by the call that began it and was stopped', async () => {
  await using bare = await bareCluster()
  bare.tag('v2', management('v2'))
  const stop = new AbortController()
  // Stopped where it waits for the controller: its record is still there.
  const cluster = intercepted(bare.cluster, (method, [object]) => {
    if (method !== 'update' || object.kind !== 'Sync') return
    stop.abort()
    throw new FleetkitError('aborted', 'it was stopped')
  })
  expect(await bare.run(self('v1'), { cluster, signal: stop.signal })).toMatchObject({ code: 'aborted' })
  expect(await bare.cluster.get(record)).toBeDefined()
  await bare.clock.advance(minute)
  const stored = (await bare.cluster.get(self('v1').ref)) as KubeObject
  await bare.cluster.update({ ...stored, spec: self('v2').toObject().spec })
  await bare.clock.advance(minute)
  expect(await bare.run(self('v1'))).toMatchObject({ lastAppliedRevision: expect.stringMatching(/^v2@/) })
  await expectKept(bare, 'v2')
})

describe.each(['before', 'after'])('stopped %s any write, and called again', (when) => {
  test('a cluster keeps itself in the end', async () => {
    let writes = 0
    for (let fatal = 1; fatal <= writes + 1; fatal++) {
      await using bare = await bareCluster()
      const stop = new AbortController()
      writes = 0
      const cluster = intercepted(bare.cluster, async (method, parameters) => {
        if (method === 'apply' && parameters[1].dryRun) return
        if (!['apply', 'create', 'update', 'delete'].includes(method) || ++writes !== fatal) return
        if (when === 'after') await (bare.cluster as any)[method](...parameters)
        stop.abort()
        throw new FleetkitError('aborted', 'it was stopped')
      })
      const first = await bare.run(self('v1'), { cluster, signal: stop.signal })
      // A status that was saved although the answer was lost is another writer's for the rest of that call.
      if (writes >= fatal) expect(first).toMatchObject({ code: expect.stringMatching(/^(aborted|store\/conflict)$/) })
      await bare.run()
      await expectKept(bare, 'v1')
    }
    expect(writes).toBeGreaterThan(8)
  })
})

describe('is refused before anything is written', () => {
  const other = self('v0')
  test.each([
    ['a source that does not declare the Sync', { ...management('v1'), 'self.json': '' }, self('v1'), 'its source does not declare it'],
    [
      'a source that declares it at another version',
      management('v1', other),
      self('v1'),
      `declares it with spec.source ${JSON.stringify(other.spec.source)}`,
    ],
    [
      'a Sync whose deletion would take all away',
      management('v1', self('v1', { deletionPolicy: 'Delete' })),
      self('v1', { deletionPolicy: 'Delete' }),
      'set its spec.deletionPolicy to Orphan',
    ],
  ])('%s', async (_, files, sync, message) => {
    await using bare = await bareCluster()
    bare.tag('v1', files)
    expect(await bare.run(sync)).toMatchObject({ code: 'bootstrap/not-itself', message: expect.stringContaining(message) })
    expect(await bare.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })).toBeUndefined()
    expect(
      await bare.cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'syncs.fleetkit.dev' }),
    ).toBeUndefined()
  })
})

test('A Deployment that never takes up the Sync is told, and the record stays for the next call', async () => {
  await using bare = await bareCluster({ pods: false })
  expect(await bare.run()).toMatchObject({
    code: 'bootstrap/not-taken-over',
    retryable: true,
    message: expect.stringMatching(/does not keep itself after 5m \(spec\.timeout\): no controller in the cluster has taken it up$/),
  })
  expect(await bare.cluster.get(record)).toBeDefined()
})
