import {
  type Action,
  actionsOf,
  type ClusterApi,
  countActions,
  type FleetEvent,
  formatRef,
  type KubeObject,
  type ObjectRef,
  refOf,
  type Sync,
  SyncRunner,
} from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { intercepted, repository, syncOf } from '../engine/sync/scenarios.ts'
import { type ManifestFolder, readPublicFolders, withPublicManifests } from '../public-manifests.ts'
import { runs, seed } from '../random-tests.ts'
import { describeWithServers, kubectl } from '../servers/index.ts'
import { changeByHand, stillThere, withoutKeys } from './changed-manifests.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

/** Objects that an API server stores in another form than the one they are written in. */
const sample: ManifestFolder = {
  name: 'sample',
  objects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringData: { a: '1' } },
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'a' }, spec: { limits: [{ type: 'Container', max: { cpu: '1000m' } }] } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'Not A Name' }, spec: { ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } },
  ],
}

/** What people make objects with before a Sync takes them over. */
const ways: Readonly<Record<string, readonly string[]>> = {
  'kubectl apply': ['apply', '--validate=false', '-f', '-'],
  'kubectl apply --server-side': ['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', '-'],
  'kubectl create': ['create', '--validate=false', '-f', '-'],
}
/** Of the directories of public projects, how many are planned in each state; FLEETKIT_RUNS=4 takes all of them, and five minutes. */
const plannedFolders = runs(150)
/** Of how many the objects are made by kubectl, in each way. */
const madeFolders = runs(10)
const adoptedFolders = runs(20)

/** How plans without the right to write compare with those of the server. */
interface Figures {
  readonly actions: Record<string, number>
  readonly differences: string[]
}

