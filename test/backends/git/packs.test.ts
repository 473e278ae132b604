import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { FleetkitError, Git } from 'fleetkit'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { longestTurn } from '../../long-turns.ts'
import { runs } from '../../random-tests.ts'
import { startGitServer } from '../../servers/git.ts'
import { appending, commitOf, makePack, oidOf, type PackEntry, servePack, treeOf, withChecksum } from './packs.ts'

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'fleetkit-git-packs-'))
})
afterEach(async () => await rm(cacheDir, { recursive: true, force: true }))

const open = (options: GitRepositoriesOptions = {}): Git => gitRepositories({ cacheDir, allowHttp: true, ...options })
const zeros = (megabytes: number): Buffer => Buffer.alloc(megabytes * 2 ** 20)

/** Reads the only file `f` of a commit that one pack holds. */
async function readFrom(pack: Buffer, commit: string, options: GitRepositoriesOptions = {}): Promise<Buffer> {
  await using server = await servePack(pack)
  await using git = open(options)
  const { entries } = await git.tree(server.url, commit, '')
  const oids = entries.map(({ oid }) => oid)
  return Buffer.from((await git.blobs(server.url, oids)).get(oids[0] ?? '') ?? [])
}

/** A commit whose file `f` is `content`, of entries that come to it. */
function packOf(content: Buffer, entries: (start: number) => readonly PackEntry[]): { readonly pack: Buffer; readonly commit: string } {
  const made = commitOf([['100644', 'f', oidOf('blob', content)]])
  return { pack: makePack([...made.entries, ...entries(made.entries.length)]), commit: made.commit }
}

/** `length` deltas, each of the one before, that add a byte each. */
function chain(
  first: Buffer,
  length: number,
  reference: boolean,
): { readonly pack: Buffer; readonly commit: string; readonly last: Buffer } {
  const contents = Array.from({ length: length + 1 }, (_, added) => Buffer.concat([first, Buffer.alloc(added, 'x')]))
  const last = contents.at(-1) as Buffer
  return {
    last,
    ...packOf(last, (start) => [
      { type: 'blob', content: first },
      ...contents.slice(0, -1).map((content, index) => ({
        base: reference ? oidOf('blob', content) : start + index,
        delta: appending(content.length, Buffer.from('x')),
      })),
    ]),
  }
}

describe('packs are indexed as git indexes them', () => {
  const versions = (files: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: files }, (_, index) => [
        `d${index % 9}/f${index}`,
        Array.from({ length: 60 }, (_, line) => `line ${line} of ${line === index % 60 ? index : 'all'}\n`).join(''),
      ]),
    )

  test.each([1, 400])('%i files, with deltas where there are several: the index is that of git, byte for byte', async (count) => {
    await using server = await startGitServer()
    const repository = await server.repository('apps')
    const files = versions(count)
    const commit = await repository.commit(files)
    await repository.git('repack', '-adfq')
    await using git = open()
    const { entries } = await git.tree(repository.url, commit, '')
    const packs = join(cacheDir, (await readdir(cacheDir))[0] ?? '', commit, 'objects', 'pack')
    const [index, pack] = (await readdir(packs)).sort().map((name) => join(packs, name)) as [string, string]
    execFileSync('git', ['index-pack', '-o', join(cacheDir, 'by-git.idx'), pack])
    expect((await readFile(index)).equals(await readFile(join(cacheDir, 'by-git.idx')))).toBe(true)
    if (count > 1) expect(execFileSync('git', ['verify-pack', '-v', index]).toString()).toMatch(/chain length = \d/)
    const blobs = await git.blobs(
      repository.url,
      entries.map(({ oid }) => oid),
    )
    expect(Object.fromEntries(entries.map(({ path, oid }) => [path, Buffer.from(blobs.get(oid) ?? []).toString()]))).toEqual(files)
  })

  test.each([true, false])('a delta is made of its base, wherever that is (by id: %s)', async (reference) => {
    const { pack, commit, last } = chain(Buffer.from('first'), 20, reference)
    expect((await readFrom(pack, commit)).equals(last)).toBe(true)
    const [first = '', second = '', ...rest] = ['a', 'ab', 'abc']
    const backwards = packOf(Buffer.from(rest[0] ?? ''), () => [
      { base: oidOf('blob', Buffer.from(second)), delta: appending(2, Buffer.from('c')) },
      { base: oidOf('blob', Buffer.from(first)), delta: appending(1, Buffer.from('b')) },
      { type: 'blob', content: Buffer.from(first) },
    ])
    expect((await readFrom(backwards.pack, backwards.commit)).toString()).toBe('abc')
  })
})

