import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { type ClusterApi, FleetkitError, type KubeObject, refOf } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { diffOwned } from 'fleetkit/manifest'
import { memoryCluster } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalJson } from '../../../internals.ts'
import { runs } from '../../../random-tests.ts'
import { describeWithServers, sharedEtcd, startApiServer } from '../../../servers/index.ts'
import { wideDefinition } from './wide-definition.ts'

// The memory cluster and a real API server are driven with the same random operations, and must not differ:
// same results, same objects, same owners, but for what the mask below takes away.

type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }
type Fields = { readonly [field: string]: Value }
type Operation =
  | { readonly do: 'apply'; readonly manager: string; readonly force: boolean; readonly dryRun: boolean; readonly body: Body }
  | { readonly do: 'update'; readonly body: Body }
  | { readonly do: 'status'; readonly kind: Kind; readonly count: number }
  | { readonly do: 'delete'; readonly kind: Kind }
type Kind = 'ConfigMap' | 'Service' | 'Deployment' | 'Gadget'
interface Body {
  readonly kind: Kind
  readonly metadata: Fields
  readonly fields: Fields
}

const group = 'differential.fleetkit.dev'
const apiVersions = { ConfigMap: 'v1', Service: 'v1', Deployment: 'apps/v1', Gadget: `${group}/v1` } as const

/** An object with some of these fields. */
function some(fields: Readonly<Record<string, fc.Arbitrary<Value>>>): fc.Arbitrary<Fields> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Fields>
}
const pick = <T extends Value>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const word = pick('x', 'y')
const list = (items: fc.Arbitrary<Value>, key: (item: Value) => unknown = (item) => item): fc.Arbitrary<readonly Value[]> =>
  fc.uniqueArray(items, { maxLength: 3, selector: (item) => JSON.stringify(key(item)) })
const keyed =
  (...keys: readonly string[]) =>
  (item: Value): unknown =>
    keys.map((key) => (item as Fields)[key])

/** Often nothing in its place: the cases in which servers differ. */
const sparse = (values: fc.Arbitrary<Value>, ...nothings: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 4, arbitrary: values }, { weight: 2, arbitrary: pick(...nothings) })

const metadata = some({
  labels: sparse(some({ a: word, b: word }), {}, null),
  annotations: sparse(some({ 'example.com/a': word }), {}, null),
  finalizers: sparse(list(pick('example.com/a', 'example.com/b')), [], null),
})
const words = some({ a: word, b: word, c: word })
const container = (name: string): fc.Arbitrary<Value> =>
  fc
    .tuple(
      pick('img:1', 'img:2'),
      some({
        env: sparse(
          list(
            fc.tuple(pick('A', 'B', 'C'), word).map(([name, value]) => ({ name, value })),
            keyed('name'),
          ),
          [],
          null,
        ),
        ports: sparse(
          list(
            fc
              .tuple(pick(80, 81), some({ protocol: pick('TCP', 'UDP') }))
              .map(([containerPort, rest]): Value => ({ containerPort, ...rest })),
            (port) => [(port as Fields).containerPort, (port as Fields).protocol ?? 'TCP'],
          ),
          [],
          null,
        ),
        args: sparse(list(word), [], null),
        resources: fc.record({ requests: fc.record({ cpu: pick('1', '1000m', '500m'), memory: pick('1Gi', '1024Mi') }) }),
      }),
    )
    .map(([image, rest]): Value => ({ name, image, ...rest }))

