import { compareText } from '../../model/compare-text.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ListOptions, ObjectList } from '../../ports/store.ts'
import { ListPage } from './list-page.ts'
import type { Table } from './table.ts'

/** One page of the objects of a type. A later page shows the table as it was at the resourceVersion of the first one. */
export function listTable(table: Table, type: string, options: ListOptions): ObjectList {
  const page = new ListPage(options, { current: table.resourceVersion(), oldest: table.compacted() })
  for (const object of objectsAt(table, type, page, options.namespace)) if (!page.add(object)) break
  return page.toList()
}

/** The objects at the resourceVersion of a page: those of now, with the writes since then taken back. */
function objectsAt(table: Table, type: string, page: ListPage, namespace: string | undefined): Iterable<KubeObject> {
  const now = table.scan(type, { namespace, after: page.after })
  const since = table.journal(type, page.resourceVersion, Number.MAX_SAFE_INTEGER)
  if (since.length === 0) return now
  const then = new Map<string, KubeObject | undefined>()
  for (const { before, after } of since) {
    const key = keyOf((before ?? after) as KubeObject)
    if (!then.has(key)) then.set(key, before)
  }
  const restored = [...then.values()].filter((object) => object !== undefined && page.isAfter(object)) as KubeObject[]
  const untouched = [...now].filter((object) => !then.has(keyOf(object)))
  return [...untouched, ...restored].sort((a, b) => compareText(keyOf(a), keyOf(b)))
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}\0${name}`
}
