import assert from 'node:assert/strict'
import { memoryTree } from '../../../backends/memory.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { SourceTree } from '../../../ports/renderer.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { byName, configMap, needed, type RendererSubject, treeOf, within } from './subject.ts'

/** What is refused, with which code, and that errors of the tree come through. */
export const errorCases: ConformanceCases<RendererSubject> = {
  'what is no object is refused, and its file or directory is named': async (subject) => {
    const nameless = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } } as unknown as KubeObject
    const tree = treeOf(subject, 'deploy', [nameless])
    const error = await rejects(subject.renderer.render(tree, { path: 'deploy' }), 'source/object-invalid', 'render/failed')
    assert.match(error.message, /\bdeploy\b/)
  },

  'a directory that is not in the tree is git/path-missing': async (subject) => {
    await rejects(subject.renderer.render(treeOf(subject, 'deploy', [configMap('a')]), { path: 'nowhere' }), 'git/path-missing')
  },

  'a path that leaves the tree is source/unsafe-path': async (subject) => {
    const tree = treeOf(subject, 'deploy', [configMap('a')])
    for (const path of ['..', '../deploy', '/deploy', 'deploy/../..'])
      await rejects(subject.renderer.render(tree, { path }), 'source/unsafe-path')
  },

  'a link that leaves the tree is source/unsafe-path': async (subject) => {
    const files = within('deploy', { ...subject.files([configMap('a')]), 'link.yaml': { link: '../../outside.yaml' } })
    await rejects(subject.renderer.render(memoryTree(files), { path: 'deploy' }), 'source/unsafe-path')
  },

  'a link inside of the tree is followed': async (subject) => {
    const files = subject.files([configMap('a', { text: 'behind a link' })])
    const links = Object.fromEntries(Object.keys(files).map((name) => [name, { link: `../shared/${name}` }]))
    const tree = memoryTree({ ...within('deploy', links), ...within('shared', files) })
    assert.deepEqual(byName(await subject.renderer.render(tree, { path: 'deploy' })), { a: configMap('a', { text: 'behind a link' }) })
  },

  'a reference that leaves the tree is refused': async (subject) => {
    const tree = memoryTree(within('app', needed(subject, 'escaping')))
    await rejects(subject.renderer.render(tree, { path: 'app' }), 'source/unsafe-path', 'render/failed')
  },

  'more than the limit is source/limit': async (subject) => {
    const limited = needed(subject, 'limited')
    const tree = treeOf(subject, 'deploy', [configMap('a', { text: 'x'.repeat(20_000) })])
    await rejects(limited.render(tree, { path: 'deploy' }), 'source/limit')
    assert.equal((await limited.render(treeOf(subject, 'deploy', [configMap('a')]), { path: 'deploy' })).length, 1)
  },

  'an error of the tree comes through as it is, and is not remembered': async (subject) => {
    const tree = treeOf(subject, 'deploy', [configMap('a')])
    const failure = new FleetkitError('git/unreachable', 'no answer')
    const fail = (): Promise<never> => Promise.reject(failure)
    for (const broken of [
      { ...tree, list: fail },
      { ...tree, read: fail },
    ] satisfies readonly SourceTree[])
      assert.equal(await rejects(subject.renderer.render(broken, { path: 'deploy' }), 'git/unreachable'), failure)
    assert.equal((await subject.renderer.render(tree, { path: 'deploy' })).length, 1)
  },
}
