import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Git } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longestTurn } from '../../long-turns.ts'
import { type GitServer, type ServedRepository, startGitServer } from '../../servers/git.ts'
import { treeOf } from './packs.ts'

let server: GitServer
let repository: ServedRepository
let folder: string
let blob: string
let directory: string
beforeAll(async () => {
  server = await startGitServer()
  repository = await server.repository('apps')
  folder = await mkdtemp(join(tmpdir(), 'fleetkit-git-trees-'))
  await repository.commit({ a: '1', 'd/a/b': '2' })
  blob = await repository.git('rev-parse', 'main:a')
  directory = await repository.git('rev-parse', 'main:d')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A commit whose directory `in` is such a tree, which git would not write. */
async function commitWith(entries: Parameters<typeof treeOf>[0]): Promise<string> {
  const write = async (bytes: Buffer): Promise<string> => {
    await writeFile(join(folder, 'tree'), bytes)
    return await repository.git('hash-object', '-t', 'tree', '--literally', '-w', join(folder, 'tree'))
  }
  return await repository.git('commit-tree', '-m', 'x', await write(treeOf([['40000', 'in', await write(treeOf(entries))]])))
}

describe.each(['isomorphic', 'cli'] as const)('%s', (backend) => {
  const open = (): Git => gitRepositories({ backend, cacheDir: join(folder, backend), allowHttp: true })
  const failure = async (git: Git, commit: string): Promise<string> =>
    await git.tree(repository.url, commit, '').then(
      () => 'read',
      (error) => {
        expect(error).toMatchObject({ code: 'git/protocol', retryable: false })
        return (error as Error).message
      },
    )

  test.each<[string, () => Parameters<typeof treeOf>[0], string]>([
    [
      'two files of one name',
      () => [
        ['100644', 'a', blob],
        ['100755', 'a', blob],
      ],
      'two entries of the name "a"',
    ],
    [
      'two that are apart',
      () => [
        ['100644', 'a', blob],
        ['100644', 'a-b', blob],
        ['40000', 'a', directory],
      ],
      'two entries of the name "a"',
    ],
    [
      'a file and a directory of one name',
      () => [
        ['100644', 'a', blob],
        ['40000', 'a', directory],
      ],
      'two entries of the name "a"',
    ],
    ['a name that is a path', () => [['100644', 'a/b', blob]], 'no file name: "a/b"'],
    [
      'a name that is a path into another entry',
      () => [
        ['40000', 'a', directory],
        ['100644', 'a/c', blob],
      ],
      'no file name: "a/c"',
    ],
    [
      'names that are one once they are decoded',
      () => [
        ['100644', Buffer.from([0x61, 0xff]), blob],
        ['100644', Buffer.from([0x61, 0xfe]), blob],
      ],
      'two entries of the name "a\ufffd"',
    ],
    ['two dots', () => [['40000', '..', directory]], 'no file name: ".."'],
    ['a mode that git does not have', () => [['100000000', 'a', blob]], 'a mode that git does not have'],
    ['a device', () => [['20666', 'a', blob]], 'a mode that git does not have'],
  ])('%s: one clear error that names the directory', async (_, entries, why) => {
    const commit = await commitWith(entries())
    await using git = open()
    expect(await failure(git, commit)).toContain(`the directory "in"`)
    expect(await failure(git, commit)).toContain(why)
  })

  test('entries out of order, and old modes, are read as they are', async () => {
    const commit = await commitWith([
      ['100664', 'z', blob],
      ['040000', 'd', directory],
      ['100644', 'd.txt', blob],
      ['100755', 'a', blob],
    ])
    await using git = open()
    const { entries } = await git.tree(repository.url, commit, 'in')
    expect(entries.map(({ path, kind }) => `${kind} ${path}`)).toEqual(['executable in/a', 'file in/d.txt', 'file in/d/a/b', 'file in/z'])
  })

  test('directories that double at each level are git/limit at once', async () => {
    let tree = directory
    for (let level = 0; level < 40; level++) {
      await writeFile(
        join(folder, 'tree'),
        treeOf([
          ['40000', 'a', tree],
          ['40000', 'b', tree],
        ]),
      )
      tree = await repository.git('hash-object', '-t', 'tree', '-w', join(folder, 'tree'))
    }
    const commit = await repository.git('commit-tree', '-m', 'x', tree)
    await using git = open()
    await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/limit' })
  })

  test('a path that is not there: what is', async () => {
    const commit = await repository.commit({ 'deploy/app.yaml': '1', 'docs/x': '1', 'README.md': '1', 'deploy/base/x': '2' })
    await using git = open()
    const message = async (path: string): Promise<string> =>
      await git.tree(repository.url, commit, path, { tag: 'v1' }).then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await message('deployy')).toContain('has no path "deployy"; its root has "deploy", "docs", "README.md"')
    expect(await message('deploy/bas/x')).toContain('has no path "deploy/bas/x"; "deploy" has "base", "app.yaml"')
  })

  test('among more tags than are looked through, one that is there is found, and one that is not is missing', async () => {
    const many = await server.repository(`many-${backend}`)
    const commit = await manyTags(many)
    await using git = open()
    expect(await git.resolve(many.url, { tag: 't249999' })).toBe(commit)
    const longest = await longestTurn(
      async () => await expect(git.resolve(many.url, { tag: 'none' })).rejects.toMatchObject({ code: 'git/ref-missing' }),
    )
    expect(longest).toBeLessThan(100)
  })

  test('a tag that is not there: the nearest', async () => {
    const commit = await repository.commit({ a: '3' })
    await using git = open()
    const message = async (tag: string): Promise<string> =>
      await git.resolve(repository.url, { tag }).then(
        () => '',
        (error: Error) => error.message,
      )
    expect(await message('v9.9.9')).toContain('there is no tag "v9.9.9"; there is none')
    for (const tag of ['v1.0.0', 'v9.9.8', 'v9.10.0', 'v0.1.0', 'stable']) await repository.tag(tag, commit)
    expect(await message('v9.9.9')).toContain('there is no tag "v9.9.9"; there is "v9.9.8"')
    expect(await message('9.9.8')).toContain('"v9.9.8"')
    for (const tag of ['v1.0.0', 'v9.9.8', 'v9.10.0', 'v0.1.0', 'stable']) await repository.git('update-ref', '-d', `refs/tags/${tag}`)
  })
})

test('a server that tells all its names at once may have 250,000', async () => {
  await using old = await startGitServer({ version0: true })
  const many = await old.repository('many')
  await manyTags(many)
  await using git = gitRepositories({ cacheDir: join(folder, 'old'), allowHttp: true })
  const asked = git.resolve(many.url, { tag: 't1' })
  await expect(asked).rejects.toMatchObject({ code: 'git/limit', message: expect.stringContaining('names, more than 250000') })
})

/** A commit with a quarter of a million tags. */
async function manyTags(many: ServedRepository): Promise<string> {
  const commit = await many.commit({ a: '1' })
  const lines = Array.from({ length: 250_001 }, (_, index) => `${commit} refs/tags/t${index}\n`).sort()
  await writeFile(join(many.folder, 'packed-refs'), `# pack-refs with: peeled fully-peeled sorted\n${lines.join('')}`)
  return commit
}
