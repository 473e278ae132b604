import { FleetkitError } from '../../../model/errors/error.ts'

/** Result codes that say the file is no database, or a broken one (https://sqlite.org/rescode.html). */
const corrupt: ReadonlySet<number> = new Set([11, 26])

/** Another process holds the file (SQLITE_BUSY), or another connection of this one (SQLITE_LOCKED). */
const busy: ReadonlySet<number> = new Set([5, 6])

/** Runs `body`; errors of SQLite come out as `store/corrupt` or `store/unavailable`, with the path of the file. */
export function sqliteError<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof SyntaxError) throw new FleetkitError('store/corrupt', `${path}: a row is not JSON`)
    if (!isSqliteError(error)) throw error
    // Extended result codes carry the primary one in their low byte.
    const code = corrupt.has(error.errcode & 0xff) ? 'store/corrupt' : 'store/unavailable'
    throw new FleetkitError(code, `${path}: ${error.errstr}`, { cause: error })
  }
}

function isSqliteError(error: unknown): error is Error & { readonly errcode: number; readonly errstr: string } {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error
}

/** Whether an error of {@link sqliteError} means that another process holds the file. */
export function isSqliteBusy(error: unknown): boolean {
  return error instanceof FleetkitError && isSqliteError(error.cause) && busy.has(error.cause.errcode & 0xff)
}
