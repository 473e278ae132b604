import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { FleetkitError } from '../../../model/errors/error.ts'
import { parseJson } from '../../../model/json/parse-json.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { JournalEntry, ScanOptions, Table } from '../table.ts'
import { isSqliteBusy, sqliteError } from './error.ts'

/** Of the tables below. Another one is refused rather than guessed at. */
const schemaVersion = 1

/**
 * How long the file is waited for while it is opened, which is the only time that SQLite itself waits: it would hold the event loop.
 * Afterwards a caller waits and tries again.
 */
const openTimeoutMs = 1000

const schema = `
  CREATE TABLE meta (schema INTEGER NOT NULL, version INTEGER NOT NULL, compacted INTEGER NOT NULL) STRICT;
  INSERT INTO meta VALUES (${schemaVersion}, 0, 0);
  CREATE TABLE objects (type TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (type, namespace, name)) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (version INTEGER PRIMARY KEY, type TEXT NOT NULL, before TEXT, after TEXT) STRICT;
  CREATE INDEX journal_type ON journal (type, version);
`

/** A {@link Table} in an SQLite file, which other processes may have open too. What was written is on the disk. */
export class SqliteTable implements Table {
  readonly #path: string
  readonly #history: number
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #dataVersion: unknown

  constructor(path: string, history: number) {
    this.#path = path
    this.#history = history
    this.#database = sqliteError(path, () => new DatabaseSync(path, { timeout: openTimeoutMs }))
    try {
      sqliteError(path, () => this.#open())
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  read<T>(body: () => T): T {
    return this.#transaction('BEGIN', body)
  }

  write<T>(body: () => T): T {
    return this.#transaction('BEGIN IMMEDIATE', body)
  }

  resourceVersion(): number {
    return this.#meta('version')
  }

  compacted(): number {
    return this.#meta('compacted')
  }

  get(type: string, namespace: string, name: string): KubeObject | undefined {
    return sqliteError(this.#path, () => {
      const row = this.#sql('SELECT body FROM objects WHERE type = ? AND namespace = ? AND name = ?').get(type, namespace, name)
      return row === undefined ? undefined : parse(row.body)
    })
  }

  *scan(type: string, { namespace, after = ['', ''] }: ScanOptions = {}): Iterable<KubeObject> {
    const columns = 'SELECT body FROM objects WHERE type = ? AND (namespace, name) > (?, ?)'
    const rows =
      namespace === undefined
        ? this.#sql(`${columns} ORDER BY namespace, name`).iterate(type, ...after)
        : this.#sql(`${columns} AND namespace = ? ORDER BY namespace, name`).iterate(type, ...after, namespace)
    for (const row of rows) yield parse(row.body)
  }

  journal(type: string, after: number, limit: number): readonly JournalEntry[] {
    const rows = this.#sql('SELECT version, before, after FROM journal WHERE type = ? AND version > ? ORDER BY version LIMIT ?')
    return rows.all(type, after, limit).map((row) => ({
      resourceVersion: Number(row.version),
      type,
      before: row.before === null ? undefined : parse(row.before),
      after: row.after === null ? undefined : parse(row.after),
    }))
  }

  put({ resourceVersion, type, before, after }: JournalEntry): void {
    const { namespace = '', name } = ((after ?? before) as KubeObject).metadata
    const [old, body] = [before, after].map((object) => (object === undefined ? null : JSON.stringify(object))) as [
      string | null,
      string | null,
    ]
    if (body === null) this.#sql('DELETE FROM objects WHERE type = ? AND namespace = ? AND name = ?').run(type, namespace, name)
    else this.#sql('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)').run(type, namespace, name, body)
    this.#sql('INSERT INTO journal VALUES (?, ?, ?, ?)').run(resourceVersion, type, old, body)
    this.#sql('UPDATE meta SET version = ?').run(resourceVersion)
    // Cut in large pieces, as every cut rewrites pages of the file.
    if (resourceVersion - this.compacted() >= 2 * this.#history) this.compact(resourceVersion - this.#history)
  }

  compact(resourceVersion: number): void {
    this.#sql('DELETE FROM journal WHERE version <= ?').run(resourceVersion)
    this.#sql('UPDATE meta SET compacted = max(compacted, ?)').run(resourceVersion)
  }

  isBusy(error: unknown): boolean {
    return isSqliteBusy(error)
  }

  changedElsewhere(): boolean {
    const before = this.#dataVersion
    this.#dataVersion = sqliteError(this.#path, () => this.#sql('PRAGMA data_version').get()?.data_version)
    return this.#dataVersion !== before
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    this.#database.close()
  }

  #open(): void {
    // WAL lets others read while one writes. FULL syncs the log before a write returns.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const tablesOf = (): readonly { readonly name?: unknown }[] =>
      this.#database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    // Only a new file is written to: that of another process may be locked for long.
    if (tablesOf().length === 0)
      this.write(() => {
        if (tablesOf().length === 0) this.#database.exec(schema)
      })
    this.read(() => {
      const tables = tablesOf()
      const found = tables.length === 0 || tables.some(({ name }) => name === 'meta') ? this.#meta('schema') : undefined
      if (found !== schemaVersion)
        throw new FleetkitError(
          'store/corrupt',
          `${this.#path}: found ${found === undefined ? 'tables of something else' : `schema version ${found}`}, accepted ${schemaVersion}`,
        )
    })
    this.changedElsewhere()
    this.#database.exec('PRAGMA busy_timeout = 0')
  }

  #meta(column: 'schema' | 'version' | 'compacted'): number {
    const value = sqliteError(this.#path, () => this.#sql(`SELECT ${column} AS value FROM meta`).get()?.value)
    if (typeof value === 'number') return value
    throw new FleetkitError('store/corrupt', `${this.#path}: the table meta has no ${column}`)
  }

  #transaction<T>(begin: string, body: () => T): T {
    return sqliteError(this.#path, () => {
      this.#database.exec(begin)
      try {
        const result = body()
        this.#database.exec('COMMIT')
        return result
      } catch (error) {
        // After some errors (disk full) SQLite has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

function parse(body: unknown): KubeObject {
  return parseJson(String(body)) as unknown as KubeObject
}
