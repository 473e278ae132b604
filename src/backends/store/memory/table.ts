import { compareText, sortTexts } from '../../../model/compare-text.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { JournalEntry, ScanOptions, Table } from '../table.ts'

/** The objects of one type; `keys` is sorted at the first scan after a change. */
interface Rows {
  readonly objects: Map<string, KubeObject>
  keys: readonly string[] | undefined
}

/** The objects of a table at one time. */
export interface Snapshot {
  readonly objects: readonly { readonly type: string; readonly object: KubeObject }[]
  readonly resourceVersion: number
}

/** A {@link Table} in memory, which remembers at least the last `history` writes. */
export class MemoryTable implements Table {
  readonly #history: number
  readonly #types = new Map<string, Rows>()
  /** Consecutive writes, up to the last one. */
  #journal: JournalEntry[] = []
  #resourceVersion = 0

  constructor(history: number) {
    this.#history = history
  }

  read<T>(body: () => T): T {
    return body()
  }

  /** A body decides before it puts, and puts once: there is nothing to roll back. */
  write<T>(body: () => T): T {
    return body()
  }

  resourceVersion(): number {
    return this.#resourceVersion
  }

  compacted(): number {
    return this.#resourceVersion - this.#journal.length
  }

  get(type: string, namespace: string, name: string): KubeObject | undefined {
    return this.#types.get(type)?.objects.get(keyOf(namespace, name))
  }

  *scan(type: string, { namespace, after }: ScanOptions = {}): Iterable<KubeObject> {
    const rows = this.#types.get(type)
    if (rows === undefined) return
    rows.keys ??= sortTexts([...rows.objects.keys()])
    const { keys, objects } = rows
    const from = after === undefined ? '' : keyOf(...after)
    const prefix = namespace === undefined ? '' : keyOf(namespace, '')
    for (let index = firstAtLeast(keys, compareText(from, prefix) > 0 ? from : prefix); index < keys.length; index++) {
      const key = keys[index] as string
      if (!key.startsWith(prefix)) return
      if (key !== from) yield objects.get(key) as KubeObject
    }
  }

  journal(type: string, after: number, limit: number): readonly JournalEntry[] {
    const found: JournalEntry[] = []
    for (let index = after - this.compacted(); index < this.#journal.length && found.length < limit; index++) {
      const entry = this.#journal[index] as JournalEntry
      if (entry.type === type) found.push(entry)
    }
    return found
  }

  put(entry: JournalEntry): void {
    const { type, before, after } = entry
    const { namespace = '', name } = ((after ?? before) as KubeObject).metadata
    const key = keyOf(namespace, name)
    const rows: Rows = this.#types.get(type) ?? { objects: new Map(), keys: undefined }
    this.#types.set(type, rows)
    if (after === undefined) rows.objects.delete(key)
    else rows.objects.set(key, after)
    if (after === undefined || before === undefined) rows.keys = undefined
    this.#resourceVersion = entry.resourceVersion
    this.#journal.push(entry)
    // Cut in large pieces: a piece costs as much as the whole.
    if (this.#journal.length >= 2 * this.#history) this.#journal = this.#journal.slice(-this.#history)
  }

  compact(resourceVersion: number): void {
    this.#journal = this.#journal.slice(Math.max(resourceVersion - this.compacted(), 0))
  }

  /** Everything as it is now. */
  snapshot(): Snapshot {
    const objects = [...this.#types].flatMap(([type, rows]) => [...rows.objects.values()].map((object) => ({ type, object })))
    return { objects, resourceVersion: this.#resourceVersion }
  }

  /** Everything as it was then, and no history. */
  restore({ objects, resourceVersion }: Snapshot): void {
    this.#types.clear()
    for (const { type, object } of objects) this.put({ resourceVersion, type, after: object })
    this.#resourceVersion = resourceVersion
    this.#journal = []
  }

  [Symbol.dispose](): void {
    this.#types.clear()
    this.#journal = []
  }
}

/** U+0000 sorts before everything that can be in a name. */
function keyOf(namespace: string, name: string): string {
  return `${namespace}\0${name}`
}

function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareText(keys[middle] as string, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
