import fc from 'fast-check'
import { cleanPath, type LinkEntry, resolveLinks } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'
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
