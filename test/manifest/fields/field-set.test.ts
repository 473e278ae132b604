import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalQuantity,
  equalFieldSets,
  excludeFieldSet,
  type FieldSet,
  fieldSet,
  formatFieldSet,
  formatPaths,
  intersectFieldSets,
  isEmptyFieldSet,
  parseFieldSet,
  sameQuantity,
  subtractFieldSets,
  unionFieldSets,
} from '../../internals.ts'

const element = fc.constantFrom('f:a', 'f:b', 'f:__proto__', 'k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', 'v:1', 'i:0')
const tree = fc.memo((depth): fc.Arbitrary<FieldSet> => {
  const children = depth > 1 ? fc.array(fc.tuple(element, tree(depth - 1)), { maxLength: 3 }) : fc.constant([])
  return fc.tuple(fc.boolean(), children).map(([member, below]) => fieldSet(member, below))
})
const set = tree(4).map(({ children }): FieldSet => ({ member: false, children }))

describe('field sets', () => {
  it('are read and written without a loss', () => {
    fc.assert(
      fc.property(set, (given) => {
        expect(equalFieldSets(parseFieldSet(formatFieldSet(given)), given)).toBe(true)
      }),
    )
  })

  it('are sets', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [new Set(formatPaths(a)), new Set(formatPaths(b))]
        expect(formatPaths(unionFieldSets(a, b))).toEqual([...left.union(right)].sort())
        expect(formatPaths(intersectFieldSets(a, b))).toEqual([...left.intersection(right)].sort())
        expect(formatPaths(subtractFieldSets(a, b))).toEqual([...left.difference(right)].sort())
        expect(isEmptyFieldSet(subtractFieldSets(a, a))).toBe(true)
        expect(isEmptyFieldSet(intersectFieldSets(excludeFieldSet(a, b), b))).toBe(true)
      }),
    )
  })

  it('leave out what is not of the form', () => {
    const odd = { 'f:a': {}, 'f:b': 'text', nonsense: {}, 'k:[]': {}, 'k:{': {}, 'v:': {}, 'i:x': {}, 'x:y': {} }
    expect(formatPaths(parseFieldSet(odd))).toEqual(['.a'])
  })

  it('write paths as the API server does', () => {
    const given = parseFieldSet({
      'f:spec': { 'f:ports': { 'k:{"protocol":"TCP","port":80}': { '.': {}, 'f:name': {} } } },
      'f:metadata': { 'f:finalizers': { 'v:"a"': {} } },
    })
    expect(formatPaths(given)).toEqual([
      '.metadata.finalizers[="a"]',
      '.spec.ports[port=80,protocol="TCP"]',
      '.spec.ports[port=80,protocol="TCP"].name',
    ])
  })
})

describe('quantities', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    [0.5, '500m'],
    [1, '1'],
    ['1024Mi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1500Mi', '1500Mi'],
    [2147483648, '2147483648'],
    ['1e3', '1e3'],
    ['1000', '1k'],
    ['100', '100'],
    ['0', '0'],
    ['1.5Ki', '1536'],
    ['-1000m', '-1'],
  ])('%s is written %s', (given, written) => {
    expect(canonicalQuantity(given)).toBe(written)
    expect(sameQuantity(given, written)).toBe(true)
  })

  it('are nothing else', () => {
    for (const text of ['', 'm', '1 ', '1kk', '--1', '1e', 'x'.repeat(1000), null, true]) expect(canonicalQuantity(text)).toBeUndefined()
  })
})
