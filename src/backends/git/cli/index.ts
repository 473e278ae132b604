import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AbortScope } from '../../../async/abort-scope.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { systemClock } from '../../../ports/clock.ts'
import type { UrlPolicy } from '../remote-url.ts'
import type { Session } from '../session.ts'
import {
  type FetchOutcome,
  type GitLimits,
  type GitTransport,
  mostRefs,
  mostRefsBytes,
  type ObjectReader,
  type RemoteRef,
} from '../transport.ts'
import { Turns } from '../turns.ts'
import { classify } from './classify.ts'
import { localEnvironment, remoteEnvironment } from './environment.ts'
import { CliObjects } from './objects.ts'
import { type Finished, runGit } from './run.ts'

/** Configuration by environment variables, which keeps secrets off the command line, came with 2.31. */
const oldest = [2, 31] as const
const watchMs = 100

/** The `git` of the machine, without the configuration of its user. */
export class CliTransport implements GitTransport {
  readonly #options: { readonly ca: string | undefined; readonly policy: UrlPolicy }
  #checked: Promise<void> | undefined

  constructor(options: { readonly ca: string | undefined; readonly policy: UrlPolicy }) {
    this.#options = options
  }

  check(): void {}

  async refs(session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const chunks: Buffer[] = []
    let size = 0
    // It matches whole names, and writes `<name>^{}` for what an annotated tag leads to.
    const { exitCode, stderr } = await this.#remote(
      session,
      ['ls-remote', '--', session.remote.url, ...prefixes.map((prefix) => `${prefix}*`)],
      signal,
      (chunk) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > mostRefsBytes) throw session.error('git/limit', `the list of refs is larger than ${mostRefsBytes} bytes`)
      },
    )
    if (exitCode !== 0) throw classify(session, stderr)
    const refs = new Map<string, { oid: string; name: string; peeled?: string }>()
    const lines = Buffer.concat(chunks).toString('utf8').split('\n')
    if (lines.length > mostRefs) throw session.error('git/limit', `the git server has ${lines.length} names, more than ${mostRefs}`)
    const turns = new Turns(signal)
    for (const line of lines) {
      if (turns.over) await turns.next()
      const [oid = '', name] = line.split('\t')
      if (name === undefined || !prefixes.some((prefix) => name.startsWith(prefix))) continue
      const tag = name.endsWith('^{}') ? refs.get(name.slice(0, -3)) : undefined
      if (tag !== undefined) tag.peeled = oid
      else refs.set(name, { oid, name })
    }
    return [...refs.values()]
  }

  async fetch(session: Session, gitdir: string, commit: string, limits: GitLimits, signal: AbortSignal): Promise<FetchOutcome> {
    const outcome = await this.#fetch(session, gitdir, ['--depth=1', '--', session.remote.url, commit], limits, signal)
    if (outcome !== 'refused') return outcome
    // A server that gives out names alone: one of them may lead to the commit.
    const refs = await this.refs(session, ['refs/tags/', 'refs/heads/'], signal)
    const ref = refs.find(({ oid, peeled }) => oid === commit || peeled === commit)
    if (ref === undefined) return 'refused'
    return await this.#fetch(session, gitdir, ['--depth=1', '--', session.remote.url, ref.name], limits, signal)
  }

  async fetchAll(session: Session, gitdir: string, limits: GitLimits, signal: AbortSignal): Promise<void> {
    await this.#fetch(session, gitdir, ['--', session.remote.url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'], limits, signal)
  }

  open(gitdir: string, limits: GitLimits): ObjectReader {
    return new CliObjects(gitdir, limits)
  }

  forget(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  async #fetch(session: Session, gitdir: string, args: readonly string[], limits: GitLimits, signal: AbortSignal): Promise<FetchOutcome> {
    using fetching = new AbortScope(signal)
    const done = new AbortController()
    const packs = join(gitdir, 'objects', 'pack')
    const tooLarge = (): FleetkitError => session.error('git/limit', `the pack is larger than ${limits.packBytes} bytes`)
    const watching = watchSize(packs, limits.packBytes, done.signal, () => fetching.abort(tooLarge()))
    const options = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--quiet']
    try {
      const { exitCode, stderr } = await this.#remote(session, [`--git-dir=${gitdir}`, 'fetch', ...options, ...args], fetching.signal)
      throwIfAborted(fetching.signal)
      if ((await folderBytes(packs)) > limits.packBytes) throw tooLarge()
      if (exitCode === 0) return 'fetched'
      if (/Server does not allow request for unadvertised object/i.test(stderr)) return 'refused'
      if (/not our ref|couldn't find remote ref|no matching remote head|bad object/i.test(stderr)) return 'missing'
      throw classify(session, stderr)
    } finally {
      done.abort()
      await watching
    }
  }

  async #remote(session: Session, args: readonly string[], signal: AbortSignal, onOutput?: (chunk: Buffer) => void): Promise<Finished> {
    this.#checked ??= checkVersion(signal)
    await this.#checked.catch((error: unknown) => {
      this.#checked = undefined
      throw error
    })
    await using environment = await remoteEnvironment(session, this.#options)
    return await runGit(args, { env: environment.env, signal, onOutput })
  }
}

async function checkVersion(signal: AbortSignal): Promise<void> {
  const wanted = `git ${oldest.join('.')} or later`
  let output = ''
  try {
    await runGit(['--version'], { env: localEnvironment(), signal, onOutput: (chunk) => (output += chunk.toString('utf8')) })
  } catch (error) {
    if (signal.aborted) throw error
    throw new FleetkitError('git/config', `the backend 'cli' needs ${wanted}, and there is no git to run`, { cause: error })
  }
  const [major, minor] = /^git version (\d+)\.(\d+)/.exec(output)?.slice(1).map(Number) ?? [0, 0]
  if ((major ?? 0) < oldest[0] || (major === oldest[0] && (minor ?? 0) < oldest[1]))
    throw new FleetkitError('git/config', `the backend 'cli' needs ${wanted}, and found ${JSON.stringify(output.trim().slice(0, 80))}`)
}

/** git has no limit for what it fetches, so its files are looked at while they grow. */
async function watchSize(folder: string, limit: number, done: AbortSignal, exceeded: () => void): Promise<void> {
  while (!done.aborted) {
    if ((await folderBytes(folder)) > limit) return exceeded()
    await systemClock.sleep(watchMs, { signal: done }).catch(() => {})
  }
}

async function folderBytes(folder: string): Promise<number> {
  let size = 0
  for (const name of await readdir(folder).catch(() => [])) size += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
  return size
}
