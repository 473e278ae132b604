import assert from 'node:assert/strict'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { type GitSubject, text } from './subject.ts'

/** Refs: what a tag or a commit resolves to. */
export const refCases: ConformanceCases<GitSubject> = {
  'resolves a lightweight tag to its commit': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('v1', commit)
    await subject.commit({ a: '2' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), commit)
  },

  'resolves an annotated tag to the commit it points to': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const tagObject = await subject.tag('v1', commit, { message: 'one' })
    assert.notEqual(tagObject, commit)
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), commit)
  },

  'resolves a tag of a tag to the commit at the end': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('outer', await subject.tag('inner', commit, { message: 'inner' }), { message: 'outer' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'outer' }), commit)
  },

  'sees a tag that moved': async (subject) => {
    const first = await subject.commit({ a: '1' })
    const second = await subject.commit({ a: '2' })
    await subject.tag('v1', first)
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), first)
    await subject.tag('v1', second, { message: 'moved' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), second)
  },

  'a commit stays what it was after its tag moved': async (subject) => {
    const first = await subject.commit({ a: '1' })
    await subject.tag('v1', first)
    await subject.tag('v1', await subject.commit({ a: '2' }))
    const tree = await subject.git.tree(subject.url, first, '', { tag: 'v1' })
    assert.equal(await text(subject, tree, 'a'), '1')
  },

  'resolves tags with slashes and plus signs in their names': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    for (const name of ['team/app/v1.2.3', '1.0.0+build.7', '@', 'ünïcode']) {
      await subject.tag(name, commit)
      assert.equal(await subject.git.resolve(subject.url, { tag: name }), commit, name)
    }
  },

  'a tag that does not exist is git/ref-missing, and names it': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('v1.0.0', commit)
    const error = await rejects(subject.git.resolve(subject.url, { tag: 'v1' }), 'git/ref-missing')
    assert.match(error.message, /"v1"/)
  },

  'a branch is no tag, and the error says that it is a branch': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.branch('stable', commit)
    const error = await rejects(subject.git.resolve(subject.url, { tag: 'stable' }), 'git/ref-missing')
    assert.match(error.message, /branch/)
  },

  'what cannot be the name of a tag is git/ref-missing': async (subject) => {
    await subject.commit({ a: '1' })
    for (const tag of ['', '-v1', '--upload-pack=touch x', 'a b', 'a\nb', 'a..b', 'a^{}', 'a:b', '*', 'x.lock', '/a', 'a/'])
      await rejects(subject.git.resolve(subject.url, { tag }), 'git/ref-missing')
  },

  'resolves a commit to itself': async (subject) => {
    const first = await subject.commit({ a: '1' })
    await subject.commit({ a: '2' })
    assert.equal(await subject.git.resolve(subject.url, { commit: first }), first)
  },

  'a commit that does not exist is git/ref-missing': async (subject) => {
    await subject.commit({ a: '1' })
    const commit = '1234567890'.repeat(4)
    const error = await rejects(subject.git.resolve(subject.url, { commit }), 'git/ref-missing')
    assert.match(error.message, new RegExp(commit))
    await rejects(subject.git.tree(subject.url, commit, ''), 'git/ref-missing')
  },

  'an abbreviated commit is git/ref-missing': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await rejects(subject.git.resolve(subject.url, { commit: commit.slice(0, 12) }), 'git/ref-missing')
    await rejects(subject.git.tree(subject.url, 'main', ''), 'git/ref-missing')
  },

  'the id of something else than a commit is git/ref-missing': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const { oid, entries } = await subject.git.tree(subject.url, commit, '')
    for (const other of [oid, entries[0]?.oid ?? '']) await rejects(subject.git.resolve(subject.url, { commit: other }), 'git/ref-missing')
  },

  'an empty repository has no tags and no commits': async (subject) => {
    await rejects(subject.git.resolve(subject.url, { tag: 'v1' }), 'git/ref-missing')
    await rejects(subject.git.resolve(subject.url, { commit: '1'.repeat(40) }), 'git/ref-missing')
  },

  'a repository that does not exist is git/repository-missing': async (subject) => {
    await rejects(subject.git.resolve(subject.missingUrl, { tag: 'v1' }), 'git/repository-missing')
    await rejects(subject.git.tree(subject.missingUrl, '1'.repeat(40), ''), 'git/repository-missing')
  },
}
