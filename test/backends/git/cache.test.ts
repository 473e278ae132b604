import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Git } from 'fleetkit'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { memoryGit } from 'fleetkit/memory'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type GitServer, type ServedRepository, startGitServer } from '../../servers/git.ts'

let server: GitServer
let repository: ServedRepository
let cacheDir: string

beforeEach(async () => {
  server = await startGitServer()
  repository = await server.repository('apps')
  cacheDir = await mkdtemp(join(tmpdir(), 'fleetkit-git-cache-'))
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(cacheDir, { recursive: true, force: true })
})

function open(options: GitRepositoriesOptions): Git {
  return gitRepositories({ cacheDir, allowHttp: true, ...options })
}

async function read(git: Git, commit: string): Promise<string[]> {
  const { entries } = await git.tree(repository.url, commit, '')
  const blobs = await git.blobs(
    repository.url,
    entries.map(({ oid }) => oid),
  )
  return entries.map(({ oid }) => Buffer.from(blobs.get(oid) ?? []).toString())
}

/** The folder of the one repository in the cache. */
async function folderOf(): Promise<string> {
  return join(cacheDir, (await readdir(cacheDir))[0] ?? '')
}

describe.each(['isomorphic', 'cli'] as const)('%s', (backend) => {
  test('asks the server for nothing that is in the cache, not even after a restart', async () => {
    const commit = await repository.commit({ a: '1' })
    {
      await using git = open({ backend })
      expect(await read(git, commit)).toEqual(['1'])
    }
    server.requests.length = 0
    await using git = open({ backend })
    expect(await git.resolve(repository.url, { commit })).toBe(commit)
    expect(await read(git, commit)).toEqual(['1'])
    expect(server.requests).toEqual([])
  })

  test('fetches once for many callers at once', async () => {
    const commit = await repository.commit({ a: '1' })
    await using git = open({ backend })
    await Promise.all(Array.from({ length: 20 }, () => read(git, commit)))
    expect(server.requests.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(backend === 'cli' ? 2 : 1)
  })

  test('fetches a revision without its history', async () => {
    for (let index = 0; index < 20; index++) await repository.commit({ a: String(index) })
    const commit = await repository.commit({ a: 'last' })
    await using git = open({ backend })
    await read(git, commit)
    const stored = await readdir(join(await folderOf(), commit, 'objects', 'pack'))
    const index = stored.find((name) => name.endsWith('.idx')) ?? ''
    const objects = execFileSync('git', ['verify-pack', '-v', join(await folderOf(), commit, 'objects', 'pack', index)]).toString()
    expect(objects.match(/ commit /g)).toHaveLength(1)
  })

  test('fetches again what was damaged', async () => {
    const commit = await repository.commit({ a: 'content of the file' })
    {
      await using git = open({ backend })
      await read(git, commit)
    }
    const packs = join(await folderOf(), commit, 'objects', 'pack')
    for (const name of await readdir(packs)) {
      await rm(join(packs, name), { force: true })
      await writeFile(join(packs, name), 'damaged')
    }
    await using git = open({ backend })
    expect(await read(git, commit)).toEqual(['content of the file'])
  })

  test('fetches again what was evicted between the tree and its blobs', async () => {
    const commit = await repository.commit({ a: '1' })
    await using git = open({ backend })
    const { entries } = await git.tree(repository.url, commit, '')
    await rm(join(await folderOf(), commit), { recursive: true })
    expect((await git.blobs(repository.url, [entries[0]?.oid ?? ''])).size).toBe(1)
  })

  test('keeps the cache within its limit, the revision last used stays', async () => {
    const noise = (seed: number): Uint8Array => Uint8Array.from({ length: 60_000 }, (_, index) => (Math.sin(index * seed) * 1e6) & 255)
    await using git = open({ backend, limits: { cacheBytes: 150_000 } })
    const commits: string[] = []
    for (let seed = 1; seed <= 5; seed++) {
      commits.push(await repository.commit({ a: noise(seed) }))
      await git.tree(repository.url, commits.at(-1) ?? '', '')
    }
    const kept = (await readdir(await folderOf())).filter((name) => /^[0-9a-f]{40}$/.test(name))
    expect(kept).toContain(commits.at(-1))
    expect(kept.length).toBeLessThanOrEqual(2)
    expect(await git.resolve(repository.url, { commit: commits[0] ?? '' })).toBe(commits[0])
  })

  test('two processes share one cache at the same time', async () => {
    const commits = await Promise.all([repository.commit({ a: '1', b: 'x'.repeat(100_000) })])
    for (let index = 2; index < 6; index++) commits.push(await repository.commit({ a: String(index) }))
    const script = `
      import { gitRepositories } from 'fleetkit/git'
      await using git = gitRepositories(${JSON.stringify({ backend, cacheDir, allowHttp: true })})
      const out = []
      for (const commit of ${JSON.stringify(commits)}) {
        const { entries } = await git.tree(${JSON.stringify(repository.url)}, commit, '')
        const blobs = await git.blobs(${JSON.stringify(repository.url)}, entries.map(({ oid }) => oid))
        out.push(Buffer.from(blobs.get(entries[0].oid)).toString())
      }
      process.stdout.write(out.join())`
    const start = async (): Promise<string> => {
      const child = spawn('node_modules/.bin/node', ['--conditions=fleetkit:source', '--input-type=module', '-e', script])
      let [output, errors] = ['', '']
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => (errors += chunk))
      await once(child, 'close')
      return errors + output
    }
    expect(await Promise.all([start(), start(), start()])).toEqual(['1,2,3,4,5', '1,2,3,4,5', '1,2,3,4,5'])
    const left = await readdir(await folderOf())
    expect(left.filter((name) => name.startsWith('tmp-') || name.startsWith('lock'))).toEqual([])
    const posts = server.requests.filter(({ method }) => method === 'POST').length
    expect(posts).toBeLessThanOrEqual(commits.length * (backend === 'cli' ? 2 : 1))
  })

  test.each([
    ['of a process that died', `999999999 ${hostname()} x`, 0],
    ['that is not renewed', '1 another-host x', 60_000],
  ])('takes over a lock %s', async (_, content, ageMs) => {
    const commit = await repository.commit({ a: '1' })
    {
      await using git = open({ backend })
      await read(git, commit)
    }
    const folder = await folderOf()
    await writeFile(join(folder, 'lock'), content)
    const then = new Date(Date.now() - ageMs)
    await utimes(join(folder, 'lock'), then, then)
    await using git = open({ backend })
    expect(await read(git, await repository.commit({ a: '2' }))).toEqual(['2'])
  })

  test('waits for a lock that is held, until it is aborted', async () => {
    const commit = await repository.commit({ a: '1' })
    await using git = open({ backend })
    await read(git, commit)
    await writeFile(join(await folderOf(), 'lock'), `${process.pid} ${hostname()} x`)
    const next = await repository.commit({ a: '2' })
    await expect(git.tree(repository.url, next, '', { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: 'timeout' })
  })

  test('leaves nothing behind when a fetch fails', async () => {
    const commit = await repository.commit({ a: '1' })
    await using git = open({ backend })
    server.fault = { kind: 'status', status: 500 }
    await expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'git/unavailable' })
    expect(await readdir(await folderOf())).toEqual([])
  })

  test('leaves nothing behind when it is closed in the middle of a fetch', async () => {
    const commit = await repository.commit({ a: '1' })
    const git = open({ backend })
    server.fault = { kind: 'hang' }
    const call = expect(git.tree(repository.url, commit, '')).rejects.toMatchObject({ code: 'closed' })
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await git[Symbol.asyncDispose]()
    await call
    expect(await readdir(await folderOf())).toEqual([])
  })

  test('removes what a crash left behind long ago', async () => {
    const commit = await repository.commit({ a: '1' })
    await using git = open({ backend })
    await read(git, commit)
    const abandoned = join(await folderOf(), 'tmp-1-x')
    await mkdir(abandoned)
    await utimes(abandoned, new Date(0), new Date(0))
    await read(git, await repository.commit({ a: '2' }))
    expect(await readdir(await folderOf())).not.toContain('tmp-1-x')
  })
})

