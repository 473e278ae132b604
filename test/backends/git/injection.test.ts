import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { hasCode } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { displayUrl, parseRemoteUrl } from '../../internals.ts'
import { type GitServer, type ServedRepository, startGitServer } from '../../servers/git.ts'

let server: GitServer
let repository: ServedRepository
let commit: string
let folder: string
beforeAll(async () => {
  server = await startGitServer()
  repository = await server.repository('apps')
  commit = await repository.commit({ 'a/x': '1' })
  folder = await mkdtemp(join(tmpdir(), 'fleetkit-git-injection-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe.each(['isomorphic', 'cli'] as const)('%s', (backend) => {
  const open = () => gitRepositories({ cacheDir: join(folder, backend), allowHttp: true, backend })
  const proof = (): string => join(folder, 'ran')

  test('refuses every URL that is more than the location of a repository', async () => {
    await using git = open()
    const urls = [
      '',
      '-',
      '--upload-pack=touch ran',
      `--upload-pack=touch${'\t'}${proof()}`,
      `ext::sh -c touch% ${proof()}`,
      `ext::touch`,
      'fd::17',
      'https://example.com',
      'https:example.com/r',
      'ftp://example.com/r',
      'file:///etc',
      '/etc',
      './r',
      'C:\\r',
      'javascript:alert(1)',
      `ssh://-oProxyCommand=touch${proof()}/r`,
      'ssh://-oProxyCommand=x@example.com/r',
      'ssh://git@example.com/-oProxyCommand=x',
      '-oProxyCommand=x@example.com:r',
      'git@-oProxyCommand=x:r',
      'git@example.com:-x',
      'https://example.com/r\n--upload-pack=x',
      'https://example.com/r r',
      'https://example.com/r\0',
      'git::https://example.com/r',
    ]
    for (const url of urls) {
      const error: unknown = await git.resolve(url, { tag: 'v1' }).catch((reason: unknown) => reason)
      expect(hasCode(error, 'git/config'), `${JSON.stringify(url)}: ${String(error)}`).toBe(true)
    }
    expect(existsSync(proof())).toBe(false)
  })

  test('takes commits, paths and object ids for what they are, never for options', async () => {
    await using git = open()
    for (const bad of [
      '--upload-pack=x',
      '-1',
      'HEAD',
      `${commit}^{tree}`,
      `${commit}\n${commit}`,
      commit.toUpperCase(),
      'refs/heads/main',
    ])
      await expect(git.tree(repository.url, bad, ''), bad).rejects.toMatchObject({ code: 'git/ref-missing' })
    for (const path of ['--output=x', '-r', ':(top)a', 'a*', 'a\nb', '^{commit}', 'HEAD:a'])
      await expect(git.tree(repository.url, commit, path), path).rejects.toMatchObject({ code: 'git/path-missing' })
    await git.tree(repository.url, commit, '')
    for (const oid of ['--batch-check', `${commit}:a/x`, '../../etc/passwd', 'HEAD\n'])
      await expect(git.blobs(repository.url, [oid]), oid).rejects.toMatchObject({ code: 'git/path-missing' })
  })

  test('plain http and files must be allowed', async () => {
    await using git = gitRepositories({ cacheDir: join(folder, 'none'), backend })
    await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({
      code: 'git/config',
      message: expect.stringContaining('allowHttp'),
    })
    await expect(git.resolve(`file://${repository.folder}`, { tag: 'v1' })).rejects.toMatchObject({ code: 'git/config' })
  })

  test('a broken callback for credentials is an error, not a call without them', async () => {
    await using git = gitRepositories({
      cacheDir: join(folder, 'none'),
      backend,
      allowHttp: true,
      credentials: () => Promise.reject(new Error('vault is sealed')),
    })
    await expect(git.resolve(repository.url, { tag: 'v1' })).rejects.toMatchObject({ code: 'git/unauthorized' })
  })
})

test('no URL, however odd, makes anything but a URL or git/config', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: fc.constantFrom(...'ext::-@:/.hps? #\n[]%é\\') })), (text) => {
      try {
        const { protocol, url } = parseRemoteUrl(text, { allowHttp: false, allowFile: false })
        expect(['https', 'ssh']).toContain(protocol)
        expect(url).not.toMatch(/^-|\s|^ext|^file/)
      } catch (error) {
        expect(hasCode(error, 'git/config'), String(error)).toBe(true)
      }
    }),
  )
})

test('no URL is shown with the user or the password in it', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9:/%_.-]{3,12}$/).map((text) => `SECRET${text}`)
  fc.assert(
    fc.property(secret, fc.constantFrom('https://', 'ssh://', 'http://', ''), (text, scheme) => {
      expect(displayUrl(`${scheme}u:${text}@example.com/r`)).not.toContain('SECRET')
    }),
  )
})
