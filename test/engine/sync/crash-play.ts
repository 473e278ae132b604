import {
  type Clock,
  type ClusterApi,
  FleetkitError,
  type Git,
  hasCode,
  type KubeObject,
  type ObjectRef,
  ownerOf,
  Sync,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { expect } from 'vitest'
import { type CrashScenario, type CrashStep, groupIn, versionAnnotation } from './crash-scenarios.ts'
import { url } from './scenarios.ts'

const renderers = [plainRenderer()]
const syncNames = ['one', 'two']

/**
 * What becomes of a call: the process dies before it is sent, or after it was carried out and before the answer; or it lives on, without the
 * answer, or told to stop.
 */
export const crashKinds = ['before', 'after', 'lost', 'aborted'] as const

/** One call of one step. */
export interface Crash {
  readonly step: number
  readonly at: number
  readonly when: (typeof crashKinds)[number]
}

/** What outlives a process. */
export interface Lasting {
  readonly cluster: ClusterApi
  readonly namespace: string
  readonly clock: Clock
}

export class Crashed extends Error {}

const writes: ReadonlySet<string> = new Set(['apply', 'create', 'update', 'delete'])
const isWrite = (method: string, options: unknown): boolean =>
  writes.has(method) && (options as { dryRun?: boolean } | undefined)?.dryRun !== true

/** A call of a process, and whether it wrote. */
interface CallMade {
  readonly method: string
  readonly writes: boolean
}

/** One process: it works through ports that count their calls, and dies at one of them. */
class MortalProcess {
  readonly calls: CallMade[] = []
  readonly #lasting: Lasting
  readonly #git: Git
  readonly #crash: Crash | undefined
  readonly #stop = new AbortController()

  constructor(lasting: Lasting, git: Git, crash: Crash | undefined) {
    this.#lasting = lasting
    this.#git = git
    this.#crash = crash
  }

  async perform(step: Exclude<CrashStep, { do: 'others' }>): Promise<void> {
    const { cluster, clock, namespace } = this.#lasting
    const runner = new SyncRunner({ cluster: this.#mortal(cluster), git: this.#mortal(this.#git), renderers, clock })
    const { sync = 'one' } = step
    const { signal } = this.#stop
    if (step.do === 'remove') return runner.remove(syncOf(namespace, sync, 'v1', { deletionPolicy: 'WaitForTermination' }), { signal })
    const peers = step.beside === undefined ? [] : [syncOf(namespace, ...step.beside)]
    await runner.run(syncOf(namespace, sync, step.tag, step.spec), { peers, signal })
  }

  #mortal<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function' || typeof property === 'symbol') return member
        return (...parameters: unknown[]) => this.#call(property, () => member.apply(target, parameters), parameters)
      },
    })
  }

  async #call(method: string, carryOut: () => Promise<unknown>, parameters: readonly unknown[]): Promise<unknown> {
    const call = this.calls.push({ method, writes: isWrite(method, parameters[1]) }) - 1
    const { at = Number.POSITIVE_INFINITY, when } = this.#crash ?? {}
    const dies = when === 'before' || when === 'after'
    // Who is dead does nothing more.
    if (dies && (call > at || (call === at && when === 'before'))) throw new Crashed()
    if (call === at && when === 'aborted') this.#stop.abort()
    const result = await carryOut()
    if (call !== at || when === 'aborted') return result
    throw dies ? new Crashed() : new FleetkitError('cluster/unreachable', 'the answer was lost')
  }
}

export function syncOf(namespace: string, name: string, tag: string, spec: Extract<CrashStep, { do: 'apply' }>['spec'] = {}): Sync {
  const full = { source: { git: { url, tag } }, path: `./${name}`, prune: true, timeout: '1h', ...spec }
  return new Sync({ metadata: { name, namespace }, spec: full })
}

/** The versions of a scenario. Each object says of which it is. */
export function repositoryOf({ versions }: CrashScenario, namespace: string): Git {
  const git = memoryGit()
  for (const [tag, syncs] of Object.entries(versions(namespace))) {
    const files = Object.entries(syncs).map(([sync, objects]) => {
      const marked = objects.map((object) => {
        const { metadata, ...rest } = object as KubeObject
        return { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, [versionAnnotation]: tag } } }
      })
      return [`${sync}/objects.yaml`, marked.map((object) => JSON.stringify(object)).join('\n---\n')] as const
    })
    git.tag(url, tag, git.commit(url, Object.fromEntries(files)))
  }
  return git
}

/** Looks at a cluster in which a scenario is played. */
export class CrashScene {
  readonly lasting: Lasting
  readonly #types: readonly { readonly apiVersion: string; readonly kind: string }[]

  constructor(lasting: Lasting, scenario: CrashScenario) {
    this.lasting = lasting
    const objects = Object.values(scenario.versions(lasting.namespace)).flatMap((syncs) =>
      Object.values(syncs).flat(),
    ) as readonly KubeObject[]
    this.#types = [...new Map(objects.map(({ apiVersion, kind }) => [kind, { apiVersion, kind }])).values()]
  }

