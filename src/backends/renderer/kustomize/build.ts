import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { timeLimit } from '../../../async/time/time-limit.ts'
import { cleanPath } from '../../../manifest/path.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { systemClock } from '../../../ports/clock.ts'
import type { KustomizeCommand } from './find-command.ts'

export interface BuildOptions {
  readonly timeoutMs: number
  /** Bytes of output. */
  readonly maxOutput: number
  readonly signal?: AbortSignal | undefined
}

/**
 * What kustomize prints for a directory of `files`. They are written to a folder of their own, which is removed at the end.
 *
 * @throws FleetkitError `render/failed` with the end of what kustomize printed; `render/unavailable`; `timeout`;
 * `aborted`; `source/limit`
 */
export async function build(
  { program, args }: KustomizeCommand,
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
  { timeoutMs, maxOutput, signal }: BuildOptions,
): Promise<string> {
  throwIfAborted(signal)
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'fleetkit-kustomize-'))
  try {
    const [tree, home] = [join(folder, 'tree'), join(folder, 'home')]
    await mkdir(home)
    for (const [file, content] of files) {
      const target = join(tree, cleanPath(file))
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content)
    }
    using limit = timeLimit(signal, timeoutMs, systemClock, 'the time limit was reached')
    const result = await run(program, [...args, join(tree, path)], {
      cwd: folder,
      env: environment(home),
      maxBuffer: maxOutput,
      signal: limit.signal,
    })
    if (result.error === null) return result.stdout
    throwIfAborted(limit.signal)
    const { code } = result.error
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      throw new FleetkitError('source/limit', `${path}: kustomize printed more than ${maxOutput} bytes`)
    if (typeof code === 'string') throw new FleetkitError('render/unavailable', `${program} cannot be run: ${code}`)
    throw new FleetkitError('render/failed', `${path === '' ? '.' : path}: ${complaint(result.stderr, tree, folder)}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What kustomize sees of the machine: no kubeconfig, no git on the PATH, and a proxy that does not answer. */
function environment(home: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9'
  const env = { HOME: home, XDG_CONFIG_HOME: home, TMPDIR: home, PATH: home, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, ALL_PROXY: nowhere }
  return process.env.SystemRoot === undefined ? env : { ...env, SystemRoot: process.env.SystemRoot, TEMP: home }
}

/**
 * What was complained about, the same each time: without the folder of the moment, times, process ids and addresses of memory,
 * which programs in Go print, and without what was no error. Of a long one the end.
 */
function complaint(stderr: string, tree: string, folder: string): string {
  const all = stderr.replaceAll(`${tree}/`, '').replaceAll(tree, '.').replaceAll(folder, '').trim().split('\n')
  const lines = all.filter((line) => !/^([IW]\d{4} |(# )?Warning:)/i.test(line))
  const text = (lines.length > 0 ? lines : all)
    .map((line) => line.replace(/^[EF]\d{4} [\d:.]+ +\d+ [^\]]*\] ?/, '').replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(\.\d+)? /, ''))
    .join('\n')
    .replace(/\b0x[0-9a-f]{4,16}\b/g, '0x…')
    .replace(/\/home\/kustomize-\d+/g, '')
  return text === '' ? 'kustomize failed and printed nothing' : text.length > 2000 ? `…${text.slice(-2000)}` : text
}

interface RunOptions {
  readonly cwd: string
  readonly env: Record<string, string>
  readonly maxBuffer: number
  readonly signal: AbortSignal
}

interface Finished {
  readonly error: (Error & { readonly code?: number | string | null | undefined }) | null
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, encoding: 'utf8', killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    )
  })
}
