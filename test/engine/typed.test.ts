import { controller, type FleetEvent, type KubeObject, Manager, type SyncSpec } from 'fleetkit'
import { defineKind, definitionOf, syncKind, typedObject } from 'fleetkit/kinds'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, expectTypeOf, test } from 'vitest'

const widget = defineKind({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  spec: {
    type: 'object',
    required: ['size', 'parts'],
    properties: {
      size: { type: 'integer', minimum: 0 },
      color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
      port: { type: 'int-or-string' },
      parts: {
        type: 'array',
        items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, weight: { type: 'number' } } },
      },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      branch: { type: 'string', refused: 'a branch moves' },
    },
  },
  status: { type: 'object', properties: { phase: { type: 'string', enum: ['Made', 'Broken'] }, count: { type: 'integer' } } },
})
const object = (name: string, spec: unknown, status?: unknown): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
  spec,
  ...(status === undefined ? {} : { status }),
})

test('the objects of a controller have the type of their schema', () => {
  controller({
    for: widget,
    async reconcile({ object }) {
      if (object === undefined) return
      expectTypeOf(object.spec.size).toEqualTypeOf<number>()
      expectTypeOf(object.spec.color).toEqualTypeOf<'red' | 'blue'>()
      expectTypeOf(object.spec.port).toEqualTypeOf<string | number | undefined>()
      expectTypeOf(object.spec.parts[0]).toEqualTypeOf<{ readonly name: string; readonly weight?: number | undefined } | undefined>()
      expectTypeOf(object.spec.labels).toEqualTypeOf<Readonly<Record<string, string>> | undefined>()
      expectTypeOf(object.status?.phase).toEqualTypeOf<'Made' | 'Broken' | undefined>()
      // @ts-expect-error: no such field.
      object.spec.colour
    },
  })
  controller({
    for: 'Sync',
    reconcile: async ({ object }) => void expectTypeOf(object?.spec).toEqualTypeOf<SyncSpec | undefined>(),
  })
  controller({
    for: syncKind,
    reconcile: async ({ object }) => void expectTypeOf(object?.spec.source.git.url).toEqualTypeOf<string | undefined>(),
  })
  controller({
    for: { apiVersion: 'v1', kind: 'ConfigMap' },
    reconcile: async ({ object }) => void expectTypeOf(object).toEqualTypeOf<KubeObject | undefined>(),
  })
})

test('what a controller is given is valid and complete; what is not is a terminal error, until it is deleted', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const seen: unknown[] = []
  const manager = new Manager({ store, clock }).add(
    controller({ for: widget, reconcile: async ({ ref, object }) => void seen.push([ref.name, object?.spec, object?.status]) }),
  )
  const events: FleetEvent[] = []
  manager.events.on('controller.terminal', (event) => events.push(event))
  void manager.run()
  const good = await store.create(object('good', { size: 1, parts: [] }))
  const bad = object('bad', { size: -1, colour: 'red' })
  await store.create({ ...bad, metadata: { ...bad.metadata, finalizers: ['example.com/hold'] } })
  await clock.advance(100)
  expect(seen).toEqual([['good', { size: 1, parts: [], color: 'red' }, undefined]])
  expect(events).toMatchObject([
    {
      ref: { name: 'bad' },
      error: {
        code: 'model/invalid',
        problems: [
          { path: 'spec.size', found: 'number -1' },
          { path: 'spec.colour', found: 'an unknown field' },
          { path: 'spec.parts', found: 'nothing' },
        ],
      },
    },
  ])
  await store.update({ ...good, status: { phase: 'Lost', count: 3 } }, { subresource: 'status' })
  await store.delete({ ...bad, namespace: 'default', name: 'bad' })
  await clock.advance(100)
  expect(seen.slice(1)).toEqual([
    ['good', { size: 1, parts: [], color: 'red' }, { count: 3 }],
    ['bad', { size: -1, colour: 'red' }, undefined],
  ])
  await manager.close()
})

test('a kind of your own has its definition, and a cluster takes it', async () => {
  const cluster = memoryCluster()
  const definition = definitionOf(widget)
  expect(definition).toMatchObject({
    metadata: { name: 'widgets.example.com' },
    spec: { names: { singular: 'widget' }, scope: 'Namespaced' },
  })
  expect(await cluster.apply([definition], { fieldManager: 'test' })).toMatchObject([{ created: true }])
  const made = await cluster.create(object('a', { size: 1, parts: [{ name: 'x' }] }))
  expect(typedObject(widget, made).spec.parts[0]?.name).toBe('x')
  expect(() => typedObject(widget, object('a', { size: 'big', parts: [] }))).toThrow('Widget default/a: spec.size: found string "big"')
})
