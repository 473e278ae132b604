import assert from 'node:assert/strict'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { type GitSubject, oids, plain, text } from './subject.ts'

/** Blobs: the contents of files. */
export const blobCases: ConformanceCases<GitSubject> = {
  'reads blobs, binary ones too': async (subject) => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256)
    const commit = await subject.commit({ bytes, empty: '', text: 'grüße\r\n' })
    const tree = await subject.git.tree(subject.url, commit, '')
    const blobs = await subject.git.blobs(subject.url, oids(tree))
    assert.equal(blobs.size, 3)
    const [first, second, third] = oids(tree).map((oid) => blobs.get(oid))
    assert.deepEqual(plain(first), plain(bytes))
    assert.deepEqual(plain(second), [])
    assert.equal(Buffer.from(third ?? []).toString(), 'grüße\r\n')
  },

  'reads many blobs, and one asked for twice once': async (subject) => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`d${index % 7}/f${index}`, `content ${index % 290}`]))
    const tree = await subject.git.tree(subject.url, await subject.commit(files), '')
    const asked = [...oids(tree), ...oids(tree)]
    const blobs = await subject.git.blobs(subject.url, asked)
    assert.equal(blobs.size, 290)
    for (const { path, oid } of tree.entries) assert.equal(Buffer.from(blobs.get(oid) ?? []).toString(), files[path])
  },

  'reads blobs outside the path that was asked for, of the same commit': async (subject) => {
    const commit = await subject.commit({ 'a/x': 'in a', 'b/y': 'in b' })
    const whole = await subject.git.tree(subject.url, commit, '')
    await subject.git.tree(subject.url, commit, 'a')
    assert.equal(await text(subject, whole, 'b/y'), 'in b')
  },

  'reads blobs of several commits in one call': async (subject) => {
    const trees = [
      await subject.git.tree(subject.url, await subject.commit({ a: 'one' }), ''),
      await subject.git.tree(subject.url, await subject.commit({ a: 'two' }), ''),
    ]
    const blobs = await subject.git.blobs(subject.url, trees.flatMap(oids))
    assert.deepEqual([...blobs.values()].map((bytes) => Buffer.from(bytes).toString()).sort(), ['one', 'two'])
  },

  'reads no blobs when asked for none': async (subject) => {
    await subject.commit({ a: '1' })
    assert.equal((await subject.git.blobs(subject.url, [])).size, 0)
  },

  'an object that is no blob of a requested tree is git/path-missing': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const tree = await subject.git.tree(subject.url, commit, '')
    for (const oid of ['1'.repeat(40), tree.oid, commit, 'HEAD', '--batch'])
      await rejects(subject.git.blobs(subject.url, [...oids(tree), oid]), 'git/path-missing')
  },

  'what a caller does to the bytes changes nothing for others': async (subject) => {
    const tree = await subject.git.tree(subject.url, await subject.commit({ a: 'safe' }), '')
    for (let round = 0; round < 2; round++) for (const bytes of (await subject.git.blobs(subject.url, oids(tree))).values()) bytes.fill(0)
    assert.equal(await text(subject, tree, 'a'), 'safe')
  },
}