const fields: Readonly<Record<Kind, fc.Arbitrary<Fields>>> = {
  ConfigMap: some({ data: sparse(words, {}, null), binaryData: sparse(some({ b: pick('AAE=') }), {}, null) }),
  Service: fc
    .tuple(
      some({
        selector: sparse(words, {}, null),
        externalIPs: sparse(list(pick('10.1.1.1', '10.1.1.2')), [], null),
        publishNotReadyAddresses: pick(true),
      }),
      list(
        fc.tuple(pick(80, 81, 82), some({ protocol: pick('TCP', 'UDP') })).map(
          ([port, rest]): Value => ({
            name: `p${port}${String(rest.protocol ?? 'TCP').toLowerCase()}`,
            port,
            ...rest,
          }),
        ),
        (port) => [(port as Fields).port, (port as Fields).protocol ?? 'TCP'],
      ).filter((ports) => ports.length > 0),
    )
    .map(([rest, ports]) => ({ spec: { ports, ...rest } })),
  Deployment: fc
    .tuple(
      some({ replicas: pick(2, 3), minReadySeconds: pick(1, 2), paused: pick(true) }),
      container('web'),
      fc.option(container('side'), { nil: undefined }),
      some({
        tolerations: sparse(list(fc.record({ key: word, operator: pick('Exists') })), [], null),
        nodeSelector: sparse(words, {}, null),
      }),
    )
    .map(([rest, web, side, pod]) => ({
      spec: {
        selector: { matchLabels: { app: 'd' } },
        template: { metadata: { labels: { app: 'd' } }, spec: { containers: side === undefined ? [web] : [side, web], ...pod } },
        ...rest,
      },
    })),
  Gadget: some({
    spec: some({
      size: pick('small', 'large', 'huge'),
      count: pick(1, 2, 11),
      tags: sparse(list(pick('a', 'b', 'c')), [], null),
      order: sparse(list(pick('a', 'b', 'c')), [], null),
      ports: sparse(
        list(
          fc
            .tuple(pick(1, 2), some({ protocol: pick('tcp', 'udp'), weight: pick(1, 2) }))
            .map(([port, rest]): Value => ({ port, ...rest })),
          (port) => [(port as Fields).port, (port as Fields).protocol ?? 'tcp'],
        ),
        [],
        null,
      ),
      whole: sparse(words, {}, null),
      parts: sparse(words, {}, null),
      struct: sparse(some({ a: word, inner: sparse(some({ x: word, y: word }), {}, null) }), {}, null),
      nested: sparse(some({ a: sparse(words, {}, null), b: words }), {}, null),
      items: sparse(
        list(
          fc
            .tuple(word, some({ parts: sparse(words, {}, null), tags: sparse(list(word), [], null) }))
            .map(([name, rest]): Value => ({ name, ...rest })),
          keyed('name'),
        ),
        [],
        null,
      ),
      maybe: sparse(words, {}, null),
      given: sparse(words, {}, null),
      any: sparse(some({ a: words, l: list(word) }), {}, null, [], 'x'),
      free: sparse(
        some({ a: sparse(words, {}, null, [], 'x'), n: some({ m: sparse(words, {}, null) }), l: list(word), s: word }),
        {},
        null,
      ),
    }),
  }),
}

const kind = pick<Kind>('ConfigMap', 'Service', 'Deployment', 'Gadget')
const body: fc.Arbitrary<Body> = kind.chain((chosen) => fc.record({ kind: fc.constant(chosen), metadata, fields: fields[chosen] }))
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('apply' as const),
      manager: pick('one', 'two', 'three'),
      force: fc.boolean(),
      dryRun: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      body,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('update' as const), body }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('status' as const), kind, count: pick(1, 2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), kind }) },
)

