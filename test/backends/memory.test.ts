import path from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { entryPoints, root } from '../../scripts/entry-points.ts'

/** What every browser has of the globals that are not part of the language. */
const browser = { AbortController, AbortSignal, clearTimeout, crypto, performance, setTimeout, TextDecoder, TextEncoder, URL }

const program = `(async () => {
  await using store = memory.memoryStore()
  const type = { apiVersion: 'example.com/v1', kind: 'Thing' }
  for (const name of ['a', 'b', 'c']) await store.create({ ...type, metadata: { name } })
  const first = await store.list(type, { limit: 2 })
  const second = await store.list(type, { continue: first.continue })
  await using lease = await store.lease({ namespace: 'default', name: 'leader', holder: 'me', durationMs: 1000 })

  await using cluster = memory.memoryCluster()
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, data: { a: '1' } }
  const [applied] = await cluster.apply([object], { fieldManager: 'test' })

  await using git = memory.memoryGit()
  const url = 'https://git.example.com/r'
  git.tag(url, 'v1', git.commit(url, { 'dir/file': 'text', run: { executable: 'go' } }))
  const commit = await git.resolve(url, { tag: 'v1' })
  return JSON.stringify({
    pages: [first, second].map(({ items }) => items.map(({ metadata }) => metadata.name)),
    term: lease.term,
    created: applied.created,
    commit,
  })
})()`

test('fleetkit/memory runs in a browser: it reaches no module and no global of Node', async () => {
  const { source } = entryPoints().find(({ name }) => name === 'fleetkit/memory') as { source: string }
  const { outputFiles } = await build({
    entryPoints: [path.relative(root, source)],
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'memory',
    conditions: ['fleetkit:source'],
    write: false,
  })
  const page = createContext(browser)
  runInContext(outputFiles[0]?.text as string, page)
  expect(JSON.parse(await runInContext(program, page))).toEqual({
    pages: [['a', 'b'], ['c']],
    term: 1,
    created: true,
    commit: '2459f95470477f4b0c3aaa62434b7ec77ba7b8be',
  })
})
