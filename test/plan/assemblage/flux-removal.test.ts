import type { KubeObject } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { briefly, commitOf, isKustomization, newLoop, settle, specify, sync, write } from './flux-in-memory.ts'

describe('the removal of a sync', () => {
  test('is none of one whose mark was edited', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1))
    const [found] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
    const labels = { ...found.metadata.labels, 'assemblage.fleetkit.dev/sync': 'z' }
    await loop.options.store.update({ ...found, metadata: { ...found.metadata, labels } })
    const changes = loop.driver.diff(await loop.observe())
    expect(changes.map(({ action, reason, edits }) => ({ action, reason, edits }))).toEqual([
      { action: 'update', reason: 'edited', edits: ['metadata.labels.assemblage.fleetkit.dev/sync'] },
    ])
  })

  test('waits until its objects belong to the sync that follows it under another name', async () => {
    const loop = newLoop()
    await settle(loop, sync('a', 1, { path: './edge' }), sync('b', 1))
    // What is of another path, namespace or repository takes nothing over.
    const unlike = [
      sync('c', 2, { path: './other' }),
      sync('c', 2, { path: './edge', targetNamespace: 'other' }),
      sync('c', 2, { path: './edge', source: { git: { url: 'https://example.com/two.git', commit: commitOf(2) } } }),
    ]
    for (const other of unlike) {
      loop.syncs = specify(other)
      expect(briefly(loop.driver.diff(await loop.observe())).slice(-2)).toEqual(['update Kustomization a', 'update Kustomization b'])
    }
    loop.syncs = specify(sync('c', 2, { path: './edge' }))
    await write(loop, (await loop.observe()).found)
    const { found } = await loop.observe()
    const states = loop.judge(found).map(({ name, state, reason, message }) => [name, state, reason, message])
    expect(states.slice(1)).toEqual([
      ['a', 'Progressing', 'SuccessorNotReady', 'it is deleted once its objects belong to c'],
      ['b', 'Progressing', 'Terminating', 'Kustomization edge-b is being deleted'],
    ])
    expect(briefly(loop.driver.diff(loop.input(found)))).toEqual(['delete Kustomization b'])
    expect(await settle(loop, sync('c', 2, { path: './edge' }))).toEqual([
      'delete Kustomization b',
      'update Kustomization b',
      'update Kustomization a',
      'delete Kustomization a',
      'update Kustomization a',
      'delete GitRepository 1',
    ])
  })

  test.each([{ suspend: true }, { serviceAccountName: 'gone' }, { kubeConfig: { secretRef: { name: 'other' } } }])(
    'clears what would let Flux leave its objects: %j',
    async (edit) => {
      const loop = newLoop()
      await settle(loop, sync('a', 1))
      const [found] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
      await loop.options.store.update({ ...found, spec: { ...(found.spec as object), ...edit } })
      loop.syncs = []
      await write(loop, (await loop.observe()).found)
      const [cleared] = (await loop.observe()).found.objects.filter(isKustomization) as [KubeObject]
      expect(cleared.spec).toEqual(found.spec)
      expect(cleared.metadata.finalizers).toContain('assemblage.fleetkit.dev/inventory')
    },
  )

  test('waits for the objects that its Kustomization applied, and names them', async () => {
    const loop = newLoop()
    const { store } = loop.options
    await settle(loop, sync('a', 1), sync('b', 2, { prune: false }), sync('c', 2, { deletionPolicy: 'Orphan' }))
    const ids = [
      'web_app_apps_Deployment',
      '_app:view__x_rbac.authorization.k8s.io_ClusterRole',
      'web_taken__Secret',
      'web_kept__ConfigMap',
    ]
    const objects = [
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'web', name: 'app' },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'app:view:x' },
      { apiVersion: 'v1', kind: 'Secret', namespace: 'web', name: 'taken' },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'web', name: 'kept' },
    ]
    const owner = (name: string) => ({ 'kustomize.toolkit.fluxcd.io/name': name, 'kustomize.toolkit.fluxcd.io/namespace': 'fleet' })
    const stored: KubeObject[] = []
    for (const { apiVersion, kind, ...metadata } of objects) {
      const labels = owner(metadata.name === 'taken' ? 'another' : 'edge-a')
      const annotations = metadata.name === 'kept' ? { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } : {}
      stored.push(await store.create({ apiVersion, kind, metadata: { ...metadata, labels, annotations } }))
    }
    for (const object of (await loop.observe()).found.objects.filter(isKustomization)) {
      const entries = ids.map((id) => ({ id, v: 'v1' }))
      await store.update({ ...object, status: { ...(object.status as object), inventory: { entries } } }, { subresource: 'status' })
    }
    await settle(loop)
    const { found } = await loop.observe()
    expect(found.left.map(({ sync: of, ref }) => [of, ref.name])).toEqual([
      ['a', 'app'],
      ['a', 'app:view:x'],
    ])
    expect(loop.judge(found)).toMatchObject([
      {
        name: 'a',
        state: 'Progressing',
        reason: 'Terminating',
        message: 'waiting for the deletion of Deployment web/app, ClusterRole app:view:x',
      },
    ])
    for (const { apiVersion, kind, metadata } of stored.slice(0, 2)) await store.delete({ apiVersion, kind, ...metadata })
    await settle(loop)
    expect((await loop.observe()).found.objects).toEqual([])
  })
})
