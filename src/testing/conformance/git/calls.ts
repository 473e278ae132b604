import assert from 'node:assert/strict'
import { hasCode } from '../../../model/errors/error.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { type GitSubject, paths, text } from './subject.ts'

/** Calls: many at once, ended early, after the end. */
export const callCases: ConformanceCases<GitSubject> = {
  'serves many callers at once': async (subject) => {
    const commits = [await subject.commit({ a: '1' }), await subject.commit({ a: '2' }), await subject.commit({ a: '3' })]
    await subject.tag('v2', commits[1] ?? '')
    const calls = Array.from({ length: 24 }, async (_, index) => {
      const commit = commits[index % 3] ?? ''
      assert.equal(await subject.git.resolve(subject.url, { tag: 'v2' }), commits[1])
      return await text(subject, await subject.git.tree(subject.url, commit, ''), 'a')
    })
    assert.deepEqual(
      await Promise.all(calls),
      calls.map((_, index) => String((index % 3) + 1)),
    )
  },

  'an aborted call ends with aborted': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const signal = AbortSignal.abort()
    await rejects(subject.git.resolve(subject.url, { commit }, { signal }), 'aborted')
    await rejects(subject.git.tree(subject.url, commit, '', { signal }), 'aborted')
    await rejects(subject.git.blobs(subject.url, [], { signal }), 'aborted')
  },

  'one caller who gives up takes nothing from the others': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const abort = new AbortController()
    const leaving = subject.git.tree(subject.url, commit, '', { signal: abort.signal }).catch((error: unknown) => error)
    const staying = subject.git.tree(subject.url, commit, '')
    abort.abort()
    assert.deepEqual(paths((await staying).entries), ['a'])
    const outcome = await leaving
    if (outcome instanceof Error) assert.ok(hasCode(outcome, 'aborted'), String(outcome))
  },

  'refuses every call with closed after it was disposed of': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.git[Symbol.asyncDispose]()
    await subject.git[Symbol.asyncDispose]()
    await rejects(subject.git.resolve(subject.url, { commit }), 'closed')
    await rejects(subject.git.tree(subject.url, commit, ''), 'closed')
    await rejects(subject.git.blobs(subject.url, []), 'closed')
  },
}
