import { getEventListeners, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Git, hasCode } from 'fleetkit'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type GitFault, type GitServer, type ServedRepository, startGitServer } from '../../servers/git.ts'

let server: GitServer
let repository: ServedRepository
let cacheDir: string

beforeEach(async () => {
  server = await startGitServer()
  repository = await server.repository('apps')
  cacheDir = await mkdtemp(join(tmpdir(), 'fleetkit-git-faults-'))
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(cacheDir, { recursive: true, force: true })
})

/** Does not compress. */
function noise(bytes: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: bytes }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state & 255
  })
}

describe.each(['isomorphic', 'cli'] as const)('%s', (backend) => {
  const open = (options: GitRepositoriesOptions = {}): Git => gitRepositories({ cacheDir, allowHttp: true, backend, ...options })

  test.each<[string, GitFault, string, boolean]>([
    ['500', { kind: 'status', status: 500, body: 'boom' }, 'git/unavailable', true],
    ['429', { kind: 'status', status: 429, headers: { 'retry-after': '7' } }, 'git/unavailable', true],
    ['401', { kind: 'status', status: 401 }, 'git/unauthorized', false],
    ['403', { kind: 'status', status: 403 }, 'git/unauthorized', false],
    ['404', { kind: 'status', status: 404 }, 'git/repository-missing', false],
    ['garbage', { kind: 'garbage' }, 'git/protocol', true],
    [
      'a web page',
      { kind: 'status', status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html>\n<html>\n<p>Hello</p>\n</html>\n' },
      'git/protocol',
      true,
    ],
  ])('an answer of %s has its own code', async (_, fault, code, retryable) => {
    const commit = await repository.commit({ a: '1' })
    await using git = open()
    server.fault = fault
    const failure = { code, retryable, message: expect.stringContaining(repository.url) }
    await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject(failure)
    await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject(failure)
  })

  test('a server that has stopped is git/unreachable', async () => {
    await repository.commit({ a: '1' })
    await using git = open()
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    await expect(git.resolve(`http://127.0.0.1:${port}/apps.git`, { tag: 'v1' })).rejects.toMatchObject({
      code: 'git/unreachable',
      retryable: true,
    })
  })

  test('a host that has no address is git/unreachable', async () => {
    await using git = open()
    await expect(git.resolve('http://nowhere.invalid/apps.git', { tag: 'v1' })).rejects.toMatchObject({ code: 'git/unreachable' })
  })

  test('a server that never answers is a timeout, with what was waited for', async () => {
    await using git = open({ timeoutMs: 200 })
    server.fault = { kind: 'hang' }
    await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('"v1"'),
    })
  })

  test('a caller who gives up need not wait for the server', async () => {
    await using git = open()
    server.fault = { kind: 'hang' }
    const started = performance.now()
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    await expect(git.resolve(repository.url, { tag: 'v1' }, { signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('a signal that lasts is left as it was', async () => {
    const commit = await repository.commit({ a: '1' })
    await repository.tag('v1', commit)
    await using git = open()
    const { signal } = new AbortController()
    await git.resolve(repository.url, { tag: 'v1' }, { signal })
    await git.tree(repository.url, commit, '', { signal })
    await expect(git.resolve(repository.url, { tag: 'v2' }, { signal })).rejects.toMatchObject({ code: 'git/ref-missing' })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('closing ends what is under way', async () => {
    const git = open()
    server.fault = { kind: 'hang' }
    const call = expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({ code: 'closed' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await git[Symbol.asyncDispose]()
    await call
  })

  test('a slow server is waited for', async () => {
    const commit = await repository.commit({ a: '1' })
    await repository.tag('v1', commit)
    await using git = open()
    server.fault = { kind: 'delay', ms: 150 }
    expect(await git.resolve(repository.url, { tag: 'v1' })).toBe(commit)
  })

  test.each<['cut' | 'truncate', number]>([
    ['cut', 50_000],
    ['cut', 10],
    ['truncate', 50_000],
    ['truncate', 65_600],
  ])('a pack that breaks off (%s after %i bytes) can be fetched again, and nothing of it is kept', async (kind, afterBytes) => {
    const commit = await repository.commit({ big: noise(300_000) })
    await using git = open()
    server.fault = { kind, afterBytes }
    const error: unknown = await git.tree(repository.url, commit, '').catch((reason: unknown) => reason)
    expect(hasCode(error, 'git/unreachable', 'git/protocol') && error.retryable, String(error)).toBe(true)
    server.fault = undefined
    const { entries } = await git.tree(repository.url, commit, '')
    expect(entries.map(({ path }) => path)).toEqual(['big'])
  })

  test('a pack, a file, a number of files and a sum beyond the limits are git/limit', async () => {
    const commit = await repository.commit({ 'a/big': noise(3_000_000), 'b/1': 'x', 'b/2': 'y', 'b/3': 'zz' })
    {
      await using git = open({ limits: { packBytes: 100_000 } })
      await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/limit', retryable: false })
    }
    await using git = open({ limits: { files: 3, blobBytes: 1000, totalBytes: 3 } })
    await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/limit' })
    const { entries } = await git.tree(repository.url, commit, 'b')
    const oids = entries.map(({ oid }) => oid)
    await expect(git.blobs(repository.url, oids)).rejects.toMatchObject({ code: 'git/limit' })
    expect((await git.blobs(repository.url, oids.slice(0, 2))).size).toBe(2)
    await expect(git.blobs(repository.url, oids)).rejects.toMatchObject({ code: 'git/limit' })
    const [big] = (await git.tree(repository.url, commit, 'a')).entries
    await expect(git.blobs(repository.url, [big?.oid ?? ''])).rejects.toMatchObject({ code: 'git/limit' })
  })

  test('a tag of something that is no commit is git/ref-missing', async () => {
    const commit = await repository.commit({ a: '1' })
    await repository.git('tag', 'of-a-tree', `${commit}^{tree}`)
    await using git = open()
    const oid = await git.resolve(repository.url, { tag: 'of-a-tree' })
    await expect(git.tree(repository.url, oid, '', { tag: 'of-a-tree' })).rejects.toMatchObject({ code: 'git/ref-missing' })
  })

  test.each(['..', '.', 'a/../b'])('a tree with an entry named %s is refused', async (name) => {
    await repository.commit({ a: '1' })
    const blob = await repository.git('rev-parse', 'main:a')
    const bytes = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')])
    const file = join(cacheDir, 'tree')
    await writeFile(file, bytes)
    const tree = await repository.git('hash-object', '-t', 'tree', '--literally', '-w', file)
    const commit = await repository.git('commit-tree', '-m', 'x', tree)
    await using git = open()
    await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/protocol', retryable: false })
  })

  test('a tree of directories without end is git/limit, or given up in time', async () => {
    await repository.commit({ a: '1' })
    let tree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
    const file = join(cacheDir, 'tree')
    await writeFile(file, '')
    await repository.git('hash-object', '-t', 'tree', '-w', file)
    for (let level = 0; level < 12; level++) {
      await writeFile(
        file,
        Buffer.concat(Array.from({ length: 10 }, (_, index) => Buffer.concat([Buffer.from(`40000 ${index}\0`), Buffer.from(tree, 'hex')]))),
      )
      tree = await repository.git('hash-object', '-t', 'tree', '-w', file)
    }
    const commit = await repository.git('commit-tree', '-m', 'x', tree)
    await using git = open({ timeoutMs: 3000 })
    const error: unknown = await git.tree(repository.url, commit, '').catch((reason: unknown) => reason)
    expect(hasCode(error, 'git/limit', 'timeout'), String(error)).toBe(true)
  })

  test('names the tags that look alike', async () => {
    const commit = await repository.commit({ a: '1' })
    await repository.tag('v1.2.0', commit)
    await using git = open()
    await expect(git.resolve(repository.url, { tag: '1.2.0' })).rejects.toMatchObject({ message: expect.stringContaining('"v1.2.0"') })
  })

  test('reads a repository whose HEAD leads nowhere', async () => {
    const commit = await repository.commit({ a: '1' })
    await repository.tag('v1', commit)
    await repository.git('symbolic-ref', 'HEAD', 'refs/heads/none')
    await using git = open()
    expect(await git.resolve(repository.url, { tag: 'v1' })).toBe(commit)
    expect((await git.tree(repository.url, commit, '')).entries).toHaveLength(1)
  })

  test('a commit that only the history leads to is found where a server gives out names alone', async () => {
    await using old = await startGitServer({ version0: true })
    const origin = await old.repository('apps')
    const first = await origin.commit({ a: '1' })
    const second = await origin.commit({ a: '2' })
    await using git = open()
    expect((await git.tree(origin.url, first, '')).entries).toHaveLength(1)
    expect((await git.tree(origin.url, second, '')).entries).toHaveLength(1)
    // What is not there is known from the names, without fetching the history again.
    old.requests.length = 0
    await expect(git.resolve(origin.url, { commit: '1'.repeat(40) })).rejects.toMatchObject({ code: 'git/ref-missing' })
    expect(old.requests.filter(({ method }) => method === 'POST')).toEqual([])
    const third = await origin.commit({ a: '3' })
    await origin.commit({ a: '4' })
    expect(await git.resolve(origin.url, { commit: third })).toBe(third)
  })

  test('a server that allows any reachable commit is not asked for the history', async () => {
    await using old = await startGitServer({ version0: true, config: { 'uploadpack.allowReachableSHA1InWant': 'true' } })
    const origin = await old.repository('apps')
    const first = await origin.commit({ a: '1' })
    for (let index = 0; index < 5; index++) await origin.commit({ a: String(index) })
    await using git = open()
    expect(await git.resolve(origin.url, { commit: first })).toBe(first)
    expect(old.requests.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(backend === 'cli' ? 2 : 1)
    await expect(git.resolve(origin.url, { commit: '1'.repeat(40) })).rejects.toMatchObject({ code: 'git/ref-missing' })
  })
})

test('isomorphic waits as long as a busy server asks', async () => {
  await using git = gitRepositories({ cacheDir, allowHttp: true })
  server.fault = { kind: 'status', status: 503, headers: { 'retry-after': '7' } }
  await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({ code: 'git/unavailable', retryAfterMs: 7000 })
})

test('isomorphic does not unpack an object that claims to be larger than the limit', async () => {
  const commit = await repository.commit({ bomb: new Uint8Array(40 * 2 ** 20) })
  await using git = gitRepositories({ cacheDir, allowHttp: true })
  await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/limit' })
})

test('isomorphic says that SHA-256 and ssh are for the backend cli', async () => {
  await using git = gitRepositories({ cacheDir, allowHttp: true })
  const credentials = { kind: 'ssh', privateKey: 'k', knownHosts: 'h' } as const
  await expect(git.resolve('ssh://git@example.com/r', { tag: 'v1' }, { credentials })).rejects.toMatchObject({
    code: 'git/config',
    message: expect.stringContaining("'cli'"),
  })
  await expect(git.resolve(repository.url, { commit: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'git/config' })
})

test('cli says what it needs when there is no git', async () => {
  const path = process.env.PATH
  process.env.PATH = cacheDir
  try {
    await using git = gitRepositories({ cacheDir, allowHttp: true, backend: 'cli' })
    await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({
      code: 'git/config',
      message: expect.stringContaining('2.31'),
    })
  } finally {
    process.env.PATH = path
  }
})
