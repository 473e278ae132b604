import assert from 'node:assert/strict'
import type { ConformanceCases } from '../register.ts'
import { configMap, needed, type RendererSubject, within } from './subject.ts'

/** Which directories a renderer takes. */
export const directoryCases: ConformanceCases<RendererSubject> = {
  'it has a name': async ({ renderer }) => {
    assert.match(renderer.name, /\S/)
  },

  'it takes its own directories, at the root and below': async ({ renderer, files }) => {
    for (const path of ['', 'deploy', 'deep/er'])
      assert.equal(renderer.accepts(paths(within(path, files([configMap('a')]))), path), true, path)
  },

  'it leaves the directories of other renderers': async (subject) => {
    const foreign = needed(subject, 'foreign')
    for (const path of ['', 'deploy']) assert.equal(subject.renderer.accepts(paths(within(path, foreign)), path), false, path)
  },

  'only the files of the directory decide': async (subject) => {
    const own = within('deploy', subject.files([configMap('a')]))
    const foreign = within('deploy-other', needed(subject, 'foreign'))
    assert.equal(subject.renderer.accepts(paths({ ...own, ...foreign }), 'deploy'), true)
    assert.equal(subject.renderer.accepts(paths({ ...own, ...foreign }), 'deploy-other'), false)
  },

  'the same files get the same answer, and are not changed': async ({ renderer, files }) => {
    const listed = Object.freeze(paths(within('deploy', files([configMap('a')]))))
    for (let time = 0; time < 3; time++) assert.equal(renderer.accepts(listed, 'deploy'), true)
  },
}

function paths(files: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(files).sort()
}
