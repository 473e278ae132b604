/**
 * Claims: a change of version of a Module goes to 1,000 instant clusters in seconds, by a few writes for each of them; the time grows no faster than the number of clusters; a manager that
 * is started anew knows the truth within 5 s.
 */
import {
  Cluster,
  Informer,
  type KubeObject,
  Manager,
  Module,
  type ModuleStatus,
  moduleController,
  type ObjectRef,
  type RemoteAssemblageSpec,
  rolloutController,
  type Store,
} from 'fleetkit'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { reported } from '../test/internals.ts'
import { pause } from './counted.ts'

const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'fleet'
const url = 'https://git.example.com/apps.git'
const moduleCount = 20
const names: readonly string[] = Array.from({ length: moduleCount }, (_, at) => `module-${at}`)
const refOf = (kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace, name })

/** Calls of a manager to its store. */
interface Calls {
  requests: number
  /** What was written: its bytes are counted afterwards. */
  readonly writes: unknown[]
}

function counting(store: Store, calls: Calls): Store {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) => {
        calls.requests++
        if (property === 'create' || property === 'update') calls.writes.push(parameters[0])
        return Reflect.apply(member, target, parameters)
      }
    },
  })
}

/** A management of clusters that have at once what they are assigned. */
async function fleetOf(size: number) {
  const store = memoryStore()
  const git = memoryGit()
  for (const tag of ['v1', 'v2', 'v3', 'v4']) git.tag(url, tag, git.commit(url, { 'map.yaml': `# ${tag}` }))
  const lastTransitionTime = new Date().toISOString()
  for (let at = 0; at < size; at++) {
    const name = `cluster-${String(at).padStart(4, '0')}`
    const spec = { access: { kubeConfig: { secretRef: { name } } } }
    const object = await store.create(new Cluster({ metadata: { name, namespace, labels: { region: `r${at % 10}` } }, spec }).toObject())
    const ready = { type: 'Ready', status: 'True', reason: 'Reachable', message: '', lastTransitionTime }
    await store.update({ ...object, status: { conditions: [ready] } }, { subresource: 'status' })
  }
  const answers = new Informer({ store, type: { apiVersion, kind: 'RemoteAssemblage' } })
  answers.subscribe(({ type, object }) => {
    if (type !== 'DELETED') void answer(store, object)
  })
  answers.start()
  const put = async (name: string, tag: string): Promise<void> => {
    const spec = { source: { git: { url, tag } }, clusters: {}, rollout: { rolling: { maxUnavailable: '10%' } } } as const
    const wanted = new Module({ metadata: { name, namespace }, spec }).toObject()
    const kept = await store.get(refOf('Module', name))
    await (kept === undefined ? store.create(wanted) : store.update({ ...kept, spec: wanted.spec }))
  }
  const calls: Calls = { requests: 0, writes: [] }
  const manage = () => {
    const stop = new AbortController()
    const manager = new Manager({ store: counting(store, calls), git }).add(moduleController(), rolloutController())
    const running = manager.run({ signal: stop.signal })
    return async (): Promise<void> => {
      stop.abort()
      await running
    }
  }
  return { store, put, manage, calls, size, [Symbol.asyncDispose]: () => answers.close() }
}

type Fleet = Awaited<ReturnType<typeof fleetOf>>

async function answer(store: Store, object: KubeObject): Promise<void> {
  const { modules = [] } = object.spec as RemoteAssemblageSpec
  const next = reported(object, new Map(modules.map((module) => [module, 'Ready' as const])), Date.now())
  // One that has changed meanwhile is seen again.
  if (next !== undefined) await store.update(next, { subresource: 'status' }).catch(() => {})
}

/** Waits until Modules are complete as they are specified now. */
async function complete({ store }: Fleet, of: readonly string[]): Promise<void> {
  for (const name of of) {
    for (;;) {
      const { metadata, status } = (await store.get(refOf('Module', name))) as KubeObject
      const { phase, observedGeneration } = (status ?? {}) as Partial<ModuleStatus>
      if (phase === 'Complete' && observedGeneration === metadata.generation) break
      await pause(5)
    }
  }
}

/** The time of a change of version, and the calls and bytes for each cluster and module that got it. */
async function change(fleet: Fleet, of: readonly string[], tag: string) {
  const { calls } = fleet
  calls.requests = 0
  calls.writes.length = 0
  const begun = performance.now()
  for (const name of of) await fleet.put(name, tag)
  await complete(fleet, of)
  const took = performance.now() - begun
  const pairs = fleet.size * of.length
  const bytes = calls.writes.reduce((sum: number, object) => sum + JSON.stringify(object).length, 0)
  return { took, requests: calls.requests / pairs, writes: calls.writes.length / pairs, bytes: bytes / pairs }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Prints how long rollouts take that go to clusters without delay, and what each costs. */
export async function measureRolledOut(): Promise<void> {
  console.log(`\n### Rolling out ${moduleCount} modules on instant clusters, a tenth of them at a time\n`)
  console.log('| clusters | | time | requests, each | writes, each | bytes written, each |\n|---|---|---|---|---|---|')
  const times = new Map<number, number>()
  for (const size of [100, 1000]) {
    await using fleet = await fleetOf(size)
    const row = (what: string, { took, requests, writes, bytes }: Awaited<ReturnType<typeof change>>): void =>
      console.log(`| ${size} | ${what} | ${seconds(took)} | ${requests.toFixed(2)} | ${writes.toFixed(2)} | ${bytes.toFixed(0)} |`)
    const before = heapUsed()
    let stop = fleet.manage()
    row('the first version of all', await change(fleet, names, 'v1'))
    row('a new version of one', await change(fleet, names.slice(0, 1), 'v2'))
    const all = await change(fleet, names, 'v3')
    row('a new version of all', all)
    times.set(size, all.took)
    const during = heapUsed()
    await stop()
    const after = heapUsed()
    await fleet.put('module-0', 'v4')
    const begun = performance.now()
    stop = fleet.manage()
    await complete(fleet, names)
    console.log(
      `\n${size} clusters: started anew, all is said as it is after ${seconds(performance.now() - begun)} (aim: 5 s), a change meanwhile included;`,
    )
    console.log(`the manager has ${mib(during - after)} of the heap, the store ${mib(after - before)}\n`)
    await stop()
  }
  const [few, many] = [times.get(100) as number, times.get(1000) as number]
  console.log(`From 100 to 1000 clusters a new version of all takes ${(many / few).toFixed(1)} times as long (aim: 10).`)
}
