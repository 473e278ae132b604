import { plainRenderer } from 'fleetkit/plain'
import { describe, expect, test } from 'vitest'
import { configMap, textTree } from './tree.ts'

describe('plainRenderer', () => {
  test('takes the manifests below the directory, and reads nothing else', async () => {
    const tree = textTree({
      'deploy/b/a.yaml': configMap('c'),
      'deploy/b.yaml': configMap('b'),
      'deploy/a.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}',
      'deploy/README.md': '',
      'deploy/.ci/x.yaml': '',
      'other.yaml': '',
    })
    const objects = await plainRenderer().render(tree, { path: 'deploy' })
    expect(objects.map(({ object, origin }) => [object.metadata.name, origin])).toEqual([
      ['a', 'deploy/a.json:1'],
      ['b', 'deploy/b.yaml:1'],
      ['c', 'deploy/b/a.yaml:1'],
    ])
    expect(tree.reads).toEqual(['deploy/a.json', 'deploy/b.yaml', 'deploy/b/a.yaml'])
  })

  test('a hidden directory that is named itself is rendered', async () => {
    expect(await plainRenderer().render(textTree({ '.deploy/a.yaml': configMap('a') }), { path: '.deploy' })).toHaveLength(1)
  })

  test('leaves directories with a kustomization to kustomize', async () => {
    const renderer = plainRenderer()
    expect(renderer.accepts(['a/b.yaml'], 'a')).toBe(true)
    expect(renderer.accepts([], '')).toBe(true)
    for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization', 'deeper/kustomization.yaml'])
      expect(renderer.accepts(['a/b.yaml', `a/${name}`], 'a')).toBe(false)
    const tree = textTree({ 'a/kustomization.yaml': '' })
    await expect(renderer.render(tree, { path: 'a' })).rejects.toMatchObject({ code: 'render/failed' })
  })

  test('too many files are refused before they are read', async () => {
    const tree = textTree({ 'a.yaml': '', 'b.yaml': '' })
    await expect(plainRenderer({ limits: { files: 1 } }).render(tree, { path: '' })).rejects.toMatchObject({ code: 'source/limit' })
    expect(tree.reads).toEqual([])
  })
})
