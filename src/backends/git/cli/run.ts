import { type ChildProcess, spawn } from 'node:child_process'
import { onAbort } from '../../../async/on-abort.ts'
import { abortError, throwIfAborted } from '../../../model/errors/abort.ts'

/** A program that ran to its end by itself, successfully or not. */
export interface Finished {
  readonly exitCode: number
  readonly stderr: string
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | undefined
  readonly signal: AbortSignal
  /** Takes the output as it comes. What it throws ends the program and the call. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined
}

const stderrBytes = 64 * 1024

/** Runs git. It, and what it started, is killed when the signal aborts. Rejects when it cannot be started. */
export async function runGit(args: readonly string[], { env, input, signal, onOutput }: RunOptions): Promise<Finished> {
  throwIfAborted(signal)
  // Its own process group, so that the transport helpers die with it.
  const child = spawn('git', args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true, windowsHide: true })
  return await new Promise((resolve, reject) => {
    let failure: { readonly error: unknown } | undefined
    const errors: Buffer[] = []
    let errorsSize = 0
    const fail = (error: unknown): void => {
      failure ??= { error }
      kill(child)
    }
    const link = onAbort(signal, () => fail(abortError(signal)))
    child.once('error', (error) => {
      link[Symbol.dispose]()
      reject(error)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        if (failure === undefined) onOutput?.(chunk)
      } catch (error) {
        fail(error)
      }
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errorsSize += chunk.length
      if (errorsSize <= stderrBytes) errors.push(chunk)
    })
    child.once('close', (exitCode) => {
      link[Symbol.dispose]()
      if (failure !== undefined) reject(failure.error)
      else resolve({ exitCode: exitCode ?? 1, stderr: Buffer.concat(errors).toString('utf8') })
    })
    child.stdin.on('error', () => {}) // it may end before it has read everything
    child.stdin.end(input ?? '')
  })
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
