import { createHash, randomBytes } from 'node:crypto'
import { memoryGit } from 'fleetkit/memory'
import { expect, test } from 'vitest'

const url = 'https://git.example.com/apps'

test('contents of every length have the object ids that git gives them', async () => {
  // SHA-1 works on blocks of 64 bytes, and the header of a blob adds to each length.
  const contents = [...Array.from({ length: 200 }, (_, length) => length), 100_000].map((length) => new Uint8Array(randomBytes(length)))
  await using git = memoryGit()
  const commit = git.commit(url, Object.fromEntries(contents.map((content, index) => [String(index).padStart(3, '0'), content])))
  const { entries } = await git.tree(url, commit, '')
  const expected = contents.map((content) => createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex'))
  expect(entries.map(({ oid }) => oid)).toEqual(expected)
})

test('what a caller does to contents afterwards does not reach the repository', async () => {
  const content = new Uint8Array([1, 2, 3])
  await using git = memoryGit()
  const commit = git.commit(url, { a: content })
  content.fill(0)
  const [entry] = (await git.tree(url, commit, '')).entries
  const read = async (): Promise<Uint8Array | undefined> => (await git.blobs(url, [entry?.oid ?? ''])).get(entry?.oid ?? '')
  expect(await read()).toEqual(new Uint8Array([1, 2, 3]))
  ;(await read())?.fill(0)
  expect(await read()).toEqual(new Uint8Array([1, 2, 3]))
})
