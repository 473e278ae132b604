import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { entryPoints, root } from '../../scripts/entry-points.ts'
import * as internals from '../internals.ts'

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const list = 'test/internals.ts'
const files = globSync('test/**/*.ts', { cwd: root }).filter((file) => file !== list)

/** A module of `src/` by its path or its URL; the test of the import rules has such imports as data, for a tree of its own. */
const reachesIn = /(?:from|import\(|new URL\()\s*['"](?:\.\.\/)+src\//

test('tests come through the entry points, or through the list of internals', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => file !== 'test/repository/import-rules.test.ts' && reachesIn.test(read(file)))).toEqual([])
})

test('every group of internals says why it is tested directly', () => {
  const groups = read(list).split('\n\n').slice(1)
  expect(groups.length).toBeGreaterThan(5)
  for (const group of groups) expect(group).toMatch(/^\/\/ .{40,}\nexport /)
})

test('every internal is used by a test', () => {
  const names = [...read(list).matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) => names.match(/\w+(?=\s*(,|$))/gm) ?? [])
  expect(names.length).toBeGreaterThan(20)
  const users = files.map(read).filter((text) => text.includes('/internals.ts'))
  expect(names.filter((name) => !users.some((text) => new RegExp(`\\b${name}\\b`).test(text)))).toEqual([])
})

test('no internal is public', async () => {
  const entries = await Promise.all(entryPoints().map(async ({ name }) => (await import(name)) as Readonly<Record<string, unknown>>))
  const published = new Set(entries.flatMap((entry) => Object.values(entry)))
  expect(published.size).toBeGreaterThan(100)
  expect(Object.entries(internals).filter(([, value]) => published.has(value))).toEqual([])
})
