import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import net from 'node:net'

/** A server that runs as a child process. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  /** Resolves when the process has ended, by whatever cause. */
  readonly ended: Promise<void>
  /** `SIGTERM`, and `SIGKILL` when that has not helped after `graceMs` (5 s). */
  stop(options?: { readonly graceMs?: number }): Promise<void>
}

export interface ServerProcessOptions {
  readonly program: string
  readonly args: readonly string[]
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Removed by the guard when the starter dies without having stopped the server. */
  readonly directory: string
  /** Gets everything that the server prints. */
  readonly logFile: string
  /** Called again and again until it says `true`. */
  readonly ready: () => Promise<boolean>
  readonly readyWithinMs?: number
}

// A shell of 1 MB that outlives a killed test process by a moment: its standard input ends when the starter dies, however it dies.
const guardScript =
  'trap "" INT TERM HUP; read -r word; [ "$word" = stopped ] || { kill -KILL "$1"; rm -rf "$2"; sleep 1; rm -rf "$2"; } 2>/dev/null'

/** Starts a server and waits until it is ready. On failure the error ends with the last lines of its log. */
export async function startProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'a')
  // Its own process group: an interrupt from the terminal goes to the tests, and they stop the servers in order.
  const child = spawn(options.program, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  if (child.pid === undefined) throw new Error(`${options.program} could not be started`)
  const guard = spawn('/bin/sh', ['-c', guardScript, 'guard', String(child.pid), options.directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.stdin.on('error', () => {})
  guard.unref()
  child.unref()

  const stop = async ({ graceMs = 5000 }: { readonly graceMs?: number } = {}): Promise<void> => {
    if (!hasEnded) {
      child.ref()
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(timer)
    }
    dismiss(guard)
  }

  const deadline = Date.now() + (options.readyWithinMs ?? 60_000)
  while (!(await options.ready().catch(() => false))) {
    if (hasEnded || Date.now() > deadline) {
      const why = hasEnded ? `ended with ${child.exitCode ?? child.signalCode}` : 'did not become ready in time'
      await stop({ graceMs: 0 })
      throw new Error(`${options.program} ${why}. Its last words:\n${await tail(options.logFile)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { pid: child.pid, ended, stop, [Symbol.asyncDispose]: () => stop() }
}

function dismiss(guard: ChildProcess): void {
  guard.stdin?.end('stopped\n')
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)')
  return text.split('\n').slice(-30).join('\n')
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}
