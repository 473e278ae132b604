import type { ClusterApi, KubeObject, SyncInput } from 'fleetkit'

/** Says of what version an object is. */
export const versionAnnotation = 'example.com/version'

/** One thing that happens. The Sync is `one` when a step names none. */
export type CrashStep =
  | {
      readonly do: 'apply'
      readonly tag: string
      readonly sync?: string
      readonly spec?: Partial<SyncInput['spec']>
      /** Another Sync that is about to be run, with its tag. */
      readonly beside?: readonly [sync: string, tag: string]
    }
  | { readonly do: 'remove'; readonly sync?: string }
  /** What others do: it does not belong to the process. */
  | { readonly do: 'others'; readonly act: (cluster: ClusterApi, namespace: string) => Promise<unknown> }

/** What happens to Syncs and their objects; each of `crashes` is a step in which the process can die. */
export interface CrashScenario {
  readonly steps: readonly CrashStep[]
  /** By their index; the last step when absent. */
  readonly crashes?: readonly number[]
  /** By its tag, the objects of each Sync. */
  readonly versions: (namespace: string) => Readonly<Record<string, Readonly<Record<string, readonly object[]>>>>
  /** Objects that stay those that they were from the step on that comes before the first crash: `Kind/name`. */
  readonly keeps?: readonly string[]
}

const meta = (name: string, annotations: Readonly<Record<string, string>> = {}): object => ({ name, annotations })
const map = (name: string, data: Readonly<Record<string, string>>, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name),
  data,
  ...more,
})
const secret = (name: string, value: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: meta(name), stringData: { value } })
const account = (name: string): object => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(name) })
const dependent = (name: string, on: string, namespace: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name, { 'config.kubernetes.io/depends-on': `/namespaces/${namespace}/ConfigMap/${on}` }),
  data: {},
})

/** A group of its own in each namespace: definitions are in none. */
export const groupIn = (namespace: string): string => `${namespace}.crash.example.com`
const definition = (namespace: string, fields: readonly string[]): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: meta(`gadgets.${groupIn(namespace)}`),
  spec: {
    group: groupIn(namespace),
    names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget', listKind: 'GadgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])) } },
          },
        },
      },
    ],
  },
})
const gadget = (namespace: string, spec: Readonly<Record<string, string>>): object => ({
  apiVersion: `${groupIn(namespace)}/v1`,
  kind: 'Gadget',
  metadata: meta('gadget'),
  spec,
})

const apply = (tag: string, more: Omit<Extract<CrashStep, { do: 'apply' }>, 'do' | 'tag'> = {}): CrashStep => ({
  do: 'apply',
  tag,
  ...more,
})
const remove: CrashStep = { do: 'remove' }

const mapRef = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
/** A ConfigMap as `kubectl apply` leaves it. */
const byKubectl = (name: string, data: Readonly<Record<string, string>>): CrashStep => ({
  do: 'others',
  act: async (cluster, namespace) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(object)}\n` }
    const current = await cluster.get(mapRef(namespace, name))
    const options = { fieldManager: 'kubectl-client-side-apply' }
    if (current === undefined) return cluster.create({ ...object, metadata: { ...object.metadata, annotations } }, options)
    const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } }
    return cluster.update({ ...current, metadata, data: { ...(current.data as object), ...data } }, options)
  },
})
const edit = (name: string): CrashStep => ({
  do: 'others',
  act: async (cluster, namespace) => {
    const object = (await cluster.get(mapRef(namespace, name))) as KubeObject
    return cluster.update({ ...object, data: { ...(object.data as object), drift: 'x', k: 'drifted' } }, { fieldManager: 'kubectl-edit' })
  },
})
const lose = (name: string): CrashStep => ({ do: 'others', act: (cluster, namespace) => cluster.delete(mapRef(namespace, name)) })

const fixed = (value: string): object => map('fixed', { value }, { immutable: true })
const three = { v1: { one: [map('a', { k: '1' }), map('b', { k: '1' }), secret('s', '1'), account('robot')] } }

export const crashScenarios: Readonly<Record<string, CrashScenario>> = {
  'a first apply': { steps: [apply('v1')], versions: () => three },
  'a change of version': {
    steps: [apply('v1'), apply('v2')],
    versions: () => ({
      ...three,
      v2: { one: [map('a', { k: '2' }), map('b', { k: '1' }), map('c', {}), secret('s', '2'), account('robot')] },
    }),
  },
  'a prune': { steps: [apply('v1'), apply('v2')], versions: () => ({ ...three, v2: { one: [map('b', { k: '1' })] } }) },
  'a deletion of the Sync': { steps: [apply('v1'), remove], versions: () => three },
  'a correction of drift': { steps: [apply('v1'), edit('a'), lose('b'), apply('v1')], versions: () => three },
  'a replacement': {
    steps: [apply('v1'), apply('v2', { spec: { force: true } })],
    versions: () => ({ v1: { one: [fixed('1'), map('a', { k: '1' })] }, v2: { one: [fixed('2'), map('a', { k: '1' })] } }),
  },
  'a rollback': {
    steps: [apply('v1'), apply('v2'), apply('v1')],
    versions: () => ({ ...three, v2: { one: [map('a', { k: '2' }), map('c', {}), account('robot')] } }),
    keeps: ['ConfigMap/a', 'ServiceAccount/robot'],
  },
  'an adoption after kubectl apply': {
    steps: [byKubectl('a', { k: '1', gone: 'x' }), apply('v1')],
    versions: () => ({ v1: { one: [map('a', { k: '1' }), map('b', {})] } }),
    keeps: ['ConfigMap/a'],
  },
  'a take-over of fields': {
    steps: [apply('v1'), byKubectl('a', { k: '1', left: 'x' }), apply('v2')],
    versions: () => ({ v1: { one: [map('a', { k: '1', left: 'x' })] }, v2: { one: [map('a', { k: '1' })] } }),
    keeps: ['ConfigMap/a'],
  },
  'a hand-over between two Syncs': {
    steps: [
      apply('v1'),
      apply('v1', { sync: 'two' }),
      apply('v2', { beside: ['two', 'v2'] }),
      apply('v2', { sync: 'two', beside: ['one', 'v2'] }),
      apply('v2'),
    ],
    crashes: [2, 3, 4],
    versions: () => ({
      v1: { one: [map('moves', { k: '1' }), map('a', {})], two: [map('b', {})] },
      v2: { one: [map('a', {})], two: [map('b', {}), map('moves', { k: '2' })] },
    }),
    keeps: ['ConfigMap/moves'],
  },
  'a definition with its resources': {
    steps: [apply('v1'), apply('v2'), remove],
    crashes: [0, 1, 2],
    versions: (namespace) => ({
      v1: { one: [definition(namespace, ['size']), gadget(namespace, { size: '1' })] },
      v2: { one: [definition(namespace, ['size', 'color']), gadget(namespace, { size: '1', color: 'red' })] },
    }),
  },
  'objects that depend on others': {
    steps: [apply('v1'), apply('v2')],
    crashes: [0, 1],
    versions: (namespace) => ({
      v1: {
        one: [map('base', { k: '1' }), dependent('middle', 'base', namespace), dependent('top', 'middle', namespace), map('other', {})],
      },
      v2: { one: [map('other', {})] },
    }),
  },
}
