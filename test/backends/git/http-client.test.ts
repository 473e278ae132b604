import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startGitServer } from '../../servers/git.ts'

/** Resolves `v1` of a repository in a process of its own, and says whether undici was loaded for it. */
const script = `
  const { createRequire } = await import('node:module')
  const { gitRepositories } = await import('fleetkit/git')
  const [url, cacheDir] = process.argv.slice(1)
  await using git = gitRepositories({ cacheDir, allowHttp: true })
  const commit = await git.resolve(url, { tag: 'v1' })
  const { entries } = await git.tree(url, commit, '')
  const undici = Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/undici/'))
  process.stdout.write(JSON.stringify([entries.map(({ path }) => path), undici]))`

async function resolved(url: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'fleetkit-git-'))
  const args = ['--conditions=fleetkit:source', '--input-type=module', '-e', script, url, cacheDir]
  try {
    const { stdout } = await promisify(execFile)('node_modules/.bin/node', args, { env: { PATH: process.env.PATH, ...env } })
    return JSON.parse(stdout)
  } finally {
    await rm(cacheDir, { recursive: true, force: true })
  }
}

/** A proxy, and what it was asked for. */
async function startProxy(): Promise<AsyncDisposable & { readonly url: string; readonly asked: string[] }> {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming
    asked.push(url)
    const forwarded = request(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(forwarded)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await promisify(server.close.bind(server))()
    },
  }
}

test('git servers are read by the client of Node, and by that of undici through the proxy of the environment', async () => {
  await using server = await startGitServer()
  const repository = await server.repository('apps')
  await repository.tag('v1', await repository.commit({ a: '1' }))
  expect(await resolved(repository.url, {})).toEqual([['a'], false])
  await using proxy = await startProxy()
  expect(await resolved(repository.url, { HTTP_PROXY: proxy.url })).toEqual([['a'], true])
  expect(proxy.asked[0]).toBe(`${repository.url}/info/refs?service=git-upload-pack`)
  proxy.asked.length = 0
  expect(await resolved(repository.url, { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).toEqual([['a'], true])
  expect(proxy.asked).toEqual([])
})
