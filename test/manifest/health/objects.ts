import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { healthRules } from '../../internals.ts'

const kinds = [...healthRules.keys(), 'example.org/Database', 'gateway.networking.k8s.io/Gateway'].map((key) => {
  const [group, kind] = key.split('/') as [string, string]
  return { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind }
})

const past = '2020-03-01T12:00:00Z'
const future = '2199-03-01T12:00:00Z'
const count = fc.nat(3)
/** A record of which any field may be missing. */
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] })

const condition = fc.record(
  {
    type: fc.constantFrom(
      ...['Ready', 'Available', 'Progressing', 'Reconciling', 'Stalled', 'Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'],
      ...['Suspended', 'Established', 'NamesAccepted', 'PodScheduled', 'ReplicaFailure', 'Programmed', 'Accepted'],
    ),
    status: fc.constantFrom('True', 'True', 'False', 'Unknown'),
    reason: fc.constantFrom('', 'Unschedulable', 'ProgressDeadlineExceeded', 'NewReplicaSetAvailable', 'Installing'),
    message: fc.constantFrom('', 'so it is'),
    observedGeneration: count,
  },
  { requiredKeys: ['type', 'status'] },
)

const container = fc.record({
  name: fc.constantFrom('web', 'sidecar'),
  state: fc.constantFrom({ running: {} }, { waiting: { reason: 'CrashLoopBackOff' } }, { waiting: { reason: 'ImagePullBackOff' } }, {}),
})

const spec = some({
  replicas: count,
  progressDeadlineSeconds: fc.constantFrom(600, 2 ** 31 - 1),
  type: fc.constantFrom('ClusterIP', 'LoadBalancer'),
  clusterIP: fc.constantFrom('', '10.0.0.1'),
  completions: count,
  parallelism: count,
  suspend: fc.boolean(),
  updateStrategy: some({
    type: fc.constantFrom('RollingUpdate', 'OnDelete'),
    rollingUpdate: some({ partition: count }),
  }),
})

const status = some({
  observedGeneration: fc.integer({ min: 1, max: 2 }),
  replicas: count,
  updatedReplicas: count,
  readyReplicas: count,
  availableReplicas: count,
  currentReplicas: count,
  fullyLabeledReplicas: count,
  desiredNumberScheduled: count,
  currentNumberScheduled: count,
  updatedNumberScheduled: count,
  numberAvailable: count,
  numberReady: count,
  currentRevision: fc.constantFrom('a', 'b'),
  updateRevision: fc.constantFrom('a', 'b'),
  phase: fc.constantFrom('Running', 'Pending', 'Bound', 'Succeeded', 'Failed', 'Lost'),
  startTime: fc.constant(past),
  succeeded: count,
  active: count,
  failed: count,
  containerStatuses: fc.array(container, { maxLength: 2 }),
  conditions: fc.uniqueArray(condition, { maxLength: 5, selector: ({ type }) => type }),
})

/** Objects as an API server holds them: every field of its type, and most of them of the one generation that makes them interesting. */
export const wellFormedObject: fc.Arbitrary<KubeObject> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    metadata: fc.record(
      {
        name: fc.constant('a'),
        generation: fc.constantFrom(1, 1, 2),
        creationTimestamp: fc.constantFrom(past, future),
        deletionTimestamp: fc.constantFrom(undefined, undefined, undefined, undefined, past),
      },
      { requiredKeys: ['name'] },
    ),
    spec,
    status: fc.option(status, { freq: 10, nil: undefined }),
  })
  .map(({ kind, ...rest }) => JSON.parse(JSON.stringify({ ...kind, ...rest })) as KubeObject)

/** The same, with one field changed for anything. */
export const malformedObject: fc.Arbitrary<KubeObject> = fc
  .tuple(
    wellFormedObject,
    fc.nat(),
    fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom<unknown>(null, -1, 1.5, '1', [], {}, [null], ['x'])),
  )
  .map(([object, choice, value]) => {
    const places = placesIn({ metadata: object.metadata, spec: object.spec, status: object.status })
    const [parent, key] = places[choice % places.length] as Place
    parent[key] = value
    return object
  })

type Place = readonly [Record<string, unknown>, string]

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value).filter(([key]) => key !== 'metadata' && key !== 'name')
  return entries.flatMap(([key, inner]) => [[value as Record<string, unknown>, key] as const, ...placesIn(inner)])
}
