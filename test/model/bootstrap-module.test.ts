import { BootstrapModule, type BootstrapModuleInput } from 'fleetkit/bootstrap-module'
import { bootstrapModuleKind, definitionOf } from 'fleetkit/kinds'
import { Rolling } from 'fleetkit/rollout'
import { expect, test } from 'vitest'

const source = { git: { url: 'https://example.com/agent.git', tag: 'v1.0.0' } }
const handOver = { sync: { namespace: 'fleetkit', name: 'management' } }
const make = (spec: Partial<BootstrapModuleInput['spec']>) =>
  new BootstrapModule({ metadata: { name: 'agent', namespace: 'fleet' }, spec: { source, clusters: {}, ...spec } })

test('a BootstrapModule is a Module that may hand over', () => {
  const direct = make({ rollout: new Rolling({ maxUnavailable: 1 }), dependsOn: [{ name: 'network' }] })
  expect(direct.spec).toMatchObject({ prune: true, wait: true, removalPolicy: 'MirrorPrune', rollout: { rolling: { maxUnavailable: 1 } } })
  expect(direct.spec.handOver).toBeUndefined()
  const handing = make({ handOver, removalPolicy: 'Orphan' })
  expect(handing.spec.handOver).toEqual({ ...handOver, timeout: '10m', takeBackAfter: '10m' })
  expect(BootstrapModule.parse(JSON.stringify(handing))).toEqual(handing)
  expect(BootstrapModule.from(handing.toObject())).toEqual(handing)
  const next = handing.with((draft) => {
    draft.spec.source.git.tag = 'v1.1.0'
  })
  expect(next.spec.source.git.tag).toBe('v1.1.0')
})

test.each<[string, Partial<BootstrapModuleInput['spec']>, string]>([
  [
    'what a cluster has taken over would be removed from outside',
    { handOver },
    'spec.removalPolicy: found nothing, accepted Orphan, beside spec.handOver: what a cluster has taken over is its own',
  ],
  [
    'a value is only there once there is something in the cluster',
    {
      parameters: [
        { name: 'a', value: 'b' },
        {
          name: 'key',
          valueFrom: { objectFieldRef: { apiVersion: 'v1', kind: 'Secret', name: 's', pointer: '/data/key', evaluate: 'Downstream' } },
        },
      ],
    },
    'spec.parameters[1].valueFrom.objectFieldRef.evaluate: found string "Downstream", accepted Upstream: a BootstrapModule assumes nothing in the cluster',
  ],
  ['no Sync is named', { handOver: {} as never }, 'spec.handOver.sync'],
  [
    'the Sync has no namespace',
    { handOver: { sync: { name: 'management' } as never }, removalPolicy: 'Orphan' },
    'spec.handOver.sync.namespace',
  ],
  [
    'it is taken back at once',
    { handOver: { ...handOver, takeBackAfter: '0s' }, removalPolicy: 'Orphan' },
    'spec.handOver.takeBackAfter: found string "0s", accepted a duration such as 90s, 10m or 1h30m, 1s or longer',
  ],
  ['it depends on itself', { dependsOn: [{ name: 'agent' }] }, 'spec.dependsOn[0]: found this BootstrapModule itself'],
  [
    'it follows itself',
    { source: { git: { url: source.git.url, promoteFrom: { name: 'agent' } } } },
    'spec.source.git.promoteFrom: found this BootstrapModule itself, accepted another BootstrapModule',
  ],
  ['a branch is named', { source: { git: { url: source.git.url, branch: 'main' } as never } }, 'spec.source.git'],
])('it is refused where %s', (_, spec, message) => {
  expect(() => make(spec)).toThrow(message)
})

test('a server keeps the Sync that takes over as it is', () => {
  const definition = JSON.stringify(definitionOf(bootstrapModuleKind))
  expect(definition).toContain('spec.handOver.sync is immutable')
  expect(definition).toContain('"plural":"bootstrapmodules"')
})
