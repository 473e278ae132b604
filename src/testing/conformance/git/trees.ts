import assert from 'node:assert/strict'
import { type GitFiles, memoryGit } from '../../../backends/git/memory/index.ts'
import type { GitTree } from '../../../ports/git.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { type GitSubject, paths, text } from './subject.ts'

/** Trees: what lies below a path of a commit. */
export const treeCases: ConformanceCases<GitSubject> = {
  'lists the root, recursively and without directories': async (subject) => {
    const commit = await subject.commit({ b: '2', 'a/deep/er/x': '3', 'a/y': '4' })
    const { entries } = await subject.git.tree(subject.url, commit, '')
    assert.deepEqual(paths(entries), ['a/deep/er/x', 'a/y', 'b'])
  },

  'lists a directory with paths from the root of the repository': async (subject) => {
    const commit = await subject.commit({ b: '2', 'a/deep/er/x': '3', 'a/y': '4', 'ab/z': '5' })
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, 'a')).entries), ['a/deep/er/x', 'a/y'])
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, 'a/deep/er')).entries), ['a/deep/er/x'])
  },

  'takes ./a/ for a': async (subject) => {
    const commit = await subject.commit({ 'a/y': '4', b: '1' })
    const plain = await subject.git.tree(subject.url, commit, 'a')
    for (const path of ['./a', 'a/', './a//', 'a/.']) assert.deepEqual(await subject.git.tree(subject.url, commit, path), plain, path)
    assert.deepEqual(await subject.git.tree(subject.url, commit, '.'), await subject.git.tree(subject.url, commit, ''))
  },

  'sorts by path in code-point order': async (subject) => {
    const names = ['a.txt', 'a/x', 'a-b', 'a0', 'B', 'ä', '\u{1f680}', '\uff5e', 'Z/1', 'a/X']
    const commit = await subject.commit(Object.fromEntries(names.map((name) => [name, name])))
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, '')).entries), sorted)
  },

  'tells files, executables, symbolic links and submodules apart': async (subject) => {
    const submodule = 'ab'.repeat(20)
    const commit = await subject.commit({ file: 'f', run: { executable: '#!/bin/sh\n' }, link: { link: '../outside' }, sub: { submodule } })
    const tree = await subject.git.tree(subject.url, commit, '')
    assert.deepEqual(Object.fromEntries(tree.entries.map(({ path, kind }) => [path, kind])), {
      file: 'file',
      run: 'executable',
      link: 'symlink',
      sub: 'submodule',
    })
    assert.equal(await text(subject, tree, 'link'), '../outside')
    assert.equal(tree.entries.find(({ path }) => path === 'sub')?.oid, submodule)
  },

  'keeps blanks, quotes, newlines and other alphabets in names': async (subject) => {
    const names = [
      'with blank',
      'tab\there',
      'new\nline',
      'quo"te',
      "apo'strophe",
      'back\\slash',
      'grüße/日本語',
      '*',
      ':(glob)x',
      '-dash',
      '__proto__',
      'constructor',
    ]
    const commit = await subject.commit(Object.fromEntries(names.map((name) => [`d/${name}/f`, name])))
    const tree = await subject.git.tree(subject.url, commit, 'd')
    assert.deepEqual(new Set(paths(tree.entries)), new Set(names.map((name) => `d/${name}/f`)))
    for (const name of names)
      assert.deepEqual(paths((await subject.git.tree(subject.url, commit, `d/${name}`)).entries), [`d/${name}/f`], name)
    assert.equal(await text(subject, tree, 'd/grüße/日本語/f'), 'grüße/日本語')
  },

  'a path that is not there is git/path-missing': async (subject) => {
    const commit = await subject.commit({ 'a/y': '4' })
    for (const path of ['b', 'a/b', 'A', 'a/q/z/w']) {
      const error = await rejects(subject.git.tree(subject.url, commit, path), 'git/path-missing')
      assert.ok(error.message.includes(path), error.message)
    }
  },

  'a path of a file, a link or a submodule is git/path-missing, and the error says what it is': async (subject) => {
    const commit = await subject.commit({ 'a/f': '1', 'a/l': { link: 'f' }, 'a/s': { submodule: 'ab'.repeat(20) } })
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/f'), 'git/path-missing')).message, /a\/f.*is a file/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/f/below'), 'git/path-missing')).message, /a\/f.*is a file/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/l'), 'git/path-missing')).message, /symbolic link/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/s'), 'git/path-missing')).message, /submodule/)
  },

  'a path that leaves the repository is source/unsafe-path': async (subject) => {
    const commit = await subject.commit({ 'a/f': '1' })
    for (const path of ['/', '/a', '..', 'a/../..', 'a/..', 'a\0b'])
      await rejects(subject.git.tree(subject.url, commit, path), 'source/unsafe-path')
  },

  'equal directories have equal ids, other ones others': async (subject) => {
    const first = await subject.commit({ 'a/x': '1', 'b/x': '1', 'c/x': '2' })
    const second = await subject.commit({ 'a/x': '1', 'c/x': '3' })
    const oid = async (commit: string, path: string): Promise<string> => (await subject.git.tree(subject.url, commit, path)).oid
    assert.equal(await oid(first, 'a'), await oid(first, 'b'))
    assert.equal(await oid(first, 'a'), await oid(second, 'a'))
    assert.notEqual(await oid(first, 'c'), await oid(second, 'c'))
    assert.notEqual(await oid(first, ''), await oid(second, ''))
  },

  'computes the ids that git computes': async (subject) => {
    const files: GitFiles = {
      'a.txt': 'x',
      'a/b': '',
      'a-c': new Uint8Array([0, 255, 10, 13]),
      'dir/run': { executable: 'go' },
      'dir/link': { link: 'run' },
      'ünï/\u{1f680}': '1',
      sub: { submodule: 'cd'.repeat(20) },
    }
    await using memory = memoryGit()
    const expected = await memory.tree('memory', memory.commit('memory', files), '')
    assert.deepEqual(await subject.git.tree(subject.url, await subject.commit(files), ''), expected)
  },

  'what a caller does to a tree changes nothing for others': async (subject) => {
    const commit = await subject.commit({ a: '1', b: '2' })
    const spoil = (tree: GitTree): void => {
      try {
        Object.assign(tree.entries[0] ?? {}, { path: 'spoiled' })
        ;(tree.entries as unknown[]).pop()
      } catch {
        // It may be frozen.
      }
    }
    spoil(await subject.git.tree(subject.url, commit, ''))
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, '')).entries), ['a', 'b'])
  },
}