describe('what a server sends is bounded', () => {
  const limited = { code: 'git/limit', retryable: false }

  test('deltas that are too deep', async () => {
    const { pack, commit, last } = chain(Buffer.from('first'), 30, false)
    expect((await readFrom(pack, commit, { limits: { deltaDepth: 30 } })).length).toBe(last.length)
    await rm(cacheDir, { recursive: true })
    await expect(readFrom(pack, commit, { limits: { deltaDepth: 29 } })).rejects.toMatchObject(limited)
    const deep = chain(Buffer.from('first'), 5000, true)
    await expect(readFrom(deep.pack, deep.commit)).rejects.toMatchObject(limited)
  })

  test('a few kilobytes of deltas that say gigabytes', async () => {
    const size = 30 * 2 ** 20
    const { pack, commit } = packOf(Buffer.from('any'), (start) => [
      { type: 'blob', content: zeros(30) },
      ...Array.from({ length: 100 }, (_, index) => ({ base: start + index, delta: appending(size + index, Buffer.from('x')) })),
    ])
    expect(pack.length).toBeLessThan(100_000)
    const before = process.memoryUsage().arrayBuffers
    await expect(readFrom(pack, commit)).rejects.toMatchObject(limited)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 2 ** 20)
  })

  test('what deltas need at once', async () => {
    // Each base has two, of which the one that leads on comes last.
    const contents = Array.from({ length: 9 }, (_, added) => Buffer.concat([zeros(30), Buffer.alloc(added, 'x')]))
    const { pack, commit } = packOf(Buffer.from('any'), () => [
      { type: 'blob', content: contents[0] as Buffer },
      ...contents.flatMap((content) =>
        ['y', 'x'].map((added) => ({ base: oidOf('blob', content), delta: appending(content.length, Buffer.from(added)) })),
      ),
    ])
    await expect(readFrom(pack, commit)).rejects.toMatchObject({ ...limited, message: expect.stringContaining('at once') })
  })

  test('a few megabytes of zeros that say gigabytes', async () => {
    const content = zeros(30)
    const { pack, commit } = packOf(content, () => Array.from({ length: 12 }, () => ({ type: 'blob' as const, content })))
    const limits = { unpackedBytes: 300 * 2 ** 20 }
    const longest = await longestTurn(async () => await expect(readFrom(pack, commit, { limits })).rejects.toMatchObject(limited))
    expect(longest).toBeLessThan(100)
  })

  test('the time of one exchange, whatever it holds', async () => {
    const content = zeros(30)
    const { pack, commit } = packOf(content, () => Array.from({ length: 60 }, () => ({ type: 'blob' as const, content })))
    await expect(readFrom(pack, commit, { timeoutMs: 150 })).rejects.toMatchObject({ code: 'timeout' })
  })

  test('the number of objects', async () => {
    const pack = Buffer.concat([Buffer.from('PACK\0\0\0\x02'), Buffer.from([0, 0x0f, 0x42, 0x41]), Buffer.alloc(9_000_100)])
    await expect(readFrom(withChecksum(pack), 'a'.repeat(40))).rejects.toMatchObject(limited)
  })

  test('the names of a server', async () => {
    const name = `${'a'.repeat(40)} refs/tags/`
    const lines = Array.from({ length: 1100 }, (_, index) => `${name}${index}${'x'.repeat(63_000)}\n`)
    await using server = await servePack(Buffer.alloc(0), lines)
    await using git = open()
    await expect(git.resolve(server.url, { tag: 'v1' })).rejects.toMatchObject({
      ...limited,
      message: expect.stringContaining('list of refs'),
    })
  })

  test('how long a path is', async () => {
    let content = treeOf([['100644', 'f', oidOf('blob', Buffer.from('x'))]])
    const trees: PackEntry[] = []
    for (let level = 0; level < 2100; level++) {
      trees.push({ type: 'tree', content })
      content = treeOf([['40000', 'd', oidOf('tree', content)]])
    }
    const { entries, commit } = commitOf([['40000', 'd', oidOf('tree', content)]])
    const pack = makePack([...entries, ...trees, { type: 'tree', content }])
    await expect(readFrom(pack, commit)).rejects.toMatchObject({ ...limited, message: expect.stringContaining('4096 characters') })
  })

  test('a tree that no git would make', async () => {
    const { entries, commit } = commitOf([['100644', '', oidOf('blob', Buffer.from('x'))]])
    await expect(readFrom(makePack(entries), commit)).rejects.toMatchObject({
      code: 'git/protocol',
      retryable: false,
      message: expect.stringContaining('no file name: ""'),
    })
  })

  test('no pack makes anything but a result or an error of git', async () => {
    const { pack, commit, last } = chain(Buffer.from('the first of all'), 5, true)
    const change = fc.record({ at: fc.nat(pack.length - 21), to: fc.nat(255), cut: fc.option(fc.nat(pack.length - 21), { freq: 4 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let bytes = Buffer.from(pack.subarray(0, -20))
        for (const { at, to, cut } of changes) {
          if (at < bytes.length) bytes[at] = to
          if (cut !== null) bytes = bytes.subarray(0, cut)
        }
        const result = await readFrom(withChecksum(bytes), commit).catch((error: unknown) => error)
        if (result instanceof Buffer) expect(result.equals(last)).toBe(true)
        else expect((result as FleetkitError).code, String(result)).toMatch(/^git\//)
        await rm(cacheDir, { recursive: true, force: true })
      }),
      { numRuns: runs(150) },
    )
  })
})

test('a large repository, of which one directory is wanted, holds up nothing else', async () => {
  await using server = await startGitServer()
  const repository = await server.repository('large')
  const files = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`d${index % 100}/f${index}`, `file ${index}\n`]))
  const commit = await repository.commit(files)
  await using git = open()
  const longest = await longestTurn(async () => {
    const { entries } = await git.tree(repository.url, commit, 'd7')
    const blobs = await git.blobs(
      repository.url,
      entries.map(({ oid }) => oid),
    )
    expect(blobs.size).toBe(200)
    expect((await git.tree(repository.url, commit, '')).entries).toHaveLength(20_000)
  })
  expect(longest).toBeLessThan(100)
})
