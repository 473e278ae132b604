import type { RenderedObject } from 'fleetkit'
import { memoryTree } from 'fleetkit/memory'
import { type PlainOptions, plainRenderer } from 'fleetkit/plain'
import { describe, expect, test } from 'vitest'
import { longestTurn } from '../../long-turns.ts'
import { configMap } from './tree.ts'

type Files = Parameters<typeof memoryTree>[0]
const render = async (files: Files, limits?: PlainOptions['limits'], signal?: AbortSignal): Promise<readonly RenderedObject[]> =>
  await plainRenderer({ limits }).render(memoryTree(files), { path: '', signal })
const limited = (found: string): object => ({ code: 'source/limit', retryable: false, message: expect.stringContaining(found) })

/** ConfigMaps in one text of about so many megabytes. */
function manifests(megabytes: number, name: string): string {
  const one = (index: number): string =>
    `${configMap(`${name}-${index}`)}data:\n${Array.from({ length: 100 }, (_, line) => `  key-${line}: "value ${index} ${line}"\n`).join('')}`
  const count = Math.ceil((megabytes * 1_000_000) / one(0).length)
  return Array.from({ length: count }, (_, index) => one(index)).join('---\n')
}

describe('one clear error for what is too large', () => {
  test('files', async () => {
    const files = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`f${index}.yaml`, '']))
    await expect(render(files)).rejects.toMatchObject(limited('found 10001 files, accepted at most 10000'))
    const { 'f0.yaml': _, ...fewer } = files
    expect(await render(fewer)).toEqual([])
  })

  test('a file', async () => {
    await expect(render({ 'a.yaml': ' '.repeat(10_000_001) })).rejects.toMatchObject(limited('a.yaml with 10000001 bytes'))
    await expect(render({ 'a.yaml': configMap('a') }, { fileBytes: 20 })).rejects.toMatchObject(limited('a.yaml'))
  })

  test('all files', async () => {
    const files = { 'a.yaml': ' '.repeat(600), 'b.yaml': ' '.repeat(600) }
    await expect(render(files, { bytes: 1000 })).rejects.toMatchObject(limited('found 1200 bytes'))
  })

  test.each([10, 2000])('objects: %i in a text', async (count) => {
    const text = Array.from({ length: count }, (_, index) => configMap(`a-${index}`)).join('---\n')
    await expect(render({ 'a.yaml': text }, { objects: count - 1 })).rejects.toMatchObject(limited('objects'))
    expect(await render({ 'a.yaml': text }, { objects: count })).toHaveLength(count)
  })

  test('what aliases of a short text stand for', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}*l${level}]\n`).join(
      '',
    )
    await expect(render({ 'a.yaml': `l0: &l0 [x]\n${levels}` })).rejects.toMatchObject(limited('nodes'))
    await expect(render({ 'a.yaml': '[1, 2, 3]' }, { yaml: { nodes: 3 } })).rejects.toMatchObject(limited('nodes'))
  })

  test('an object that no API server takes', async () => {
    const error: unknown = await render({ 'a.yaml': `${configMap('big')}data: {a: "${'x'.repeat(3_200_000)}"}\n` }).catch(
      (reason) => reason,
    )
    expect(error).toMatchObject({
      code: 'source/object-invalid',
      message: expect.stringMatching(/^a\.yaml:1: found ConfigMap big of 3200\d+/),
    })
  })

  test('a file that is no text', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256)
    for (const content of [bytes, bytes.subarray(0, 1000)])
      await expect(render({ 'a.yaml': content })).rejects.toMatchObject({
        code: 'source/object-invalid',
        message: expect.stringContaining('a.yaml: found bytes that are not UTF-8'),
      })
  })
})

describe('large manifests', () => {
  test('are the same objects with the same origins, and hold up nothing', async () => {
    const list = `{"apiVersion":"v1","kind":"List","items":[${Array.from({ length: 3000 }, (_, index) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `i-${index}` }, data: { x: 'y'.repeat(200) } })).join(',')}]}`
    const tree = memoryTree({
      'a.yaml': manifests(1.5, 'a'),
      'b.yaml': manifests(1.5, 'b'),
      'list.json': list,
      'small.yaml': configMap('small'),
    })
    let objects: readonly RenderedObject[] = []
    const longest = await longestTurn(async () => {
      objects = await plainRenderer().render(tree, { path: '' })
    })
    expect(longest).toBeLessThan(100)
    expect(objects.length).toBeGreaterThan(3500)
    expect(objects[1]).toMatchObject({ origin: 'a.yaml:106', object: { metadata: { name: 'a-1' }, data: { 'key-7': 'value 1 7' } } })
    expect(objects.at(-2)).toMatchObject({ origin: 'list.json:1 items[2999]', object: { metadata: { name: 'i-2999' } } })
    expect(objects.at(-1)).toMatchObject({ origin: 'small.yaml:1' })
  })

  test('every problem of every file is told', async () => {
    const files = { 'a.yaml': `${manifests(0.1, 'a')}---\nkind: Pod\n`, 'b.yaml': 'a: [', 'c.yaml': `${manifests(0.1, 'c')}---\n- 1\n` }
    const error = (await render(files).catch((reason: unknown) => reason)) as { readonly problems: readonly { readonly path: string }[] }
    expect(error).toMatchObject({ code: 'source/object-invalid' })
    expect(error.problems.map(({ path }) => path.replace(/[:\d]+.*/, ''))).toEqual(['a.yaml', 'a.yaml', 'b.yaml', 'c.yaml'])
  })

  test('are given up when the signal aborts, and the thread with them', async () => {
    const aborting = new AbortController()
    const rendering = render({ 'a.yaml': manifests(5, 'a') }, undefined, aborting.signal)
    setImmediate(() => setImmediate(() => aborting.abort()))
    await expect(rendering).rejects.toMatchObject({ code: 'aborted' })
    expect(process.getActiveResourcesInfo().filter((name) => /worker/i.test(name))).toEqual([])
  })
})
