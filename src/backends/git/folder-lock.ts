import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { systemClock } from '../../ports/clock.ts'

const renewMs = 5_000
const staleMs = 30_000
const pollMs = 50

/**
 * Holds a lock that processes share, as a file. A process that dies leaves it behind: it is taken over when its process no
 * longer runs, or when it was not renewed for half a minute. Two holders at once are possible in theory, and harmless: they
 * fetch the same thing twice.
 */
export async function lockFile(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const mark = `${process.pid} ${hostname()} ${randomUUID()}`
  for (;;) {
    throwIfAborted(signal)
    const handle = await open(path, 'wx', 0o600).catch(unlessCode('EEXIST'))
    if (handle !== undefined) return await hold(handle, path, mark)
    if (await isStale(path)) await removeStale(path)
    // The time of the machine: what is waited for is another process.
    else await systemClock.sleep(pollMs, { signal })
  }
}

async function hold(handle: FileHandle, path: string, mark: string): Promise<AsyncDisposable> {
  try {
    await handle.writeFile(mark)
  } finally {
    await handle.close()
  }
  const renewal = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), renewMs)
  renewal.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(renewal)
      if ((await readFile(path, 'utf8').catch(() => '')) === mark) await rm(path, { force: true })
    },
  }
}

async function isStale(path: string): Promise<boolean> {
  const info = await stat(path).catch(unlessCode('ENOENT'))
  if (info === undefined) return false
  if (Date.now() - info.mtimeMs > staleMs) return true
  const [pid, host] = (await readFile(path, 'utf8').catch(() => '')).split(' ')
  return host === hostname() && pid !== undefined && !isAlive(Number(pid))
}

/** Of several that find the lock stale, `rename` lets one through. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}-stale-${randomUUID()}`
  const moved = await rename(path, aside).then(() => true, unlessCode('ENOENT'))
  if (moved) await rm(aside, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function unlessCode(expected: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== expected) throw error
    return undefined
  }
}
