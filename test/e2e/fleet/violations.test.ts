import { expect, test } from 'vitest'
import type { Sighting } from './observer.ts'
import { findingsIn, type Rules } from './violations.ts'

const rules: Rules = {
  stages: [
    { name: 'one', clusters: ['a'], soakMs: 2000 },
    { name: 'two', clusters: ['b', 'c', 'd'], maxNotReady: 1 },
  ],
  maxUpdating: 2,
  wanted: ['v1', 'v2', 'v1', 'v3'],
  versions: new Map([1, 2, 3].map((number) => [`commit${number}`, `v${number}`])),
}

/** What is written in turn, a second each: as `a v1` a Sync, as `a runs v1` a Deployment that is ready, as `a fails v1` one that is not. */
function violations(writes: readonly string[], given: Partial<Rules> = {}): readonly string[] {
  const history = writes.map((write, index): Sighting => {
    const [cluster = '', ...words] = write.split(' ')
    const version = words.at(-1) as string
    const common = { cluster, revision: index + 1, at: index * 1000 }
    const sync = { metadata: { name: 'shop' }, spec: { source: { git: { commit: `commit${version[1]}` } } } }
    if (words.length === 1) return { ...common, kind: 'Sync', object: sync }
    if (words[0] === 'loses') return { ...common, kind: 'Sync', object: sync, isGone: true }
    if (words[0] === 'answers') return { ...common, kind: 'ApiServer', object: { ok: version === 'again' } }
    const status = { observedGeneration: 1, conditions: [{ type: 'Available', status: words[0] === 'runs' ? 'True' : 'False' }] }
    const spec = { template: { spec: { containers: [{ image: `shop:${version}` }] } } }
    return { ...common, kind: 'Deployment', object: { metadata: { name: 'shop', generation: 1 }, spec, status } }
  })
  return findingsIn(history, { ...rules, ...given }).violations
}
const on = (version: string, ...clusters: readonly string[]): readonly string[] =>
  clusters.flatMap((name) => [`${name} ${version}`, `${name} runs ${version}`])
/** All of them in order, with time for the soak. */
const rolledOut = (version: string): readonly string[] => [...on(version, 'a'), 'a answers again', ...on(version, 'b', 'c', 'd')]

test('what keeps to the rules breaks none, a rollback without a soak included', () => {
  expect(violations([...rolledOut('v1'), ...on('v2', 'a'), ...on('v1', 'a'), ...rolledOut('v3')])).toEqual([])
})

test.each([
  ['a stage that is not waited for', ['a v1', 'b v1'], /b gets v1, which is not ready on a of the stage one/],
  ['a cluster of an earlier stage that failed', ['a v1', 'a fails v1', 'b v1'], /b gets v1, which is not ready on a/],
  ['a soak that is cut short', on('v1', 'a', 'b'), /b gets v1 1000 ms after a of the stage one, which soaks for 2000/],
  [
    'more that are not ready than a stage allows',
    [...rolledOut('v1').slice(0, 3), 'b v1', 'c v1'],
    /2 of the stage two are not ready: b,c/,
  ],
  [
    'one that failed and one that is updating',
    [...rolledOut('v1').slice(0, 3), 'b v1', 'b fails v1', 'c v1'],
    /2 of the stage two are not/,
  ],
  ['a version that was superseded', [...rolledOut('v1'), ...on('v2', 'a'), ...on('v3', 'a'), 'b v2'], /b gets v2 after v3/],
  ['a Sync that is deleted', ['a v1', 'a loses v1'], /a loses Sync shop/],
  ['a version that no one has wanted', ['a v9'], /a gets an unknown commit9/],
] as const)('found is %s', (_, writes, message) => {
  expect(violations(writes)).toContainEqual(expect.stringMatching(message))
})

test('found is what is more than may be updating in the whole fleet', () => {
  const stages = [{ name: 'all', clusters: ['a', 'b', 'c', 'd'] }]
  expect(violations(['a v1', 'b v1'], { stages })).toEqual([])
  expect(violations(['a v1', 'b v1', 'c v1'], { stages })).toEqual([expect.stringMatching(/3 are updating: a,b,c/)])
})

test('what does not answer is waited for by no stage, and what joins may have what all have', () => {
  const stages = [
    { name: 'one', clusters: ['a', 'b'] },
    { name: 'two', clusters: ['c', 'd'] },
  ]
  const joined = new Set(['d'])
  expect(
    violations([...on('v1', 'a'), 'b answers not', ...on('v1', 'c'), 'b answers again', ...on('v1', 'b')], { stages, joined }),
  ).toEqual([])
  expect(violations([...on('v1', 'a', 'b', 'c'), 'a v2', 'd v1'], { stages, joined })).toEqual([])
  expect(violations([...on('v1', 'a', 'b', 'c'), 'a v2', 'd v2'], { stages, joined })).not.toEqual([])
})
