import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ListOptions, ObjectList } from '../../ports/store.ts'
import { isSelected } from './select.ts'
import type { Table } from './table.ts'

type Position = readonly [namespace: string, name: string]

/** One page of a list. A later page is made of the table as it was at the version of the first one. */
export function listPage(table: Table, type: string, options: ListOptions): ObjectList {
  const { limit } = options
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw invalid(undefined, [{ path: 'limit', found: String(limit), accepted: 'a whole number from 1' }])
  const current = table.version()
  const { version, after } = options.continue === undefined ? { version: current, after: undefined } : parseToken(options.continue)
  if (version < table.compacted() || version > current)
    throw new FleetkitError('store/relist', `version ${version}, which the list was begun at, cannot be read any more`)
  const items: KubeObject[] = []
  for (const object of objectsAt(table, type, version, options.namespace, after)) {
    if (!isSelected(object, options)) continue
    if (items.length === limit)
      return { items, resourceVersion: String(version), continue: formatToken(version, positionOf(items.at(-1) as KubeObject)) }
    items.push(object)
  }
  return { items, resourceVersion: String(version) }
}

/** The objects at a version: those of now, with the changes since then taken back. */
function objectsAt(
  table: Table,
  type: string,
  version: number,
  namespace: string | undefined,
  after: Position | undefined,
): Iterable<KubeObject> {
  const now = table.scan(type, { namespace, after })
  const since = table.changes(type, version, Number.MAX_SAFE_INTEGER)
  if (since.length === 0) return now
  const then = new Map<string, KubeObject | undefined>()
  for (const { before, after: next } of since) {
    const key = keyOf((before ?? next) as KubeObject)
    if (!then.has(key)) then.set(key, before)
  }
  const from = after === undefined ? '' : after.join('\0')
  const restored = [...then.values()].filter((object) => object !== undefined && keyOf(object) > from) as KubeObject[]
  const untouched = [...now].filter((object) => !then.has(keyOf(object)))
  return [...untouched, ...restored].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

function positionOf({ metadata }: KubeObject): Position {
  return [metadata.namespace ?? '', metadata.name]
}

function keyOf(object: KubeObject): string {
  return positionOf(object).join('\0')
}

function formatToken(version: number, after: Position): string {
  return Buffer.from(JSON.stringify([version, ...after])).toString('base64url')
}

function parseToken(token: string): { readonly version: number; readonly after: Position } {
  try {
    const [version, namespace, name]: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Number.isSafeInteger(version) && typeof namespace === 'string' && typeof name === 'string')
      return { version: version as number, after: [namespace, name] }
  } catch {
    // Said below.
  }
  throw invalid(undefined, [{ path: 'continue', found: 'something else', accepted: 'the token of the page before' }])
}
