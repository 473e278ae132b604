import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { memoryGit } from 'fleetkit/memory'
import { type GitSubject, gitConformance } from 'fleetkit/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type GitServer, makeRepository, type ServedRepository, startGitServer } from '../../servers/git.ts'

let server: GitServer
let version0: GitServer
let folder: string
let count = 0

beforeAll(async () => {
  server = await startGitServer()
  version0 = await startGitServer({ version0: true })
  folder = await mkdtemp(join(tmpdir(), 'fleetkit-git-conformance-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await version0[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function reading(repository: ServedRepository, missingUrl: string, options: GitRepositoriesOptions): GitSubject {
  const git = gitRepositories({ ...options, cacheDir: join(folder, `cache-${count}`) })
  return { ...repository, missingUrl, git, [Symbol.asyncDispose]: () => git[Symbol.asyncDispose]() }
}

async function served(by: GitServer, options: GitRepositoriesOptions): Promise<GitSubject> {
  return reading(await by.repository(`r${++count}`), `${by.origin}/none.git`, { allowHttp: true, ...options })
}

describe('memory', () => {
  gitConformance({
    test,
    make: async () => {
      const git = memoryGit()
      const url = 'https://git.example.com/r'
      git.create(url)
      return {
        git,
        url,
        missingUrl: 'https://git.example.com/none',
        commit: async (files) => git.commit(url, files),
        tag: async (name, target, options) => git.tag(url, name, target, options),
        branch: async (name, commit) => git.branch(url, name, commit),
        [Symbol.asyncDispose]: () => git[Symbol.asyncDispose](),
      }
    },
  })
})

describe('isomorphic over http', () => gitConformance({ test, make: () => served(server, {}) }))

describe('isomorphic over http, protocol version 0', () => gitConformance({ test, make: () => served(version0, {}) }))

describe('cli over http', () => gitConformance({ test, make: () => served(server, { backend: 'cli' }) }))

describe('cli over http, protocol version 0', () => gitConformance({ test, make: () => served(version0, { backend: 'cli' }) }))

describe('cli over files', () =>
  gitConformance({
    test,
    make: async () => {
      const path = join(folder, `origin-${++count}.git`)
      const missing = pathToFileURL(join(folder, 'none.git')).href
      return reading(await makeRepository(path, pathToFileURL(path).href), missing, { backend: 'cli', allowFile: true })
    },
  }))