test('the backends read what the other one fetched', async () => {
  const first = await repository.commit({ a: '1' })
  const second = await repository.commit({ a: '2' })
  await using cli = open({ backend: 'cli' })
  await using isomorphic = open({ backend: 'isomorphic' })
  await cli.resolve(repository.url, { commit: first })
  await isomorphic.resolve(repository.url, { commit: second })
  server.fault = { kind: 'hang' }
  expect(await read(isomorphic, first)).toEqual(['1'])
  expect(await read(cli, second)).toEqual(['2'])
})

test('the memory backend makes the very commits that git makes', async () => {
  await using memory = memoryGit()
  for (const files of [{ a: '1' }, { 'ünï/x': '2', run: { executable: 'x' } }, {}])
    expect(memory.commit('m', files)).toBe(await repository.commit(files))
  const target = memory.commit('m', { b: '' })
  await repository.commit({ b: '' })
  expect(memory.tag('m', 'v1', target, { message: 'one' })).toBe(await repository.tag('v1', target, { message: 'one' }))
})

test('isomorphic keeps its connections for the next call', async () => {
  const commit = await repository.commit({ a: '1' })
  await repository.tag('v1', commit)
  await using git = open({})
  for (let index = 0; index < 5; index++) await git.resolve(repository.url, { tag: 'v1' })
  expect(server.connections).toBeLessThanOrEqual(2)
  expect(server.requests.length).toBe(10)
})

test('importing the entry point loads neither backend', async () => {
  const script = `
    const { gitRepositories } = await import('fleetkit/git')
    gitRepositories()
    const { createRequire } = await import('node:module')
    const loaded = Object.keys(createRequire(import.meta.url).cache ?? {})
    process.stdout.write(JSON.stringify(loaded.filter((path) => /undici/.test(path))))`
  const child = spawn('node_modules/.bin/node', ['--conditions=fleetkit:source', '--input-type=module', '-e', script])
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  await once(child, 'close')
  expect(output).toBe('[]')
})
