import fc from 'fast-check'
import { cleanPath, type LinkEntry, resolveLinks } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'
import { processorMs } from '../long-turns.ts'
import { runs } from '../random-tests.ts'

describe('cleanPath', () => {
  test.each([
    ['./kustomize', 'kustomize'],
    ['kustomize/', 'kustomize'],
    ['a//b/./c', 'a/b/c'],
    ['a/../b', 'b'],
    ['', ''],
    ['./', ''],
    ['a/..', ''],
    ['.../a', '.../a'],
  ])('%j is %j', (path, clean) => expect(cleanPath(path)).toBe(clean))

  test.each([
    ['/etc', 'absolute'],
    ['../a', 'leaves the tree'],
    ['a/../../b', 'leaves the tree'],
    ['a\\..\\b', 'backslash'],
    ['C:/a', 'drive letter'],
    ['a\0b', 'control character'],
  ])('%j is refused: %s', (path, why) => {
    expect(() => cleanPath(path, 'spec.path')).toThrow(
      expect.objectContaining({ code: 'source/unsafe-path', message: expect.stringMatching(new RegExp(`^spec.path: found .*${why}`)) }),
    )
  })

  test('whatever is accepted stays inside, and is clean already', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', '.', '..', '', '...', 'c:', '\\'), { maxLength: 8 })
      .map((segments) => segments.join('/'))
    fc.assert(
      fc.property(path, (input) => {
        let clean: string
        try {
          clean = cleanPath(input)
        } catch {
          return
        }
        expect(clean === '' || clean.split('/').every((segment) => !['', '.', '..'].includes(segment))).toBe(true)
        expect(cleanPath(clean)).toBe(clean)
      }),
    )
  })
})

/** A tree: a string is the target of a link, `null` a file. */
type Tree = Readonly<Record<string, string | null>>
const resolve = (tree: Tree, within?: string): Record<string, string> => {
  const entries = Object.entries(tree).map(([path, target]): LinkEntry => ({ path, kind: target === null ? 'file' : 'symlink' }))
  const targets = new Map(Object.entries(tree).flatMap(([path, target]) => (target === null ? [] : [[path, target] as const])))
  return Object.fromEntries(resolveLinks(entries, targets, within))
}

