import { type ClusterApi, FleetkitError, type KubeObject } from 'fleetkit'
import { appendToLog, compactLog, type HistoryEvent, historyOfLogs, type LogChange, RolloutLog, readLogs } from 'fleetkit/fleet'
import { definitionOf, rolloutLogKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryCluster } from 'fleetkit/memory'
import { beforeEach, describe, expect, test } from 'vitest'
import { describeWithServers, sharedControlPlane, waitEstablished } from '../../../servers/index.ts'

const { apiVersion, kind } = rolloutLogKind

/** About a dozen fill a chunk. */
const eventsOf = (count: number, by: string): readonly HistoryEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    at: 1_700_000_000_000 + index,
    type: 'assigned',
    module: 'shop',
    cluster: 'eu',
    revision: `v${index}`,
    why: `${by} ${index} `.repeat(300),
  }))

/** @param hasRules - whether the store holds to the rules for updates */
function scenarios(hasRules: boolean, connect: () => Promise<{ readonly cluster: ClusterApi; readonly namespace: string }>): void {
  let cluster: ClusterApi
  let namespace: string
  beforeEach(async () => {
    ;({ cluster, namespace } = await connect())
    for (const { metadata } of await objects()) await cluster.delete({ apiVersion, kind, namespace, name: metadata.name })
  })

  const objects = async (): Promise<readonly KubeObject[]> => (await cluster.list({ apiVersion, kind }, { namespace })).items

  /** Writes changes of what was read, as a writer does. */
  async function write(changes: readonly LogChange[], read: readonly KubeObject[]): Promise<void> {
    const versions = new Map(read.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))
    for (const { verb, name, spec } of changes) {
      const ref = { apiVersion, kind, namespace, name }
      if (spec === undefined) await cluster.delete(ref)
      else {
        const { metadata, ...rest } = new RolloutLog({ metadata: { namespace, name }, spec }).toObject()
        const written = { ...rest, metadata: { ...metadata, resourceVersion: versions.get(name) } }
        if (verb === 'create') await cluster.create({ ...rest, metadata })
        else await cluster.update(written)
      }
    }
  }

  async function codeOf(work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => new Error('done'),
      (reason: unknown) => reason,
    )
    return error instanceof FleetkitError ? `${error.code} ${error.message}` : String(error)
  }

  /** Appends what two writers want to, who have read the same. */
  async function race(first: readonly HistoryEvent[], second: readonly HistoryEvent[]): Promise<string> {
    const read = await objects()
    const end = readLogs(read).logs[0]?.end ?? { module: 'shop', seq: 0 }
    await write(appendToLog(end, first).changes, read)
    return codeOf(write(appendToLog(end, second).changes, read))
  }

  test('of two writers that create the first chunk, the second is refused', async () => {
    expect(await race(eventsOf(1, 'a'), eventsOf(1, 'b'))).toMatch(/exists/)
  })

  test('of two writers that append to a chunk, the second is refused, and so is one that seals it', async () => {
    await write(appendToLog({ module: 'shop', seq: 0 }, eventsOf(1, 'x')).changes, [])
    expect(await race(eventsOf(1, 'a'), eventsOf(1, 'b'))).toMatch(/^store\/conflict/)
    expect(await race(eventsOf(1, 'a'), eventsOf(40, 'b'))).toMatch(/^store\/conflict/)
    const { logs, findings } = readLogs(await objects())
    expect(findings).toEqual([])
    expect(
      historyOfLogs(logs)
        .newest({ module: 'shop' })
        .map(({ why }) => why?.slice(0, 3)),
    ).toEqual(['a 0', 'a 0', 'x 0'])
  })

  test('of two writers that create the chunk after a sealed one, the second is refused', async () => {
    const { changes } = appendToLog({ module: 'shop', seq: 0 }, eventsOf(40, 'x'))
    await write(changes.slice(0, 1), [])
    expect(readLogs(await objects()).logs[0]?.end.open).toBeUndefined()
    expect(await race(eventsOf(1, 'a'), eventsOf(1, 'b'))).toMatch(/exists/)
  })

  test('of two writers that merge the same chunks, the second is refused, and the log is as before', async () => {
    await write(appendToLog({ module: 'shop', seq: 0 }, eventsOf(300, 'x')).changes, [])
    const read = await objects()
    const changes = readLogs(read).logs.flatMap((log) => compactLog(log, { now: 0 }))
    expect(changes.filter(({ verb }) => verb === 'update').length).toBeGreaterThan(0)
    // The first is ended before it has deleted all.
    await write(changes.slice(0, 4), read)
    expect(await codeOf(write(changes, read))).toMatch(/^store\/conflict/)
    const { logs, findings } = readLogs(await objects())
    expect([findings, historyOfLogs(logs).size]).toEqual([[], 300])
  })

  if (!hasRules) return
  test('what is sealed is only ever merged, and no chunk becomes another', async () => {
    await write(appendToLog({ module: 'shop', seq: 0 }, eventsOf(300, 'x')).changes, [])
    const read = await objects()
    const nameOf = ({ metadata }: KubeObject): string => metadata.name
    const [sealed, open] = ['shop-2', `shop-${read.length}`].map((name) => read.find((object) => nameOf(object) === name) as KubeObject)
    const edit = (object: KubeObject | undefined, spec: object): Promise<string> =>
      codeOf(cluster.update({ ...(object as KubeObject), spec: { ...((object as KubeObject).spec as object), ...spec } }))
    expect(await edit(sealed, { sealed: false })).toContain('sealed chunk is only ever replaced by one that is merged')
    expect(await edit(sealed, { names: { type: [], cluster: [], revision: [], why: [] } })).toContain('sealed chunk is only ever replaced')
    expect(await edit(open, { seq: 99 })).toContain('seq and from do not change')
    expect(await edit(open, { module: undefined })).toContain('seq and from do not change')
    expect(await edit(open, { count: 1 })).toBe('Error: done')
    const [merge] = readLogs(read).logs.flatMap((log) => compactLog(log, { now: 0 })) as [LogChange]
    await write([merge], read)
    const merged = (await objects()).find((object) => nameOf(object) === merge.name)
    expect(await edit(merged, { replaces: [] })).toMatch(/sealed chunk is only ever replaced|at least 1 items/)
  })
}

describe('writers of a log, in memory', () => {
  scenarios(false, async () => {
    const cluster = memoryCluster()
    await cluster.create(definitionOf(rolloutLogKind))
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fleet' } })
    return { cluster, namespace: 'fleet' }
  })
})

describeWithServers('writers of a log, on a real API server', () => {
  let connected: Promise<ClusterApi> | undefined
  const connect = async (): Promise<ClusterApi> => {
    const plane = await sharedControlPlane()
    const cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const [result] = await cluster.apply([definitionOf(rolloutLogKind)], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
    await waitEstablished(plane.kubeconfigPath, 'crd/rolloutlogs.fleetkit.dev')
    return cluster
  }
  scenarios(true, async () => {
    connected ??= connect()
    return { cluster: await connected, namespace: 'default' }
  })
})
