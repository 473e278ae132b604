import type { KubeObject } from '../../model/object.ts'
import { groupOf, type TypeRef } from '../../model/reference.ts'

/** One write of an object. `before` and `after` are never both absent. */
export interface JournalEntry {
  /** One more than that of the write before. */
  readonly resourceVersion: number
  /** {@link typeName} of the object. */
  readonly type: string
  /** Absent when the object was created. */
  readonly before?: KubeObject | undefined
  /** Absent when the object was removed. */
  readonly after?: KubeObject | undefined
}

/** Where a {@link Table.scan} begins and what it covers. */
export interface ScanOptions {
  readonly namespace?: string | undefined
  /** Only what comes after this namespace and name. */
  readonly after?: readonly [namespace: string, name: string] | undefined
}

/**
 * Where objects and the journal of their changes lie. It knows nothing of the rules; `ObjectStore` brings them. Calls are
 * synchronous, so that a whole compare-and-swap is one of them.
 */
export interface Table extends Disposable {
  /** Runs `body` on one unchanging state. */
  read<T>(body: () => T): T
  /** Runs `body` alone; when it throws nothing of it stays, when it returns all of it is kept. */
  write<T>(body: () => T): T

  /** That of the last write; 0 before the first. */
  resourceVersion(): number
  /** Writes after this resourceVersion are all in the journal; earlier ones may be gone. */
  compacted(): number

  get(type: string, namespace: string, name: string): KubeObject | undefined
  /** The objects of a type by namespace and name, in code-point order. */
  scan(type: string, options?: ScanOptions): Iterable<KubeObject>
  /** At most `limit` writes of a type after a resourceVersion, in order. */
  journal(type: string, after: number, limit: number): readonly JournalEntry[]

  /** Within {@link Table.write}: stores an object and journals the write. */
  put(entry: JournalEntry): void
  /** Forgets the journal up to a resourceVersion. */
  compact(resourceVersion: number): void

  /** Whether an error means that another process holds the data now: the same can be done a moment later. */
  isBusy?(error: unknown): boolean
  /** Whether another process wrote since this was last called. Absent when none can. */
  changedElsewhere?(): boolean
}

/** What tables file an object under: API versions of one group hold the same objects. */
export function typeName(type: TypeRef): string {
  return `${groupOf(type.apiVersion)}|${type.kind}`
}