/** Runs an operation, and says everything of it that both clusters must agree on. */
async function run(cluster: ClusterApi, namespace: string, op: Operation): Promise<unknown> {
  const chosen = 'body' in op ? op.body.kind : op.kind
  const ref = { apiVersion: apiVersions[chosen], kind: chosen, namespace, name: 'x' }
  const live = await cluster.get(ref)
  try {
    switch (op.do) {
      case 'apply':
        return await apply(cluster, namespace, op, live)
      case 'update': {
        if (live === undefined) return 'nothing to update'
        const spec = op.body.fields.spec
        const next = {
          ...live,
          ...op.body.fields,
          ...(spec === undefined ? {} : { spec: { ...(live.spec as object), ...(spec as object) } }),
          metadata: { ...live.metadata, ...op.body.metadata },
        }
        const updated = await cluster.update(next as KubeObject)
        // The answer to the update that takes the last finalizer of a deleted object is not agreed on.
        return (await cluster.get(ref)) === undefined ? 'gone' : masked(updated)
      }
      case 'status': {
        if (live === undefined || chosen === 'ConfigMap') return 'nothing to update'
        const status = {
          Service: {
            conditions: [{ type: 'A', status: 'True', reason: `R${op.count}`, message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' }],
          },
          Deployment: { replicas: op.count },
          Gadget: { phase: `p${op.count}` },
        }
        return masked(await cluster.update({ ...live, status: status[chosen] }, { subresource: 'status' }))
      }
      case 'delete':
        await cluster.delete(ref)
        return (await cluster.get(ref)) === undefined ? 'gone' : 'held'
    }
  } catch (error) {
    return failure(error)
  }
}

async function apply(
  cluster: ClusterApi,
  namespace: string,
  op: Operation & { readonly do: 'apply' },
  live: KubeObject | undefined,
): Promise<unknown> {
  const { manager, force, dryRun, body } = op
  const object = {
    apiVersion: apiVersions[body.kind],
    kind: body.kind,
    metadata: { name: 'x', namespace, ...body.metadata },
    ...body.fields,
  } as KubeObject
  const guessed = body.kind === 'Gadget' && (takesDefaults(body.fields.spec as Fields | undefined) || looksOtherwise(live))
  const predicted = live === undefined || guessed ? undefined : diffOwned(object, live, manager)
  const [result] = await cluster.apply([object], { fieldManager: manager, force, dryRun })
  if (result === undefined) throw new Error('no result')
  if ('error' in result) {
    if (result.error.code === 'cluster/field-conflict' && predicted !== undefined)
      expect(predicted.conflicts).toEqual(result.error.conflicts)
    return failure(result.error)
  }
  if (predicted !== undefined) {
    if (!force) expect(predicted.conflicts).toEqual([])
    if (predicted.changes.length === 0) expect(content(result.object)).toEqual(content(live as KubeObject))
  }
  // What was applied and is read back is as desired.
  if (!guessed) {
    const { changes, conflicts } = diffOwned(object, result.object, manager)
    // A map that has become empty may be null until it is applied once more.
    expect(changes.filter(({ from, to }) => from !== undefined || !isNothing('', to as Value))).toEqual([])
    // An empty value that is not stored would be in conflict again with the manager that owns it too.
    if (!holdsNothing({ ...body.fields, metadata: { ...body.metadata, name: 'x' } })) expect(conflicts).toEqual([])
  }
  return { created: result.created, object: masked(result.object), stored: masked(await cluster.get(refOf(object))) }
}

/** Without a schema the defaults of a custom type are unknown: nothing is predicted for an object that takes one in a map or a key that it sets. */
function takesDefaults(spec: Fields | undefined): boolean {
  if (spec === undefined) return false
  const ports = (spec.ports ?? []) as readonly Fields[]
  return isNothing('', spec) || ('given' in spec && isNothing('', spec.given)) || ports.some((port) => port.protocol === undefined)
}

/**
 * Whether the type of a field cannot be seen without its schema: that of an empty one, of one that no manager owns, and of one that was
 * applied empty and has defaults in it.
 */
function looksOtherwise(live: KubeObject | undefined): boolean {
  if (live === undefined) return false
  const owned = live.metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1?.['f:spec'] as Fields | undefined) ?? []
  return (
    owned.length === 0 ||
    holdsNothing((live.spec ?? {}) as Value) ||
    owned.some((spec) => spec !== undefined && (isNothing('', spec) || ('f:given' in spec && isNothing('', spec['f:given']))))
  )
}

/** Whether there is a null or something empty anywhere in a value. */
function holdsNothing(value: Value): boolean {
  return isNothing('', value) || (typeof value === 'object' && Object.values(value as Fields).some(holdsNothing))
}

function failure(error: unknown): unknown {
  if (!(error instanceof FleetkitError)) throw error
  return { code: error.code, conflicts: error.conflicts }
}

function content({ metadata, ...rest }: KubeObject): unknown {
  const { resourceVersion: _, managedFields: _fields, generation: _generation, ...kept } = metadata
  return { ...rest, metadata: kept }
}

/** What the API server gives out itself. */
const defaults: ReadonlySet<string> = new Set(['clusterIP', 'clusterIPs'])

/** Values that Go does not write, or that are the default of a field that the operations set as well. */
function isNothing(name: string, value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || (name === 'replicas' && value === 1)) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** What is left of an object: no identity, no times, no versions, no defaults. */
function masked(object: KubeObject | undefined): unknown {
  if (object === undefined) return undefined
  const {
    uid: _,
    resourceVersion: _version,
    creationTimestamp: _time,
    deletionTimestamp,
    managedFields = [],
    ...metadata
  } = object.metadata
  const owners = managedFields
    .map(({ time: _, ...entry }) => ({ ...entry, fieldsV1: masking(entry.fieldsV1 as Value, object.kind, true) }))
    .filter(({ fieldsV1 }, index) => !isMaskedAway(managedFields[index]?.fieldsV1 as Value, fieldsV1))
  const { metadata: _metadata, namespace: _namespace, ...rest } = object
  const plain = masking({ ...rest, metadata: { ...metadata, namespace: '' } } as unknown as Value, object.kind, false)
  return {
    plain,
    deleting: deletionTimestamp !== undefined,
    owners: owners.map((owner) => canonicalJson(owner as unknown as Value)).sort(),
  }
}

/** Whether only fields that the mask takes away were owned. */
function isMaskedAway(before: Value, after: Value): boolean {
  return isNothing('', after) && !isNothing('', before)
}

function masking(value: Value, kind: string, owners: boolean): Value {
  if (Array.isArray(value)) return value.map((item) => masking(item as Value, kind, owners))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).flatMap(([name, child]): (readonly [string, Value])[] => {
    const bare = owners ? name.replace(/^f:/, '') : name
    if (kind !== 'Gadget' && defaults.has(bare)) return []
    const inner = masking(child, kind, owners)
    if (owners && isMaskedAway(child, inner)) return []
    return [[name, inner]]
  })
  return Object.fromEntries(kept)
}

