import assert from 'node:assert/strict'
import { setTimeout as realSleep } from 'node:timers/promises'
import { abortError } from '../../../model/errors/abort.ts'
import type { SourceTree } from '../../../ports/renderer.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { configMap, type RendererSubject, treeOf } from './subject.ts'

/** A render that is ended by its signal. */
export const abortCases: ConformanceCases<RendererSubject> = {
  'an aborted signal ends it with aborted': async (subject) => {
    const tree = treeOf(subject, 'deploy', [configMap('a')])
    await rejects(subject.renderer.render(tree, { path: 'deploy', signal: AbortSignal.abort() }), 'aborted')
  },

  'an abort while the tree is read ends it with aborted': async (subject) => {
    const tree = treeOf(subject, 'deploy', [configMap('a')])
    const abort = new AbortController()
    const reading = Promise.withResolvers<void>()
    const silent: SourceTree = {
      ...tree,
      read: (_, { signal } = {}) => {
        reading.resolve()
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(abortError(signal)), { once: true }))
      },
    }
    const ended = rejects(subject.renderer.render(silent, { path: 'deploy', signal: abort.signal }), 'aborted')
    await soon(subject, reading.promise, 'nothing was read')
    abort.abort()
    await soon(subject, ended, 'the abort did not end it')
  },

  'a caller that aborts takes nothing from another': async (subject) => {
    const tree = treeOf(subject, 'deploy', [configMap('a')])
    const abort = new AbortController()
    const leaving = subject.renderer.render(tree, { path: 'deploy', signal: abort.signal }).catch((error: unknown) => error)
    const staying = subject.renderer.render(tree, { path: 'deploy' })
    abort.abort()
    assert.equal((await staying).length, 1)
    const outcome = await leaving
    if (outcome instanceof Error) await rejects(Promise.reject(outcome), 'aborted')
  },
}

async function soon({ patienceMs = 10_000 }: RendererSubject, work: Promise<unknown>, late: string): Promise<void> {
  const done = new AbortController()
  const limit = realSleep(patienceMs, undefined, { signal: done.signal }).then(() => assert.fail(late))
  limit.catch(() => {})
  await Promise.race([work, limit]).finally(() => done.abort())
}
