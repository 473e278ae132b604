import { execFile } from 'node:child_process'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

/** What a program left behind. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly tookMs: number
}

/** Runs an example as a person does, in a process of its own, with `env` and little else. */
export function runExample(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs = 100_000,
): Promise<Ended> {
  const started = performance.now()
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=fleetkit:source', path.join(root, 'examples', file), ...args],
      // Its own group is not needed: what it starts ends with it.
      { cwd: root, env: { PATH: process.env.PATH ?? '', ...env }, timeout: timeoutMs, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, stdout, stderr, tookMs: performance.now() - started })
      },
    )
  })
}
