import type { KubeObject } from 'fleetkit'
import { planRegistration, type RegistrationInput, registeredUidAnnotation, registrationNameOf } from 'fleetkit/registration'
import { expect, test } from 'vitest'

const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'fleetkit-registrations'
const uid = 'uid-of-shop-17'
const publicKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
} as const
const at = '2026-01-01T00:00:00Z'
const hour = 3_600_000
const approved = { verdict: 'Approved', by: 'ada', at, generation: 1, name: 'shop-17', namespace: 'shop-17' }
const credential = { jwe: 'a.b.c.d.e', issuedAt: at, expiresAt: '2026-01-02T00:00:00Z' }
const ready = (reason: string) => [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: at }]
const target = { namespace: 'shop-17', name: 'shop-17', labels: undefined, uid }

function registration(status: object = {}, { metadata = {}, spec = {} }: { metadata?: object; spec?: object } = {}): KubeObject {
  return {
    apiVersion,
    kind: 'ClusterRegistration',
    metadata: { namespace, name: registrationNameOf(publicKey), uid: 'r1', generation: 1, ...metadata },
    spec: { clusterUid: uid, publicKey, ...spec },
    status,
  }
}

interface Known {
  /** As it was registered. */
  readonly registered?: string
  /** As it has shown itself. */
  readonly seen?: string
  readonly ready?: boolean
  readonly kubeConfig?: boolean
}
function cluster(name: string, of: string, known: Known = {}): KubeObject {
  return {
    apiVersion,
    kind: 'Cluster',
    metadata: {
      namespace: of,
      name,
      generation: 1,
      annotations: known.registered === undefined ? {} : { [registeredUidAnnotation]: known.registered },
    },
    spec: { access: known.kubeConfig ? { kubeConfig: { secretRef: { name: 'k' } } } : { inbound: {} } },
    status: {
      observedGeneration: 1,
      ...(known.seen === undefined ? {} : { identity: { uid: known.seen } }),
      conditions: known.ready ? ready('Reachable') : [],
    },
  }
}
const shop = (known: Known) => cluster('shop-17', 'shop-17', known)

