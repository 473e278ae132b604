import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject, ListOptions, Store } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { ListPage, type ListVersions } from 'fleetkit/store'
import { describe, expect, test } from 'vitest'

const type = { apiVersion: 'example.com/v1', kind: 'Thing' }
const thing = (name: string, namespace?: string, tier = 'prod'): KubeObject => ({
  ...type,
  metadata: { name, namespace, labels: { tier } },
})
const versions: ListVersions = { current: 7, oldest: 3 }

/** A page of `objects`, and how many of them it had to see. */
function read(objects: readonly KubeObject[], options: ListOptions): { readonly names: readonly string[]; next?: string; seen: number } {
  const page = new ListPage(options, versions)
  const rest = objects.filter((object) => page.isAfter(object))
  const seen = rest.findIndex((object) => !page.add(object))
  const { items, continue: next, resourceVersion } = page.toList()
  expect(resourceVersion).toBe(String(page.resourceVersion))
  return {
    names: items.map(({ metadata }) => metadata.name),
    ...(next === undefined ? {} : { next }),
    seen: seen < 0 ? rest.length : seen + 1,
  }
}

describe('ListPage', () => {
  const objects = [thing('x'), thing('a', 'one'), thing('b', 'one', 'test'), thing('c', 'one'), thing('a', 'two')]

  test('a list without a limit is one page', () => {
    expect(read(objects, {})).toEqual({ names: ['x', 'a', 'b', 'c', 'a'], seen: 5 })
  })

  test('a page is full, reads one object more, and the next goes on after it', () => {
    const first = read(objects, { limit: 2 })
    expect(first).toMatchObject({ names: ['x', 'a'], seen: 3 })
    const second = read(objects, { limit: 2, continue: first.next })
    expect(second).toMatchObject({ names: ['b', 'c'], seen: 3 })
    expect(read(objects, { limit: 2, continue: second.next })).toEqual({ names: ['a'], seen: 1 })
  })

  test('objects that are not selected do not count', () => {
    const labelSelector = { matchLabels: { tier: 'prod' } }
    const first = read(objects, { namespace: 'one', limit: 1, labelSelector })
    expect(first.names).toEqual(['a'])
    expect(read(objects, { namespace: 'one', limit: 1, labelSelector, continue: first.next })).toEqual({ names: ['c'], seen: 3 })
  })

  test('a later page shows the resourceVersion of the first', () => {
    const first = new ListPage({ limit: 1 }, versions)
    for (const object of objects) if (!first.add(object)) break
    const later = new ListPage({ continue: first.toList().continue }, { current: 20, oldest: 7 })
    expect([first.resourceVersion, later.resourceVersion]).toEqual([7, 7])
    expect(later.after).toEqual(['', 'x'])
  })

  test('what is compacted, or not yet written, has to be listed again', () => {
    const token = (resourceVersion: number): string => `${resourceVersion}/one/a`
    for (const gone of [2, 8]) expect(() => new ListPage({ continue: token(gone) }, versions)).toThrow(/resourceVersion \d/)
    expect(() => new ListPage({ continue: token(2) }, versions)).toThrow(expect.objectContaining({ code: 'store/relist' }))
    expect(new ListPage({ continue: token(3) }, versions).resourceVersion).toBe(3)
  })

  test('a limit or a token that is none is refused', () => {
    for (const limit of [0, -1, 1.5, Number.NaN])
      expect(() => new ListPage({ limit }, versions)).toThrow(expect.objectContaining({ code: 'model/invalid' }))
    for (const token of ['', '7', '7/one', '7/one/', '-1/one/a', 'x/one/a', `${'9'.repeat(20)}/one/a`])
      expect(() => new ListPage({ continue: token }, versions), token).toThrow(expect.objectContaining({ code: 'model/invalid' }))
  })
})

test('stores list names in code-point order, also across pages', async () => {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }
  const names = ['a', 'system:node', '\uff5e', '\u{1f680}', '\u{1f681}']
  const folder = mkdtempSync(join(tmpdir(), 'fleetkit-'))
  const stores: readonly Store[] = [memoryStore(), sqliteStore(join(folder, 'store.db'))]
  for (const store of stores) {
    for (const name of names.toReversed()) await store.create({ ...role, metadata: { name } })
    const found: string[] = []
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await store.list(role, { limit: 1, continue: token })
      found.push(...page.items.map(({ metadata }) => metadata.name))
      // So that later pages are made of the past.
      if (token === undefined) await store.delete({ ...role, name: '\u{1f681}' })
      token = page.continue
    }
    expect(found).toEqual(names)
    await store[Symbol.asyncDispose]()
  }
  rmSync(folder, { recursive: true })
})