describeWithServers('manifests, a Sync for each directory', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  let readOnly: ClusterApi
  let cluster: ClusterApi
  const requests: string[] = []
  let counted: ClusterApi

  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
    readOnly = stack.use(await kubernetesCluster({ kubeconfig: own.server.kubeconfigOf('limited') }))
    cluster = stack.use(await kubernetesCluster({ kubeconfig: own.server.kubeconfig }))
    counted = intercepted(cluster, (method, [first]) => {
      // What is served is known after the first time.
      if (method !== 'discover') requests.push(`${method} ${first?.kind ?? first?.[0]?.kind}`)
    })
    const rbac = 'rbac.authorization.k8s.io'
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]
    const subjects = [{ apiGroup: rbac, kind: 'User', name: 'limited' }]
    const reader = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: 'test-reader' }, rules }
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'test-reader' }
    await cluster.create(reader)
    await cluster.create({ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'test-reader' }, roleRef, subjects })
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  test('of a sample: what the server takes is applied once', async () => {
    expect(await applyAll([sample])).toEqual({ applied: 4, refused: 1, findings: [] })
  })

  test('of a sample: without the right to write, a plan is as with it', async () => {
    const { actions, differences } = await planReadOnly([sample], 1)
    expect(differences).toEqual([])
    expect(Object.values(actions).every((count) => count > 0)).toBe(true)
  })

  test('of a sample: whatever made them, a Sync takes them over whole', async () => {
    expect(await adoptAll([sample])).toEqual({ adopted: 12, dropped: 6, findings: [] })
  })

  withPublicManifests(() => {
    test('of public projects: without the right to write, 99.5 % of a plan are as with it', { timeout: 1_200_000 }, async () => {
      const folders = readPublicFolders()
      await define(folders)
      const { actions, differences } = await planReadOnly(some(folders, plannedFolders), madeFolders)
      const all = Object.values(actions).reduce((sum, count) => sum + count, 0)
      expect(all).toBeGreaterThan(1500)
      expect(differences.length / all, differences.join('\n')).toBeLessThanOrEqual(0.005)
    })

    test('of public projects: whatever made them, a Sync takes them over whole', { timeout: 1_200_000 }, async () => {
      const folders = readPublicFolders()
      await define(folders)
      const { adopted, dropped, findings } = await adoptAll(some(folders, adoptedFolders))
      expect(findings).toEqual([])
      expect([adopted > 100, dropped > 50]).toEqual([true, true])
    })

    test('of public projects: the second plan and the second run do nothing, in a few requests', { timeout: 1_200_000 }, async () => {
      const folders = readPublicFolders()
      await define(folders)
      const { applied, findings } = await applyAll(folders)
      expect(findings).toEqual([])
      expect(applied).toBeGreaterThan(1500)
    })
  })

  async function applyAll(folders: readonly ManifestFolder[]) {
    const findings: string[] = []
    let [applied, refused] = [0, 0]
    for (const [index, { name, objects }] of folders.entries()) {
      const namespace = `${name.replaceAll(/[^a-z]/g, '').slice(0, 20)}-${index}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      const wanted = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'Namespace')
      const sync = syncOf(namespace, 'v1', { timeout: '2m', allowEmpty: true })
      const plan = await new SyncRunner({ cluster: counted, git: repository({ v1: filesOf(wanted) }) }).plan(sync)
      refused += countActions(plan).refuse
      const accepted = wanted.filter((_, index) => actionsOf(plan).some((action) => action.type === 'create' && isOf(action, index)))
      applied += accepted.length
      for (const finding of await applyTwice(sync, accepted)) findings.push(`${name}: ${finding}`)
    }
    return { applied, refused, findings }
  }

  /** What is not as it has to be when objects are applied, and applied again. */
  async function applyTwice(sync: Sync, objects: readonly KubeObject[]): Promise<readonly string[]> {
    const runner = new SyncRunner({ cluster: counted, git: repository({ v1: filesOf(objects) }) })
    await runner.run(sync)
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    const second = actionsOf(await runner.plan(sync))
    requests.length = 0
    await runner.run(sync)
    const kinds = new Set(second.map(({ ref }) => `${ref.apiVersion} ${ref.kind}`)).size
    const findings = [
      ...second
        .filter(({ type }) => type !== 'skip')
        .map(({ type, ref, changes }) => `${type} ${ref.kind} ${ref.name} ${JSON.stringify(changes)}`),
      ...events.filter(({ type }) => ['sync.applied', 'sync.drift', 'sync.pruned'].includes(type)).map((event) => JSON.stringify(event)),
      // A request for each kind, and those of the status.
      ...(requests.length > Math.max(15, kinds + 3) ? [`${requests.length} requests: ${requests.join(', ')}`] : []),
    ]
    await runner.remove(sync)
    return findings
  }

  /** Plans in each state in which objects are found, with the right to write and without. */
  async function planReadOnly(folders: readonly ManifestFolder[], adopted: number): Promise<Figures> {
    const figures: Figures = { actions: {}, differences: [] }
    const made = new Set(some(folders, adopted))
    for (const folder of folders) {
      const namespace = await own.namespace()
      const sync = syncOf(namespace, 'v1', { timeout: '2m', allowEmpty: true })
      const wanted = wantedOf(folder)
      const first = await compare('nothing there', sync, wanted, figures)
      const objects = acceptedOf(wanted, first)
      const runner = new SyncRunner({ cluster, git: repository({ v1: filesOf(objects) }) })
      await runner.run(sync)
      await compare('applied', sync, objects, figures)
      for (const [index, { ref, object }] of first.filter(({ type }) => type === 'create').entries()) {
        const live = await cluster.get(ref)
        if (live !== undefined) await changeByHand(cluster, object as KubeObject, live, seed + index)
      }
      await compare('changed by hand', sync, objects, figures)
      await runner.remove(sync)
      if (!made.has(folder)) continue
      for (const [way, command] of Object.entries(ways)) {
        const place = await own.namespace()
        const adopter = syncOf(place, 'v1', { timeout: '2m', allowEmpty: true })
        const given = await makeBy(command, place, objects)
        await compare(`made by ${way}`, adopter, given, figures)
        for (const object of given) await cluster.delete(refOf(object)).catch(() => {})
      }
    }
    return figures
  }

  /** Plans the same for one who may write and for one who may only read. */
  async function compare(state: string, sync: Sync, objects: readonly KubeObject[], figures: Figures): Promise<readonly Action[]> {
    const git = repository({ v1: filesOf(objects) })
    const planned = await Promise.all([cluster, readOnly].map((line) => new SyncRunner({ cluster: line, git }).plan(sync)))
    const [said = [], predicted = []] = planned.map(actionsOf)
    for (const [index, action] of said.entries()) {
      const [a, b] = [action, predicted[index] as Action].map(
        ({ type, ref, changes }) => `${type} ${formatRef(ref)} ${changes.map(({ path }) => path).join(' ')}`,
      )
      expect(predicted[index]?.certainty).toBe('predicted')
      figures.actions[state] = (figures.actions[state] ?? 0) + 1
      if (a !== b)
        figures.differences.push(`${state}: ${a} (${action.reason.message}), predicted ${b} (${predicted[index]?.reason.message})`)
    }
    return said
  }

  /** What is not as it has to be when objects that kubectl made are adopted, and keys leave the source then. */
  async function adoptAll(folders: readonly ManifestFolder[]) {
    const findings: string[] = []
    let [adopted, dropped] = [0, 0]
    for (const folder of folders) {
      const ends: ReadonlyMap<string, string>[] = []
      for (const [way, command] of Object.entries(ways)) {
        const { end, keys, found } = await adopt(folder, command)
        ends.push(end)
        adopted += end.size
        dropped += keys
        for (const finding of found) findings.push(`${folder.name}, ${way}: ${finding}`)
      }
      const [first, ...others] = ends
      // One that is still being deleted cannot be made again.
      for (const [name, state] of first ?? [])
        for (const other of others)
          if ((other.get(name) ?? state) !== state) findings.push(`${folder.name}, ${name}: ${state} or ${other.get(name)}`)
    }
    return { adopted, dropped, findings }
  }

  async function adopt(folder: ManifestFolder, command: readonly string[]) {
    const namespace = await own.namespace()
    const syncAt = (tag: string): Sync => syncOf(namespace, tag, { timeout: '2m', allowEmpty: true, forceConflicts: true })
    const wanted = wantedOf(folder)
    const at = (tag: string, objects: readonly KubeObject[]) => new SyncRunner({ cluster, git: repository({ [tag]: filesOf(objects) }) })
    const accepted = acceptedOf(wanted, actionsOf(await at('v1', wanted).plan(syncAt('v1'))))
    const objects = await makeBy(command, namespace, accepted)
    await at('v1', objects).run(syncAt('v1'))
    const again = actionsOf(await at('v1', objects).plan(syncAt('v1')))
    const found = again.filter(({ type }) => type !== 'skip').map(({ type, ref }) => `${type} ${formatRef(ref)} after the adoption`)
    const candidates = objects.map(withoutKeys)
    const tried = actionsOf(
      await at(
        'v2',
        candidates.map(({ object }) => object),
      ).plan(syncAt('v2')),
    )
    // Those without which the server does not take an object stay.
    const shortened = candidates.map((each, index) =>
      tried.some((action) => action.type === 'refuse' && isOf(action, index))
        ? { object: objects[index] as KubeObject, dropped: [] }
        : each,
    )
    await at(
      'v3',
      shortened.map(({ object }) => object),
    ).run(syncAt('v3'))
    const end = new Map<string, string>()
    for (const [index, source] of objects.entries()) {
      const live = (await cluster.get(refOf(source))) as KubeObject
      for (const key of shortened[index]?.dropped ?? [])
        if (stillThere(live, source, key)) found.push(`${formatRef(refOf(source))} still has ${key.path.join('.')}`)
      end.set(formatRef(refOf(source)).replace(namespace, '<namespace>'), endState(live, namespace))
    }
    await at('v3', []).remove(syncAt('v3'))
    return { end, keys: shortened.reduce((sum, each) => sum + each.dropped.length, 0), found }
  }

  /** Has kubectl make objects; gives back those that it made, each with its namespace. */
  async function makeBy(command: readonly string[], namespace: string, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    const placed: KubeObject[] = []
    for (const object of objects) {
      const ref = await refIn(object, namespace)
      if ((await cluster.get(ref)) === undefined) placed.push({ ...object, metadata: { ...object.metadata, namespace: ref.namespace } })
    }
    if (placed.length === 0) return []
    // Objects that kubectl cannot make, such as those whose last-applied annotation is too long, are left out.
    await kubectl(own.server.kubeconfigPath, command, filesText(placed)).catch(() => {})
    const found = await Promise.all(placed.map((object) => cluster.get(refOf(object))))
    return placed.filter((_, index) => found[index] !== undefined)
  }

  async function refIn(object: KubeObject, namespace: string): Promise<ObjectRef> {
    const ref = refOf(object)
    const type = await cluster.discover(ref)
    return { ...ref, namespace: type?.namespaced ? (ref.namespace ?? namespace) : undefined }
  }

  /** The definitions that some folder brings, and the namespaces that some object names. */
  async function define(folders: readonly ManifestFolder[]): Promise<void> {
    const all = folders.flatMap(({ objects }) => objects)
    const definitions = new Map<string, KubeObject>()
    for (const object of all.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
      const known = definitions.get(object.metadata.name)
      // Of several forms of one the fullest.
      if (known === undefined || JSON.stringify(known).length < JSON.stringify(object).length) definitions.set(object.metadata.name, object)
    }
    const names = new Set(all.flatMap(({ metadata }) => metadata.namespace ?? []))
    const namespaces = [...names].map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await cluster.apply([...definitions.values(), ...namespaces], { fieldManager: 'test', force: true })
  }
})

/** What of a folder is applied: definitions and namespaces are there already. */
function wantedOf({ objects }: ManifestFolder): readonly KubeObject[] {
  return objects.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'Namespace')
}

/** The objects that a plan creates. */
function acceptedOf(objects: readonly KubeObject[], plan: readonly Action[]): readonly KubeObject[] {
  return objects.filter((_, index) => plan.some((action) => action.type === 'create' && isOf(action, index)))
}

/** Some folders, spread over all. */
function some(folders: readonly ManifestFolder[], count: number): readonly ManifestFolder[] {
  const length = Math.min(count, folders.length)
  return Array.from(
    { length },
    (_, index) => folders[(Math.floor((index * folders.length) / length) + seed) % folders.length] as ManifestFolder,
  )
}

/**
 * What is to be the same of an object however it was made: all but names, addresses, ports and times that are its own, and labels that no manager
 * owns. A server gives those of its template to a ReplicationController or a Job that is made without any (SetDefaults_ReplicationController).
 */
function endState(live: KubeObject, namespace: string): string {
  const { uid = '', resourceVersion: _, creationTimestamp: __, generation: ___, managedFields = [], ...metadata } = live.metadata
  const { status: ____, ...content } = live
  const owners = managedFields.map(({ time: _, ...owner }) => JSON.stringify(owner)).sort()
  const owned = new Set(managedFields.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1 as OwnedLabels)?.['f:metadata']?.['f:labels'] ?? {})))
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => owned.has(`f:${name}`))
  return JSON.stringify({ ...content, metadata: { ...metadata, labels: Object.fromEntries(labels) }, owners })
    .replaceAll(uid, '<uid>')
    .replaceAll(namespace, '<namespace>')
    .replaceAll(/"(clusterIPs?|nodePort|healthCheckNodePort)":(\["[^"]*"\]|"[^"]*"|\d+)/g, '"$1":0')
}

type OwnedLabels = { readonly 'f:metadata'?: { readonly 'f:labels'?: object } } | undefined

function filesText(objects: readonly KubeObject[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n')
}

const fileOf = (index: number): string => `${String(index).padStart(4, '0')}.json`

function filesOf(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  return Object.fromEntries(objects.map((object, index) => [fileOf(index), JSON.stringify(object)]))
}

function isOf({ origin }: Action, index: number): boolean {
  return origin?.startsWith(`${fileOf(index)}:`) ?? false
}
