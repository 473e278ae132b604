import type { KubeObject, ObjectRef } from 'fleetkit'
import { explainWaiting, formatWaiting } from 'fleetkit/fleet'
import { expect, test } from 'vitest'

const apiVersion = 'fleetkit.dev/v1alpha1'
const refOf = (name: string, kind = 'Sync'): ObjectRef => ({ apiVersion, kind, namespace: 'default', name })

/** An object with a message when it is not ready. */
function object(name: string, message: string | undefined, dependsOn: readonly object[] = [], kind = 'Sync'): KubeObject {
  const ready = {
    type: 'Ready',
    status: message === undefined ? 'True' : 'False',
    reason: 'x',
    message: message ?? 'applied',
    lastTransitionTime: '',
  }
  const metadata = { name, namespace: 'default', generation: 1 }
  return { apiVersion, kind, metadata, spec: { dependsOn }, status: { observedGeneration: 1, conditions: [ready] } }
}

test('the chain goes through everything that is not ready, across kinds, to what waits for nothing else', () => {
  const objects = [
    object('app', 'waits', [{ kind: 'RemoteSync', name: 'base' }, { name: 'fine' }]),
    object('base', 'waits', [{ kind: 'Cluster', name: 'eu' }], 'RemoteSync'),
    object('eu', 'no route to host', [], 'Cluster'),
    object('fine', undefined),
  ]
  const waiting = explainWaiting(refOf('app'), objects)
  expect(waiting).toEqual({
    ref: refOf('app'),
    ready: false,
    chains: [{ path: [refOf('app'), refOf('base', 'RemoteSync'), refOf('eu', 'Cluster')], message: 'no route to host', isCycle: false }],
  })
  expect(formatWaiting(waiting)).toBe(
    'Sync default/app waits for RemoteSync default/base, which waits for Cluster default/eu, which is not ready: no route to host',
  )
})

test('several reasons are several chains, each the shortest', () => {
  const objects = [
    object('app', 'waits', [{ name: 'a' }, { name: 'b' }]),
    object('a', 'waits', [{ name: 'b' }, { name: 'missing' }]),
    object('b', 'unhealthy'),
  ]
  expect(formatWaiting(explainWaiting(refOf('app'), objects))).toBe(
    'Sync default/app waits for Sync default/b, which is not ready: unhealthy; Sync default/app waits for Sync default/a, which waits for Sync default/missing, which is not ready: it does not exist',
  )
})

test('a cycle is a chain that comes back', () => {
  const objects = [object('app', 'waits', [{ name: 'a' }]), object('a', 'waits', [{ name: 'b' }]), object('b', 'waits', [{ name: 'a' }])]
  expect(formatWaiting(explainWaiting(refOf('app'), objects))).toBe(
    'Sync default/app waits for Sync default/a, which waits for Sync default/b, which waits for Sync default/a: they depend on one another in a cycle',
  )
})

test('what is ready, and what waits for itself alone, say so', () => {
  const objects = [object('fine', undefined, [{ name: 'broken' }]), object('broken', 'invalid')]
  expect(formatWaiting(explainWaiting(refOf('fine'), objects))).toBe('Sync default/fine is ready')
  expect(formatWaiting(explainWaiting(refOf('broken'), objects))).toBe('Sync default/broken is not ready: invalid')
  expect(formatWaiting(explainWaiting(refOf('none'), objects))).toBe('Sync default/none is not ready: it does not exist')
})

test('two thousand in a row are one chain', () => {
  const objects = Array.from({ length: 2000 }, (_, index) =>
    object(`s${index}`, 'waits', index === 1999 ? [] : [{ name: `s${index + 1}` }]),
  )
  const { chains } = explainWaiting(refOf('s0'), objects)
  expect(chains.map(({ path }) => path.length)).toEqual([2000])
})