type Row = readonly [what: string, input: Partial<RegistrationInput>, expected: object]
const rows: readonly Row[] = [
  ['no decision', {}, { action: 'wait', reason: 'Pending' }],
  [
    'no decision on a cluster that is registered',
    { clusters: [cluster('till', 'till', { seen: uid })] },
    { action: 'wait', message: expect.stringContaining('till/till') },
  ],
  ['approved', { registration: registration({ decision: approved }) }, { action: 'issue', target }],
  [
    'approved with labels and a namespace',
    { registration: registration({ decision: { ...approved, namespace: 'shops', labels: { tier: 'shop' } } }) },
    { action: 'issue', target: { namespace: 'shops', name: 'shop-17', labels: { tier: 'shop' }, uid } },
  ],
  [
    'approved, and its Cluster made already',
    { registration: registration({ decision: approved }), clusters: [shop({ registered: uid })] },
    { action: 'issue', target },
  ],
  [
    'approved again as the same cluster',
    { registration: registration({ decision: approved }), clusters: [shop({ seen: uid, ready: true })] },
    { action: 'issue', target },
  ],
  ['denied', { registration: registration({ decision: { ...approved, verdict: 'Denied' } }) }, { action: 'deny', message: /ada/ }],
  [
    'denied with a reason',
    { registration: registration({ decision: { ...approved, verdict: 'Denied', reason: 'who are you' } }) },
    { action: 'deny', message: 'who are you' },
  ],
  [
    'changed after the decision',
    { registration: registration({ decision: approved }, { metadata: { generation: 2 } }) },
    { action: 'refuse', reason: 'Changed' },
  ],
  [
    'approved as one that is registered under another name',
    { registration: registration({ decision: approved }), clusters: [cluster('till', 'till', { registered: uid })] },
    { action: 'refuse', reason: 'AlreadyRegistered', message: expect.stringContaining('till/till') },
  ],
  [
    'approved with the name of another cluster',
    { registration: registration({ decision: approved }), clusters: [shop({ seen: 'another' })] },
    { action: 'refuse', reason: 'NameTaken' },
  ],
  [
    'approved with the name of a Cluster of which nothing is known',
    { registration: registration({ decision: approved }), clusters: [shop({})] },
    { action: 'refuse', reason: 'NameTaken' },
  ],
  [
    'approved with the name of a Cluster that is connected to',
    { registration: registration({ decision: approved }), clusters: [shop({ seen: uid, kubeConfig: true })] },
    { action: 'refuse', reason: 'NameTaken' },
  ],
  [
    'approved into the namespace of another cluster',
    { registration: registration({ decision: approved }), clusters: [cluster('till', 'shop-17')] },
    { action: 'refuse', reason: 'NamespaceTaken' },
  ],
  ...['kube-system', 'default', namespace].map(
    (each): Row => [
      `approved into ${each}`,
      { registration: registration({ decision: { ...approved, namespace: each } }) },
      { action: 'refuse', reason: 'InvalidApproval', message: expect.stringContaining('status.decision.namespace') },
    ],
  ),
  [
    'approved with a label that is none',
    { registration: registration({ decision: { ...approved, labels: { 'a b': 'c' } } }) },
    { action: 'refuse', reason: 'InvalidApproval', message: expect.stringContaining('status.decision.labels') },
  ],
  [
    'issued',
    { registration: registration({ decision: approved, credential }), clusters: [shop({ registered: uid })] },
    { action: 'hold', againMs: 12 * hour },
  ],
  [
    'issued, and in use at half its life',
    { registration: registration({ decision: approved, credential }), clusters: [shop({ seen: uid, ready: true })], now: 12 * hour },
    { action: 'finish', reason: 'Registered', ready: true },
  ],
  [
    'issued, and not in use at half its life',
    { registration: registration({ decision: approved, credential }), clusters: [shop({ registered: uid })], now: 12 * hour },
    { action: 'issue', target },
  ],
  [
    'issued, and its Cluster deleted',
    { registration: registration({ decision: approved, credential }) },
    { action: 'finish', reason: 'Unregistered' },
  ],
  ...['Registered', 'Unregistered'].map(
    (reason): Row => [reason, { registration: registration({ decision: approved, conditions: ready(reason) }) }, { action: 'leave' }],
  ),
  ['being deleted', { registration: registration({}, { metadata: { deletionTimestamp: at } }) }, { action: 'leave' }],
  [
    'being deleted with a finalizer',
    { registration: registration({}, { metadata: { deletionTimestamp: at, finalizers: ['example.com/keep', 'foregroundDeletion'] } }) },
    { action: 'release', finalizers: ['foregroundDeletion'] },
  ],
  [
    'being deleted with what it owns',
    { registration: registration({}, { metadata: { deletionTimestamp: at, finalizers: ['foregroundDeletion'] } }) },
    { action: 'leave' },
  ],
  ...(
    [
      ['labels', { tier: 'prod' }, 'metadata.labels: found tier'],
      ['annotations', { 'fleetkit.dev/confirmIdentity': 'x' }, 'metadata.annotations: found fleetkit.dev/confirmIdentity'],
      ['finalizers', ['example.com/keep'], 'metadata.finalizers: found example.com/keep'],
      ['ownerReferences', [{ apiVersion: 'v1', kind: 'Secret', name: 'a', uid: 'b' }], 'metadata.ownerReferences: found Secret'],
      ['name', 'admins', 'metadata.name: found admins'],
      ['namespace', 'elsewhere', 'metadata.namespace: found string "elsewhere"'],
    ] as const
  ).map(
    ([field, value, message]): Row => [
      `sent with ${field}, whatever is approved`,
      { registration: registration({ decision: approved }, { metadata: { [field]: value } }) },
      { action: 'refuse', reason: 'Invalid', message: expect.stringContaining(message) },
    ],
  ),
  ...(
    [
      ['the access of someone', { access: { kubeConfig: { secretRef: { name: 'theirs' } } } }, 'spec.access'],
      ['no key', { publicKey: undefined }, 'spec.publicKey'],
      ['a key of another kind', { publicKey: { ...publicKey, crv: 'P-521' } }, 'spec.publicKey.crv'],
      ['a private key', { publicKey: { ...publicKey, d: publicKey.x } }, 'spec.publicKey.d'],
      ['a coordinate that is too short', { publicKey: { ...publicKey, x: 'AAAA' } }, 'spec.publicKey.x'],
      ['no uid', { clusterUid: '' }, 'spec.clusterUid'],
      ['a message without end', { message: 'a'.repeat(1001) }, 'spec.message'],
    ] as const
  ).map(
    ([what, spec, path]): Row => [
      `sent with ${what}`,
      { registration: registration({ decision: approved }, { spec }) },
      { action: 'refuse', reason: 'Invalid', message: expect.stringContaining(path) },
    ],
  ),
]

test.each(rows)('%s', (_, { now = 0, ...input }, expected) => {
  const given = { registration: registration(), clusters: [], namespace, ...input, now: Date.parse(at) + now }
  const { message, ...rest } = { message: undefined, ...expected } as { message?: unknown }
  const plan = planRegistration(given)
  expect(plan).toMatchObject(rest)
  if (message instanceof RegExp) expect(plan).toMatchObject({ message: expect.stringMatching(message) })
  else if (message !== undefined) expect(plan).toMatchObject({ message })
})
