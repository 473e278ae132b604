/**
 * Claim: an exact revision is read without a clone. Resolve a tag and read 500 files of a repository of 5,000, from a real
 * smart-HTTP server, with an empty cache each time. Of 90,000 small files one directory is read in at most three times what the
 * git program takes.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gitRepositories } from 'fleetkit/git'
import { startGitServer } from '../test/servers/git.ts'
import { measure } from './measure.ts'

const text = (folder: number, file: number): string =>
  Array.from(
    { length: 40 },
    (_, line) => `key-${line}: value ${folder}-${file}-${line} ${((folder * 7919 + file * 104729 + line) % 99991).toString(36)}`,
  ).join('\n')

export async function run(): Promise<void> {
  await using server = await startGitServer()
  const repository = await server.repository('large')
  const files = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [
      `group-${Math.floor(index / 500)}/file-${index % 500}.yaml`,
      text(Math.floor(index / 500), index % 500),
    ]),
  )
  await repository.tag('v1', await repository.commit(files))
  const { url } = repository

  const folders: string[] = []
  const temporary = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'fleetkit-bench-'))
    folders.push(folder)
    return folder
  }
  const read = async (backend: 'isomorphic' | 'cli', cacheDir: string): Promise<void> => {
    await using git = gitRepositories({ backend, cacheDir, allowHttp: true })
    const commit = await git.resolve(url, { tag: 'v1' })
    const { entries } = await git.tree(url, commit, 'group-3', { tag: 'v1' })
    const blobs = await git.blobs(
      url,
      entries.map(({ oid }) => oid),
    )
    if (blobs.size !== 500) throw new Error(`read ${blobs.size} files`)
  }
  const fresh = (name: string, backend: 'isomorphic' | 'cli') => {
    let cacheDir = ''
    return {
      name,
      prepare: async () => {
        cacheDir = await temporary()
      },
      run: () => read(backend, cacheDir),
    }
  }
  let clone = ''
  const warm = { isomorphic: await temporary(), cli: await temporary() }
  await measure({
    title: 'Resolve a tag and read 500 of 5,000 files, nothing cached',
    rounds: 5,
    contenders: [
      fresh('backend isomorphic', 'isomorphic'),
      fresh('backend cli', 'cli'),
      {
        name: 'git clone --depth 1, with a work tree',
        prepare: async () => {
          clone = await temporary()
        },
        run: async () =>
          void (await promisify(execFile)('git', ['clone', '--quiet', '--depth', '1', '--branch', 'v1', url, clone], {
            env: { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'advice.detachedHead', GIT_CONFIG_VALUE_0: 'false' },
          })),
      },
    ],
  })
  await measure({
    title: 'The same again, from the cache of an earlier process',
    rounds: 5,
    contenders: [
      { name: 'backend isomorphic', run: () => read('isomorphic', warm.isomorphic) },
      { name: 'backend cli', run: () => read('cli', warm.cli) },
    ],
  })
  const many = await server.repository('many')
  const small = Array.from({ length: 90_000 }, (_, index) => [
    `apps/d${Math.floor(index / 900)}/s${Math.floor(index / 90) % 10}/f${index % 90}.yaml`,
    `kind: ConfigMap\nmetadata: { name: cm-${index} }\ndata: { key: ${((index * 104_729) % 999_983).toString(36)} }\n`,
  ])
  await many.tag('v1', await many.commit(Object.fromEntries(small)))
  await many.git('repack', '-adq')
  const readOne = async (backend: 'isomorphic' | 'cli'): Promise<void> => {
    await using git = gitRepositories({ backend, cacheDir: await temporary(), allowHttp: true })
    const { entries } = await git.tree(many.url, await git.resolve(many.url, { tag: 'v1' }), 'apps/d3/s3')
    await git.blobs(
      many.url,
      entries.map(({ oid }) => oid),
    )
    if (entries.length !== 90) throw new Error(`read ${entries.length} files`)
  }
  await measure({
    title: 'Resolve a tag and read one directory of a repository of 90,000 small files, nothing cached',
    rounds: 5,
    contenders: [
      { name: 'backend isomorphic', run: () => readOne('isomorphic') },
      { name: 'backend cli', run: () => readOne('cli') },
      {
        name: 'git clone --depth 1 --bare, git archive of the directory',
        run: async () => {
          const folder = await temporary()
          await promisify(execFile)('git', ['clone', '--quiet', '--depth', '1', '--bare', '--branch', 'v1', many.url, folder])
          await promisify(execFile)('git', ['-C', folder, 'archive', '-o', join(folder, 'out.tar'), 'HEAD', 'apps/d3/s3'])
        },
      },
    ],
  })
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
}
