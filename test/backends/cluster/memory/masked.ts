import type { KubeObject } from 'fleetkit'
import { canonicalJson } from '../../../internals.ts'
import type { Value } from './mutations.ts'

// What a real API server writes into objects beyond what is written to it, by kind. Each line is told in docs/memory-cluster.md.

/** Fields of metadata that name one object in one cluster at one time. */
const identity: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
])

/** Paths that are taken away, from objects and from field sets. */
const written: Readonly<Record<string, readonly (readonly string[])[]>> = {
  APIService: [['status']],
  CertificateSigningRequest: [
    ['spec', 'username'],
    ['spec', 'uid'],
    ['spec', 'groups'],
    ['spec', 'extra'],
  ],
  CustomResourceDefinition: [['status']],
  FlowSchema: [['status']],
  PriorityLevelConfiguration: [['status']],
  MutatingWebhookConfiguration: [['metadata', 'generation']],
  ValidatingWebhookConfiguration: [['metadata', 'generation']],
  NetworkPolicy: [['metadata', 'generation']],
  PersistentVolume: [['status', 'lastPhaseTransitionTime']],
  Pod: [['status', 'qosClass']],
  Service: [
    ['spec', 'clusterIP'],
    ['spec', 'clusterIPs'],
  ],
}

/** What is left of an object: no identity, no times, no versions, and nothing that the server itself writes. */
export function masked(object: KubeObject): { readonly plain: unknown; readonly deleting: boolean; readonly owners: readonly string[] } {
  const { managedFields = [], deletionTimestamp } = object.metadata
  const paths = written[object.kind] ?? []
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !identity.has(name)))
  // A Job carries its uid in labels.
  const named = JSON.parse(JSON.stringify({ ...object, metadata }).replaceAll(object.metadata.uid ?? '-', 'its uid')) as Value
  const plain = paths.reduce<Value>((value, path) => withoutPath(value, path), named)
  return {
    plain,
    deleting: deletionTimestamp !== undefined,
    owners: managedFields
      .filter(({ manager = '' }) => !/^(kube-apiserver|api-priority-and-fairness-.*)$/.test(manager))
      .map(({ time, fieldsV1, ...entry }) => {
        const fields = paths.reduce<Value>(
          (value, path) =>
            withoutPath(
              value,
              path.map((name) => `f:${name}`),
            ),
          fieldsV1 as Value,
        )
        return { ...entry, timed: time !== undefined, fields }
      })
      .filter(({ fields }, index) => !isEmpty(fields) || isEmpty(managedFields[index]?.fieldsV1 as Value))
      .map((entry) => canonicalJson(entry as unknown as Value))
      .sort(),
  }
}

/** A value without what is at a path, and without what is empty because of that. */
function withoutPath(value: Value, [name = '', ...rest]: readonly string[]): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return value
  const { [name]: child, ...others } = value as { readonly [field: string]: Value }
  if (rest.length === 0) return others
  const inner = withoutPath(child as Value, rest)
  return isEmpty(inner) && !isEmpty(child as Value) ? others : { ...others, [name]: inner }
}

function isEmpty(value: Value | undefined): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