describeWithServers('the memory cluster and a real one', () => {
  const stack = new AsyncDisposableStack()
  let real: ClusterApi
  const numRuns = runs(40)

  // Its own: controllers that another suite has started would join in.
  beforeAll(async () => {
    const server = stack.use(await startApiServer({ etcd: await sharedEtcd() }))
    real = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    // A type is served a moment after its definition is stored; an apply waits for that.
    const first = { apiVersion: apiVersions.Gadget, kind: 'Gadget', metadata: { name: 'first', namespace: 'default' } }
    for (const object of [wideDefinition(group), first]) {
      const [result] = await real.apply([object], { fieldManager: 'setup' })
      expect(result).not.toHaveProperty('error')
    }
  }, 120_000)
  afterAll(() => stack.disposeAsync(), 30_000)

  test('cannot be distinguished by applies, updates and deletes', { timeout: 300_000 + numRuns * 3000 }, async () => {
    const history = fc.array(operation, { minLength: 1, maxLength: 12, size: 'max' })
    const property = fc.asyncProperty(history, async (operations) => {
      const namespace = `diff-${randomBytes(4).toString('hex')}`
      await using memory = memoryCluster()
      const setup = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]
      await memory.apply([...setup, wideDefinition(group)], { fieldManager: 'setup' })
      await real.apply(setup, { fieldManager: 'setup' })
      for (const op of operations) {
        const [expected, actual] = await Promise.all([run(real, namespace, op), run(memory, namespace, op)])
        expect(actual).toEqual(expected)
      }
    })
    await fc.assert(property, { numRuns })
  })
})
