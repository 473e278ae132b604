import assert from 'node:assert/strict'
import { memoryTree } from '../../../backends/memory.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { SourceTree } from '../../../ports/renderer.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { spoil } from '../spoil.ts'
import { asAnother, byName, configMap, type RendererSubject, treeOf, within } from './subject.ts'

const texts = { on: 'on', mode: '0644', number: '1_000', empty: '', lines: 'one\ntwo\n', unicode: 'grüße 🚀', quote: `"'` }
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'apps', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    paused: false,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.com/web:1', args: ['--a', '--b=1'], ports: [{ containerPort: 80 }] }] },
    },
  },
}
const objects = ['c', 'a', 'b'].map((name) => configMap(name, { name }))

/** The objects of a directory: what they are, in which order, and that they depend on the files alone. */
export const objectCases: ConformanceCases<RendererSubject> = {
  'objects are as their files declare them': async (subject) => {
    const rendered = await subject.renderer.render(treeOf(subject, 'deploy', [deployment, configMap('texts', texts)]), { path: 'deploy' })
    assert.equal(rendered.length, 2)
    assert.deepEqual(byName(rendered), { web: deployment, texts: configMap('texts', texts) })
  },

  'metadata that hold variables are left to a caller who replaces them, and to no other': async (subject) => {
    const variable = ['$', '{app}-web'].join('')
    const given = configMap(variable, { app: variable })
    const object: KubeObject = { ...given, metadata: { ...given.metadata, labels: { app: variable } } }
    const tree = treeOf(subject, 'deploy', [object])
    const rendered = await subject.renderer.render(tree, { path: 'deploy', variables: true })
    assert.deepEqual(byName(rendered), { [variable]: object })
    await rejects(subject.renderer.render(tree, { path: 'deploy' }), 'source/object-invalid')
  },

  'a directory is the root, or any below it': async (subject) => {
    for (const path of ['', 'deploy', 'deep/er']) {
      const rendered = await subject.renderer.render(treeOf(subject, path, objects), { path })
      assert.deepEqual(Object.keys(byName(rendered)).sort(), ['a', 'b', 'c'], path)
    }
  },

  'a directory that declares nothing has no objects': async (subject) => {
    assert.deepEqual(await subject.renderer.render(treeOf(subject, 'deploy', []), { path: 'deploy' }), [])
  },

  'each object has an origin, which names its file or its directory': async (subject) => {
    for (const { origin } of await subject.renderer.render(treeOf(subject, 'deploy', objects), { path: 'deploy' }))
      assert.match(origin, /^deploy\b/)
  },

  'the same files give the same objects in the same order': async (subject) => {
    const tree = treeOf(subject, 'deploy', objects)
    const first = await subject.renderer.render(tree, { path: 'deploy' })
    for (const again of [tree, asAnother(tree), reversed(subject)])
      assert.equal(JSON.stringify(await subject.renderer.render(again, { path: 'deploy' })), JSON.stringify(first))
  },

  'other files give other objects': async (subject) => {
    for (const text of ['one', 'two', 'one']) {
      const rendered = await subject.renderer.render(treeOf(subject, 'deploy', [configMap('a', { text })]), { path: 'deploy' })
      assert.deepEqual(byName(rendered), { a: configMap('a', { text }) })
    }
  },

  'directories of one tree are apart': async (subject) => {
    const files = { ...within('one', subject.files([configMap('a')])), ...within('two', subject.files([configMap('b')])) }
    const tree = memoryTree(files)
    assert.deepEqual(Object.keys(byName(await subject.renderer.render(tree, { path: 'one' }))), ['a'])
    assert.deepEqual(Object.keys(byName(await subject.renderer.render(tree, { path: 'two' }))), ['b'])
  },

  'nothing is read outside of the directory when nothing refers to it': async (subject) => {
    const files = { ...within('deploy', subject.files(objects)), 'deploy-other/a.yaml': '{{ no YAML', 'b.yaml': '{{ no YAML' }
    const seen: string[] = []
    const tree = memoryTree(files)
    const watched: SourceTree = {
      oid: tree.oid,
      list: (directory, options) => {
        seen.push(`${directory}/`)
        return tree.list(directory, options)
      },
      read: (paths, options) => {
        for (const path of paths) seen.push(path)
        return tree.read(paths, options)
      },
    }
    await subject.renderer.render(watched, { path: 'deploy' })
    assert.deepEqual(
      seen.filter((path) => !path.startsWith('deploy/')),
      [],
    )
  },

  'objects are shared with no one': async (subject) => {
    const tree = treeOf(subject, 'deploy', objects)
    const first = await subject.renderer.render(tree, { path: 'deploy' })
    const before = structuredClone(first)
    spoil(first)
    assert.deepEqual(await subject.renderer.render(tree, { path: 'deploy' }), before)
  },

  'nothing that it is given is changed': async (subject) => {
    const tree = treeOf(subject, 'deploy', objects)
    const paths = await tree.list('deploy')
    const contents = await tree.read(paths)
    const before = structuredClone(contents)
    const frozen: SourceTree = Object.freeze({
      oid: tree.oid,
      list: async () => Object.freeze(paths),
      read: async (wanted: readonly string[]) => new Map(wanted.map((path) => [path, contents.get(path) as Uint8Array])),
    })
    await subject.renderer.render(frozen, Object.freeze({ path: 'deploy' }))
    assert.deepEqual(contents, before)
  },

  'many directories are rendered at once': async (subject) => {
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`)
    const rendered = await Promise.all(
      names.map((name) => subject.renderer.render(treeOf(subject, 'deploy', [configMap(name)]), { path: 'deploy' })),
    )
    assert.deepEqual(
      rendered.map((found) => found.map(({ object }) => object.metadata.name)),
      names.map((name) => [name]),
    )
  },
}

/** A tree of the same files, written and answered the other way round. */
function reversed(subject: RendererSubject): SourceTree {
  const files = Object.entries(within('deploy', subject.files(objects))).reverse()
  const tree = asAnother(memoryTree(Object.fromEntries(files)))
  return { ...tree, read: async (paths, options) => new Map([...(await tree.read(paths, options))].reverse()) }
}