  async objects(): Promise<readonly KubeObject[]> {
    const { cluster, namespace } = this.lasting
    const lists = await Promise.all(
      this.#types.map(async (type) => {
        if (type.kind === 'CustomResourceDefinition')
          return (await cluster.list(type)).items.filter(({ metadata }) => metadata.name.endsWith(`.${groupIn(namespace)}`))
        const list = cluster.list(type, { namespace }).catch((error: unknown) => {
          // What is not served, or not any more, is not there.
          if (hasCode(error, 'cluster/unknown-kind')) return { items: [] }
          throw error
        })
        return (await list).items
      }),
    )
    return lists.flat()
  }

  async statusOf(sync: string): Promise<SyncStatus> {
    const { cluster, namespace } = this.lasting
    const record = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `sync-${sync}` })
    const data = record?.data as { readonly 'status.json': string } | undefined
    return data === undefined ? {} : (JSON.parse(data['status.json']) as SyncStatus)
  }

  /** Whatever carries the labels of a Sync is in its recorded inventory, at this moment. */
  async checkRecorded(): Promise<void> {
    const inventories = new Map<string, ReadonlySet<string>>()
    for (const sync of syncNames)
      inventories.set(`${this.lasting.namespace}/${sync}`, new Set(parseInventory((await this.statusOf(sync)).inventory).map(keyOf)))
    for (const object of await this.objects()) {
      const owner = ownerOf(object)
      if (owner === undefined || isRecord(object)) continue
      const key = keyOf({ ...object.metadata, kind: object.kind })
      expect([...(inventories.get(owner) ?? [])], `${key} is of ${owner} and not recorded`).toContain(key)
    }
  }

  /** What is there, as far as two plays of a scenario can be compared. */
  async state(): Promise<unknown> {
    const objects = (await this.objects()).filter((object) => !isRecord(object) && object.metadata.name !== 'kube-root-ca.crt')
    const statuses = await Promise.all(syncNames.map((sync) => this.statusOf(sync)))
    return {
      objects: objects.map(({ kind, metadata: { name, labels = {}, annotations = {}, managedFields = [] }, data, spec }) => ({
        kind,
        name,
        labels: Object.keys(labels).sort(),
        version: annotations[versionAnnotation],
        managers: managedFields.map(({ manager, operation }) => `${manager} ${operation}`.replace(this.lasting.namespace, '')).sort(),
        data,
        spec: kind === 'CustomResourceDefinition' ? undefined : spec,
      })),
      inventories: statuses.map(({ inventory }) =>
        parseInventory(inventory).map(({ kind, name }) => `${kind}/${name}`.replace(this.lasting.namespace, '')),
      ),
      applied: statuses.map(({ lastAppliedRevision }) => lastAppliedRevision?.split('@')[0]),
    }
  }

  async uidOf(key: string): Promise<string | undefined> {
    return (await this.objects()).find(({ kind, metadata }) => `${kind}/${metadata.name}` === key)?.metadata.uid
  }
}

const keyOf = ({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string => `${kind}/${name}`
const isRecord = ({ kind, metadata }: KubeObject): boolean => kind === 'ConfigMap' && metadata.name.startsWith('sync-')

/** What came of a play. */
export interface Played {
  readonly state: unknown
  /** The calls of each step, when nothing died. */
  readonly calls: readonly (readonly CallMade[])[]
  /** Whether the process died, or lost its answer. */
  readonly crashed: boolean
}

/** Plays a scenario; in one step the process dies, and a new one does the step again. Looks at what must hold after every write. */
export async function play(lasting: Lasting, scenario: CrashScenario, crash?: Crash): Promise<Played> {
  const git = repositoryOf(scenario, lasting.namespace)
  const scene = new CrashScene(lasting, scenario)
  const theirs = await lasting.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'theirs', namespace: lasting.namespace },
    data: { k: 'v' },
  })
  const calls: (readonly CallMade[])[] = []
  const uids = new Map<string, string | undefined>()
  const firstCrash = scenario.crashes?.[0] ?? scenario.steps.length - 1
  let crashed = false
  for (const [index, step] of scenario.steps.entries()) {
    if (index === firstCrash) for (const key of scenario.keeps ?? []) uids.set(key, await scene.uidOf(key))
    if (step.do === 'others') {
      await step.act(lasting.cluster, lasting.namespace)
      calls.push([])
      continue
    }
    const watched = { ...lasting, cluster: watch(scene, step) }
    if (crash?.step === index) {
      const mortal = new MortalProcess(watched, git, crash)
      await mortal.perform(step).catch((error: unknown) => {
        const survived = error instanceof FleetkitError && (crash.when === 'lost' || (crash.when === 'aborted' && error.code === 'aborted'))
        if (!(error instanceof Crashed) && !survived) throw error
      })
      crashed = mortal.calls.length > crash.at
      await scene.checkRecorded()
    }
    const living = new MortalProcess(watched, git, undefined)
    await living.perform(step)
    calls.push(living.calls)
    await scene.checkRecorded()
  }
  for (const [key, uid] of uids) expect(await scene.uidOf(key), `${key} is another one`).toBe(uid)
  const { kind, apiVersion, metadata } = theirs
  expect(await lasting.cluster.get({ apiVersion, kind, name: 'theirs', namespace: metadata.namespace })).toEqual(theirs)
  return { state: await scene.state(), calls, crashed }
}

/** The cluster of a scene: every write is followed by a look at the inventories, and of every apply the version is looked at. */
function watch(scene: CrashScene, step: CrashStep): ClusterApi {
  return new Proxy(scene.lasting.cluster, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const method = member.bind(target) as (...parameters: unknown[]) => Promise<unknown>
      if (typeof property === 'symbol' || !writes.has(property)) return method
      return async (...parameters: unknown[]) => {
        if (!isWrite(property, parameters[1])) return method(...parameters)
        if (property === 'apply' && step.do === 'apply')
          for (const { metadata } of parameters[0] as readonly KubeObject[])
            expect(metadata.annotations?.[versionAnnotation]).toBe(step.tag)
        const result = await method(...parameters)
        await scene.checkRecorded()
        return result
      }
    },
  })
}
