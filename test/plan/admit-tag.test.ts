import fc from 'fast-check'
import type { AdmittedTag } from 'fleetkit'
import { expect, test } from 'vitest'
import { admitTag, admittedCommit } from '../internals.ts'

test('a tag is pinned to the commit that it is first admitted at', () => {
  const first = admitTag([], 'u', 'v1', 'c1')
  expect(first).toEqual({ commit: 'c1', admitted: [{ url: 'u', tag: 'v1', commit: 'c1' }] })
  expect(admitTag(first.admitted, 'u', 'v1', 'c1')).toEqual(first)
  expect(admitTag(first.admitted, 'u', 'v1', 'c2')).toEqual({ ...first, movedTo: 'c2' })
})

test('tags of one name in two repositories are two', () => {
  const { admitted } = admitTag([], 'u', 'v1', 'c1')
  expect(admittedCommit(admitted, 'other', 'v1')).toBeUndefined()
  expect(admitTag(admitted, 'other', 'v1', 'c2')).toMatchObject({ commit: 'c2', admitted: { length: 2 } })
  expect(admittedCommit(admitted, 'u', 'v2')).toBeUndefined()
})

test('whatever is found, of the last fifty tags each keeps its first commit', () => {
  const found = fc.record({ url: fc.constantFrom('u', 'w'), tag: fc.nat(60).map(String), commit: fc.constantFrom('a', 'b', 'c') })
  fc.assert(
    fc.property(fc.array(found, { maxLength: 200 }), (sequence) => {
      let admitted: readonly AdmittedTag[] = []
      for (const { url, tag, commit } of sequence) {
        const before = admittedCommit(admitted, url, tag)
        const next = admitTag(admitted, url, tag, commit)
        expect(next.commit).toBe(before ?? commit)
        expect(next.movedTo).toBe(before === undefined || before === commit ? undefined : commit)
        expect(next.admitted.length).toBe(before === undefined ? Math.min(50, admitted.length + 1) : admitted.length)
        if (before === undefined) expect(next.admitted.at(-1)).toEqual({ url, tag, commit })
        admitted = next.admitted
      }
    }),
  )
})
