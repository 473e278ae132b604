import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Git, GitCredentials } from 'fleetkit'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRepository, startGitServer } from '../../servers/git.ts'

const password = 'p4ss&w0rd/with=signs "quoted" $HOME \\'
const basic = { kind: 'basic', username: 'robot', password } as const
const bearer = { kind: 'bearer', token: 'tok-3n-of-some-length' } as const
const encoded = Buffer.from(`robot:${password}`).toString('base64')

let cacheDir: string
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'fleetkit-git-credentials-'))
})
afterEach(() => rm(cacheDir, { recursive: true, force: true }))

/** The error a call ends with, after proving that no secret is in any part of it. */
async function failure(call: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  const error = await call.then(
    () => expect.unreachable('the call should fail'),
    (reason: Error) => reason,
  )
  const everything = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + String(error.stack)
  for (const secret of [password, bearer.token, encoded, encodeURIComponent(password), 's3cret', 'KEYMATERIAL'])
    expect(everything).not.toContain(secret)
  return error as never
}

describe.each(['isomorphic', 'cli'] as const)('%s', (backend) => {
  const open = (options: GitRepositoriesOptions = {}): Git => gitRepositories({ cacheDir, allowHttp: true, backend, ...options })

  test.each<[string, GitCredentials, { username: string; password: string } | { token: string }]>([
    ['basic', basic, { username: 'robot', password }],
    ['bearer', bearer, { token: bearer.token }],
  ])('%s credentials let a caller in, wrong or missing ones do not', async (_, credentials, auth) => {
    await using server = await startGitServer({ auth })
    const repository = await server.repository('private')
    const commit = await repository.commit({ a: '1' })
    await repository.tag('v1', commit)
    await using git = open()
    expect(await git.resolve(repository.url, { tag: 'v1' }, { credentials })).toBe(commit)
    const { entries } = await git.tree(repository.url, commit, '', { credentials })
    expect((await git.blobs(repository.url, [entries[0]?.oid ?? ''], { credentials })).size).toBe(1)

    const wrong: GitCredentials = credentials.kind === 'basic' ? { ...basic, password: 's3cret' } : { ...bearer, token: 's3cret' }
    for (const other of [wrong, undefined]) {
      expect(await failure(git.resolve(repository.url, { tag: 'v1' }, { credentials: other }))).toMatchObject({ code: 'git/unauthorized' })
      // Neither is what others fetched to be had from the cache.
      expect(await failure(git.tree(repository.url, commit, '', { credentials: other }))).toMatchObject({ code: 'git/unauthorized' })
      expect(await failure(git.blobs(repository.url, [entries[0]?.oid ?? ''], { credentials: other }))).toMatchObject({
        code: 'git/unauthorized',
      })
    }
  })

  test('credentials may come from the options, by URL', async () => {
    await using server = await startGitServer({ auth: { username: 'robot', password } })
    const repository = await server.repository('private')
    await repository.tag('v1', await repository.commit({ a: '1' }))
    const urls: string[] = []
    await using git = open({
      credentials: (url) => {
        urls.push(url)
        return Promise.resolve(basic)
      },
    })
    await git.resolve(repository.url, { tag: 'v1' })
    expect(urls).toEqual([repository.url])
  })

  test('a new process must be let in once before it reads what needs credentials from the cache', async () => {
    await using server = await startGitServer({ auth: { username: 'robot', password } })
    const repository = await server.repository('private')
    const commit = await repository.commit({ a: '1' })
    {
      await using git = open()
      await git.tree(repository.url, commit, '', { credentials: basic })
    }
    await using git = open()
    server.requests.length = 0
    await git.tree(repository.url, commit, '', { credentials: basic })
    expect(server.requests.length).toBeGreaterThan(0)
    server.requests.length = 0
    await git.tree(repository.url, commit, '', { credentials: basic })
    expect(server.requests).toEqual([])
  })

  test.each<[string, GitCredentials]>([
    ['basic', basic],
    ['bearer', bearer],
  ])('a redirect to another origin carries no %s credentials', async (_, credentials) => {
    await using target = await startGitServer()
    await using server = await startGitServer()
    const elsewhere = await target.repository('apps')
    await elsewhere.tag('v1', await elsewhere.commit({ a: '1' }))
    server.fault = { kind: 'redirect', to: target.origin }
    await using git = open()
    await git.resolve(`${server.origin}/apps.git`, { tag: 'v1' }, { credentials }).catch(() => {})
    await git.tree(`${server.origin}/apps.git`, '1'.repeat(40), '', { credentials }).catch(() => {})
    expect(target.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([])
  })

  test('follows a redirect of a public repository', async () => {
    await using target = await startGitServer()
    await using server = await startGitServer()
    const elsewhere = await target.repository('apps')
    const commit = await elsewhere.commit({ a: '1' })
    server.fault = { kind: 'redirect', to: target.origin }
    await using git = open()
    expect((await git.tree(`${server.origin}/apps.git`, commit, '')).entries).toHaveLength(1)
  })

  test('a redirect that never ends is an error', async () => {
    await using server = await startGitServer()
    server.fault = { kind: 'redirect', to: server.origin }
    await using git = open()
    await expect(git.resolve(`${server.origin}/apps.git`, { tag: 'v1' })).rejects.toMatchObject({ name: 'FleetkitError' })
  })

  test('what a server says is shown without the secrets that it repeats', async () => {
    await using server = await startGitServer()
    server.fault = { kind: 'status', status: 403, body: `no ${password}, no ${encoded}, no https://robot:s3cret@example.com/x` }
    await using git = open()
    expect(await failure(git.resolve(`${server.origin}/apps.git`, { tag: 'v1' }, { credentials: basic }))).toMatchObject({
      code: 'git/unauthorized',
    })
  })

  test('a URL with a password in it is refused, and the error does not show it', async () => {
    await using git = open()
    for (const url of [
      'https://robot:s3cret@example.com/r',
      'https://s3cret@example.com/r',
      'https://robot:s3cret/x@example.com/r',
      'https://example.com/r?token=s3cret',
    ])
      expect(await failure(git.resolve(url, { tag: 'v1' }))).toMatchObject({ code: 'git/config' })
  })

  test('credentials that would be more than one line are refused', async () => {
    await using git = open()
    for (const credentials of [
      { ...basic, password: 's3cret\nhost=evil' },
      { ...basic, username: 'a:b' },
      { ...bearer, token: 's3cret\r\nX: y' },
    ])
      expect(await failure(git.resolve('https://example.com/r', { tag: 'v1' }, { credentials }))).toMatchObject({ code: 'git/config' })
  })

  test('trusts the given authority, and no other', async () => {
    await using server = await startGitServer({ tls: true, auth: { username: 'robot', password } })
    const repository = await server.repository('private')
    const commit = await repository.commit({ a: '1' })
    {
      await using git = open()
      expect(await failure(git.resolve(repository.url, { commit }, { credentials: basic }))).toMatchObject({
        code: 'git/unreachable',
        retryable: false,
      })
    }
    await using git = open({ ca: server.ca, allowHttp: false })
    expect((await git.tree(repository.url, commit, '', { credentials: basic })).entries).toHaveLength(1)
  })

  test('no secret is left on disk', async () => {
    await using server = await startGitServer({ auth: { username: 'robot', password } })
    const repository = await server.repository('private')
    const commit = await repository.commit({ a: '1' })
    const before = new Set((await readdir(tmpdir())).filter((name) => /^fleetkit-git-\w{6}$/.test(name)))
    await using git = open()
    await git.tree(repository.url, commit, '', { credentials: basic })
    expect(grep(cacheDir, 's3cret|p4ss|robot')).toBe('')
    expect((await readdir(tmpdir())).filter((name) => /^fleetkit-git-\w{6}$/.test(name) && !before.has(name))).toEqual([])
    expect((await stat(join(cacheDir, (await readdir(cacheDir))[0] ?? ''))).mode & 0o077).toBe(0)
  })
})

function grep(folder: string, pattern: string): string {
  try {
    return execFileSync('grep', ['-raE', pattern, folder]).toString()
  } catch {
    return ''
  }
}

describe('ssh', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nKEYMATERIALKEYMATERIAL\n-----END OPENSSH PRIVATE KEY-----'
  const credentials = { kind: 'ssh', privateKey: key, knownHosts: 'example.com ssh-ed25519 AAAA' } as const
  const path = process.env.PATH
  let bin: string
  let seen: string

  /** An `ssh` that records how it was called and what its files hold, and runs the command here. */
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'fleetkit-fake-ssh-'))
    seen = join(bin, 'seen')
    const script = `#!/bin/sh
printf '%s\\n' "$@" > ${seen}
env >> ${seen}.env
for argument in "$@"; do case "$argument" in
  IdentityFile=*) file=$(printf %s "\${argument#IdentityFile=}" | tr -d '"'); cat "$file" > ${seen}.key; stat -c %a "$file" > ${seen}.mode; printf %s "$file" > ${seen}.path;;
  UserKnownHostsFile=*) cat "$(printf %s "\${argument#UserKnownHostsFile=}" | tr -d '"')" > ${seen}.hosts;;
esac; done
if [ -f ${bin}/refuse ]; then cat ${bin}/refuse >&2; exit 255; fi
for last in "$@"; do :; done
eval "$last"
`
    await writeFile(join(bin, 'ssh'), script)
    await chmod(join(bin, 'ssh'), 0o755)
    process.env.PATH = `${bin}:${path}`
  })
  afterEach(async () => {
    process.env.PATH = path
    await rm(bin, { recursive: true, force: true })
  })

  test('uses the key and the known hosts given and nothing of the user', async () => {
    const folder = join(bin, 'origin.git')
    const repository = await makeRepository(folder, '')
    const commit = await repository.commit({ a: '1' })
    await using git = gitRepositories({ cacheDir, backend: 'cli' })
    expect((await git.tree(`ssh://git@example.com:2222${folder}`, commit, '', { credentials })).entries).toHaveLength(1)
    const args = (await readFile(seen, 'utf8')).split('\n')
    expect(args).toEqual(
      expect.arrayContaining([
        '-F',
        '/dev/null',
        'StrictHostKeyChecking=yes',
        'BatchMode=yes',
        'IdentitiesOnly=yes',
        '-p',
        '2222',
        'git@example.com',
      ]),
    )
    expect(await readFile(`${seen}.key`, 'utf8')).toBe(`${key}\n`)
    expect((await readFile(`${seen}.mode`, 'utf8')).trim()).toBe('600')
    expect(await readFile(`${seen}.hosts`, 'utf8')).toBe(`${credentials.knownHosts}\n`)
    expect(args.join()).not.toContain('KEYMATERIAL')
    expect(await readFile(`${seen}.env`, 'utf8')).not.toContain('KEYMATERIAL')
    await expect(stat(await readFile(`${seen}.path`, 'utf8'))).rejects.toThrow('ENOENT')
    expect(await git.resolve(`git@example.com:${folder}`, { commit }, { credentials })).toBe(commit)
  })

  test.each([
    ['Host key verification failed.', 'git/unauthorized'],
    ['git@example.com: Permission denied (publickey).', 'git/unauthorized'],
    ['ERROR: Repository not found.', 'git/repository-missing'],
    ['ssh: connect to host example.com port 22: Connection refused', 'git/unreachable'],
    ['ssh: Could not resolve hostname example.com: Name or service not known', 'git/unreachable'],
  ])('%s is %s', async (said, code) => {
    await writeFile(join(bin, 'refuse'), `${said}\n`)
    await using git = gitRepositories({ cacheDir, backend: 'cli' })
    expect(await failure(git.resolve('git@example.com:r.git', { tag: 'v1' }, { credentials }))).toMatchObject({ code })
  })

  test('without a key there is no ssh, and no host is trusted that was not named', async () => {
    await using git = gitRepositories({ cacheDir, backend: 'cli' })
    await expect(git.resolve('git@example.com:r.git', { tag: 'v1' })).rejects.toMatchObject({ code: 'git/config' })
    await expect(git.resolve('git@example.com:r.git', { tag: 'v1' }, { credentials: basic })).rejects.toMatchObject({ code: 'git/config' })
  })
})
