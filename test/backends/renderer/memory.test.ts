import { type KubeObject, Sync, SyncRunner } from 'fleetkit'
import { memoryCluster, memoryGit, memoryRenderer, memoryTree } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'

const settings = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { name },
})
const tree = memoryTree({ 'deploy/a': '' })

describe('memoryRenderer', () => {
  test('takes the directories of its map, and renders their objects in order', async () => {
    const renderer = memoryRenderer({ './deploy/': [settings('b'), settings('a')], '.': [] })
    expect(['deploy', '', 'other'].map((path) => renderer.accepts([], path))).toEqual([true, true, false])
    expect(await renderer.render(tree, { path: 'deploy' })).toEqual([
      { object: settings('b'), origin: 'deploy (memory):1' },
      { object: settings('a'), origin: 'deploy (memory):2' },
    ])
    await expect(renderer.render(tree, { path: 'other' })).rejects.toMatchObject({
      code: 'render/failed',
      message: 'found the directory other, accepted one of the script: deploy, .',
    })
  })

  test('a function sees the tree and the options', async () => {
    const renderer = memoryRenderer((given, { path }) => [{ ...settings('a'), data: { oid: given.oid, path } }], { name: 'mine' })
    expect(renderer.accepts([], 'anything')).toBe(true)
    const [rendered] = await renderer.render(tree, { path: '' })
    expect(rendered).toMatchObject({ origin: '. (mine):1', object: { data: { oid: tree.oid, path: '' } } })
  })

  test('objects come out as frozen copies', async () => {
    const given = settings('a')
    const [rendered] = await memoryRenderer({ deploy: [given] }).render(tree, { path: 'deploy' })
    expect([Object.isFrozen(rendered?.object.data), Object.isFrozen(given.data)]).toEqual([true, false])
  })

  test('what is no object is refused, with every problem', async () => {
    const bad = [
      { kind: 'ConfigMap', metadata: { name: 'a/b' } },
      { ...settings('a'), data: { date: new Date(0) } },
    ]
    const render = (objects: readonly unknown[]) => memoryRenderer({ deploy: objects as KubeObject[] }).render(tree, { path: 'deploy' })
    await expect(render(bad.slice(0, 1))).rejects.toMatchObject({
      code: 'source/object-invalid',
      problems: [{ path: 'deploy (memory):1 apiVersion' }, { path: 'deploy (memory):1 metadata.name' }],
    })
    await expect(render(bad.slice(1))).rejects.toMatchObject({
      code: 'source/object-invalid',
      problems: [{ path: 'deploy (memory):1 data.date', found: 'an instance of Date' }],
    })
  })

  test('a function that never answers ends with the signal', async () => {
    const abort = new AbortController()
    const rendering = memoryRenderer(() => new Promise(() => {})).render(tree, { path: '', signal: abort.signal })
    abort.abort()
    await expect(rendering).rejects.toMatchObject({ code: 'aborted' })
  })

  test('serves a Sync: another commit, other objects', async () => {
    const url = 'https://git.example.com/r'
    await using git = memoryGit()
    await using cluster = memoryCluster()
    const first = git.commit(url, { 'deploy/one': '' })
    git.tag(url, 'v1', first)
    git.tag(url, 'v2', git.commit(url, { 'deploy/two': '' }))
    const renderer = memoryRenderer(({ oid }) => [settings(oid === first ? 'one' : 'two')])
    const runner = new SyncRunner({ cluster, git, renderers: [renderer] })
    const sync = (tag: string) =>
      new Sync({ metadata: { name: 'a', namespace: 'default' }, spec: { source: { git: { url, tag } }, path: './deploy', prune: true } })
    const names = async () =>
      (await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' })).items
        .map(({ metadata }) => metadata.name)
        .filter((name) => name === 'one' || name === 'two')
    await runner.run(sync('v1'))
    expect(await names()).toEqual(['one'])
    await runner.run(sync('v2'))
    expect(await names()).toEqual(['two'])
  })
})

describe('memoryTree', () => {
  const text = async (files: Parameters<typeof memoryTree>[0], directory: string): Promise<Readonly<Record<string, string>>> => {
    const given = memoryTree(files)
    const contents = await given.read(await given.list(directory))
    return Object.fromEntries([...contents].map(([path, content]) => [path, new TextDecoder().decode(content)]))
  }
  const files = {
    'deploy/b': 'b',
    'deploy/a/run': { executable: 'go' },
    'deploy/link': { link: '../shared' },
    'deploy/sub': { submodule: 'ab'.repeat(20) },
    'shared/c': new TextEncoder().encode('c'),
  }

  test('lists and reads the files below a directory, with links followed', async () => {
    expect(Object.entries(await text(files, './deploy/'))).toEqual([
      ['deploy/a/run', 'go'],
      ['deploy/b', 'b'],
      ['deploy/link/c', 'c'],
    ])
    expect(Object.keys(await text(files, ''))).toEqual(['deploy/a/run', 'deploy/b', 'deploy/link/c', 'shared/c'])
    expect(await memoryTree({}).list('')).toEqual([])
  })

  test('has the id that git gives the files', async () => {
    await using git = memoryGit()
    const commit = git.commit('r', files)
    expect(memoryTree(files).oid).toBe((await git.tree('r', commit, '')).oid)
  })

  test('what is not there, or not inside, is refused', async () => {
    const given = memoryTree(files)
    for (const directory of ['nowhere', 'deploy/b']) await expect(given.list(directory)).rejects.toMatchObject({ code: 'git/path-missing' })
    await expect(given.read(['deploy/link/c'])).rejects.toMatchObject({ code: 'git/path-missing', message: /is no listed file/ })
    for (const directory of ['..', '/deploy']) await expect(given.list(directory)).rejects.toMatchObject({ code: 'source/unsafe-path' })
    const out = memoryTree({ 'a/link': { link: '../../x' } })
    await expect(out.list('a')).rejects.toMatchObject({ code: 'source/unsafe-path' })
    const signal = AbortSignal.abort()
    await expect(given.list('', { signal })).rejects.toMatchObject({ code: 'aborted' })
    await expect(given.read([], { signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('what a caller does to contents changes nothing', async () => {
    const given = memoryTree({ a: 'text' })
    await given.list('')
    ;(await given.read(['a'])).get('a')?.fill(0)
    expect(new TextDecoder().decode((await given.read(['a'])).get('a'))).toBe('text')
  })
})