describe('resolveLinks', () => {
  test('files, directories, chains, and links inside of linked directories', () => {
    const tree = {
      'base/a.yaml': null,
      'base/sub/b.yaml': null,
      'base/c.yaml': 'sub/b.yaml',
      'x/base': '../base',
      'x/y': './base/sub/',
      z: 'x/y',
    }
    expect(resolve(tree)).toEqual({
      'base/c.yaml': 'base/sub/b.yaml',
      'x/base/a.yaml': 'base/a.yaml',
      'x/base/c.yaml': 'base/sub/b.yaml',
      'x/base/sub/b.yaml': 'base/sub/b.yaml',
      'x/y/b.yaml': 'base/sub/b.yaml',
      'z/b.yaml': 'base/sub/b.yaml',
    })
  })

  test.each<[string, Tree, string]>([
    ['absolute', { a: '/etc/passwd' }, 'is absolute'],
    ['outside', { 'd/a': '../../x' }, 'leads out of the tree'],
    ['outside through a linked directory', { 'd/e/f': null, l: 'd/e', a: 'l/../../../x' }, 'leads out of the tree'],
    ['itself', { a: 'a' }, 'in a cycle'],
    ['two in a cycle', { a: 'b', b: 'a' }, 'in a cycle'],
    ['its own directory', { 'd/f': null, 'd/a': '.' }, 'in a cycle'],
    ['directories that hold each other', { 'd/a': '../e', 'e/b': '../d', 'd/f': null }, 'in a cycle'],
    ['nothing', { a: 'nowhere' }, 'is not in the tree'],
    ['below a file', { f: null, a: 'f/x' }, 'is not in the tree'],
    ['empty', { a: '' }, 'malformed'],
  ])('refused: %s', (_, tree, why) => {
    expect(() => resolve(tree)).toThrow(expect.objectContaining({ code: 'source/unsafe-path', message: expect.stringContaining(why) }))
  })

  test('a submodule is not in the tree', () => {
    const entries: LinkEntry[] = [
      { path: 'sub', kind: 'submodule' },
      { path: 'a', kind: 'symlink' },
    ]
    expect(() => resolveLinks(entries, new Map([['a', 'sub']]))).toThrow('leads into a submodule')
  })

  test('only links below the asked directory are judged, and it may be a link itself', () => {
    const tree = { 'bad/a': '/etc/passwd', 'base/f': null, app: 'base', 'other/l': '../base/f' }
    expect(resolve(tree, 'other')).toEqual({ 'other/l': 'base/f' })
    expect(resolve(tree, 'app')).toEqual({ 'app/f': 'base/f' })
    expect(() => resolve(tree, 'bad')).toThrow('is absolute')
  })

  test('links that multiply are stopped', () => {
    const tree: Record<string, string | null> = { 'd20/f': null }
    for (let level = 0; level < 20; level++) tree[`d${level}/a`] = tree[`d${level}/b`] = `../d${level + 1}`
    expect(() => resolve(tree, 'd0')).toThrow(expect.objectContaining({ code: 'source/limit' }))
  })

  /** Directories that link twice to the next, with `last` in the last one. */
  function doubling(levels: number, last: LinkEntry): readonly [LinkEntry[], Map<string, string>] {
    const links = Array.from({ length: levels }, (_, level) => [`d${level}/a`, `d${level}/b`]).flat()
    const targets = new Map(links.map((path) => [path, `../d${Number(path.slice(1, -2)) + 1}`]))
    return [[...links.map((path): LinkEntry => ({ path, kind: 'symlink' })), { ...last, path: `d${levels}/${last.path}` }], targets]
  }

  test.each<[string, LinkEntry['kind']]>([
    ['a submodule', 'submodule'],
    ['a file', 'file'],
  ])('links that multiply are stopped by the work that they are, with %s at their end', (_, kind) => {
    const [entries, targets] = doubling(30, { path: 'x', kind })
    const before = processorMs()
    expect(() => resolveLinks(entries, targets, 'd0')).toThrow(expect.objectContaining({ code: 'source/limit' }))
    expect(processorMs() - before).toBeLessThan(400)
  })

  test('and so are long chains of links, long paths, and many links to a large directory', () => {
    const limited = expect.objectContaining({ code: 'source/limit' })
    const link = (path: string): LinkEntry => ({ path, kind: 'symlink' })
    const many = Array.from({ length: 2000 }, (_, index) => `l/${index}`)
    const long = `${'x/'.repeat(1000)}f`
    const chain = Array.from({ length: 39 }, (_, index) => `c${index}`)
    const before = processorMs()
    const chained = [...chain, ...many].map(link)
    const targets = new Map([
      ...chain.map((path, index) => [path, index === 0 ? `${'x/../'.repeat(800)}x` : `c${index - 1}`] as const),
      ...many.map((path) => [path, '../c38'] as const),
    ])
    expect(() => resolveLinks([...chained, { path: long, kind: 'file' }], targets)).toThrow(limited)
    const submodules = Array.from({ length: 20_000 }, (_, index): LinkEntry => ({ path: `s/${index}`, kind: 'submodule' }))
    expect(() => resolveLinks([...submodules, ...many.map(link)], new Map(many.map((path) => [path, '../s'])))).toThrow(limited)
    expect(processorMs() - before).toBeLessThan(800)
  })

  test('ten thousand honest links are followed', () => {
    const base = 'some/directory/of/a/large/repository'
    const files = Array.from({ length: 10_000 }, (_, index): LinkEntry => ({ path: `${base}/${index}.yaml`, kind: 'file' }))
    const links = files.map(({ path }): LinkEntry => ({ path: path.replace('directory', 'links'), kind: 'symlink' }))
    const targets = new Map(
      links.map(({ path }) => [path, `../../../../../directory/of/a/large/repository/${path.slice(path.lastIndexOf('/') + 1)}`]),
    )
    expect(resolveLinks([...files, ...links], targets).size).toBe(10_000)
  })

  test('a path through more links than an operating system follows is refused', () => {
    const levels = Array.from({ length: 45 }, (_, level) => `d${level}/a`)
    const entries = [...levels.map((path): LinkEntry => ({ path, kind: 'symlink' })), { path: 'd45/x', kind: 'file' } as const]
    expect(() => resolveLinks(entries, new Map(levels.map((path, level) => [path, `../d${level + 1}`])))).toThrow('more than 40 links')
  })

  test('every result leads from no real file to a real file', () => {
    const segment = fc.constantFrom('a', 'b', 'c')
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'))
    const target = fc.array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
    const tree = fc.dictionary(path, fc.option(target), { maxKeys: 8 }).filter((value) => {
      const paths = Object.keys(value)
      return !paths.some((one) => paths.some((other) => other.startsWith(`${one}/`)))
    })
    fc.assert(
      fc.property(tree, (value) => {
        let result: Record<string, string>
        try {
          result = resolve(value)
        } catch (error) {
          expect(error).toMatchObject({ code: 'source/unsafe-path' })
          return
        }
        for (const [from, to] of Object.entries(result)) {
          expect(value[to]).toBeNull()
          expect(value[from]).not.toBeNull()
        }
        // Without a link there is nothing to resolve; a link that resolves to files is there.
        if (Object.values(value).every((entry) => entry === null)) expect(result).toEqual({})
      }),
      { numRuns: runs(1000) },
    )
  })
})
