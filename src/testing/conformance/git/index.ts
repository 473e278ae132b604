import assert from 'node:assert/strict'
import { type GitFiles, memoryGit } from '../../../backends/git/memory/index.ts'
import { hasCode } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import type { Git, GitTree } from '../../../ports/git.ts'
import { type ConformanceCases, type ConformanceOptions, registerConformance } from '../register.ts'

/** A backend, and the means to write the repository that it reads. The repository is empty at first. */
export interface GitSubject extends AsyncDisposable {
  readonly git: Git
  readonly url: string
  /** The URL of a repository that does not exist, at the same server. */
  readonly missingUrl: string
  /** Adds a commit of exactly these files to the branch `main`, and returns its id. */
  commit(files: GitFiles): Promise<string>
  /** Makes or moves a tag of a commit or of a tag object, annotated when there is a message; returns the id that it points to. */
  tag(name: string, target: string, options?: { readonly message?: string | undefined }): Promise<string>
  /** Makes or moves a branch. */
  branch(name: string, commit: string): Promise<void>
}

/**
 * Proves that a backend keeps what {@link Git} promises. It needs repositories that it may write to.
 *
 * @example
 * ```ts
 * import { memoryGit } from 'fleetkit/memory'
 * import { gitConformance } from 'fleetkit/testing'
 * import { test } from 'node:test'
 *
 * gitConformance({
 *   test,
 *   make: async () => {
 *     const git = memoryGit()
 *     const url = 'https://git.example.com/r'
 *     git.create(url)
 *     return {
 *       git,
 *       url,
 *       missingUrl: 'https://git.example.com/none',
 *       commit: async (files) => git.commit(url, files),
 *       tag: async (name, target, options) => git.tag(url, name, target, options),
 *       branch: async (name, commit) => git.branch(url, name, commit),
 *       [Symbol.asyncDispose]: () => git[Symbol.asyncDispose](),
 *     }
 *   },
 * })
 * ```
 */
export function gitConformance(options: ConformanceOptions<GitSubject>): void {
  registerConformance('git', cases, options)
}

const cases: ConformanceCases<GitSubject> = {
  'resolves a lightweight tag to its commit': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('v1', commit)
    await subject.commit({ a: '2' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), commit)
  },

  'resolves an annotated tag to the commit it points to': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const tagObject = await subject.tag('v1', commit, { message: 'one' })
    assert.notEqual(tagObject, commit)
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), commit)
  },

  'resolves a tag of a tag to the commit at the end': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('outer', await subject.tag('inner', commit, { message: 'inner' }), { message: 'outer' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'outer' }), commit)
  },

  'sees a tag that moved': async (subject) => {
    const first = await subject.commit({ a: '1' })
    const second = await subject.commit({ a: '2' })
    await subject.tag('v1', first)
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), first)
    await subject.tag('v1', second, { message: 'moved' })
    assert.equal(await subject.git.resolve(subject.url, { tag: 'v1' }), second)
  },

  'a version stays what it was after its tag moved': async (subject) => {
    const first = await subject.commit({ a: '1' })
    await subject.tag('v1', first)
    await subject.tag('v1', await subject.commit({ a: '2' }))
    const tree = await subject.git.tree(subject.url, first, '', { tag: 'v1' })
    assert.equal(await text(subject, tree, 'a'), '1')
  },

  'resolves tags with slashes and plus signs in their names': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    for (const name of ['team/app/v1.2.3', '1.0.0+build.7', '@', 'ünïcode']) {
      await subject.tag(name, commit)
      assert.equal(await subject.git.resolve(subject.url, { tag: name }), commit, name)
    }
  },

  'a tag that does not exist is git/ref-missing, and names it': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.tag('v1.0.0', commit)
    const error = await rejects(subject.git.resolve(subject.url, { tag: 'v1' }), 'git/ref-missing')
    assert.match(error.message, /"v1"/)
  },

  'a branch is no tag, and the error says that it is a branch': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.branch('stable', commit)
    const error = await rejects(subject.git.resolve(subject.url, { tag: 'stable' }), 'git/ref-missing')
    assert.match(error.message, /branch/)
  },

  'what cannot be the name of a tag is git/ref-missing': async (subject) => {
    await subject.commit({ a: '1' })
    for (const tag of ['', '-v1', '--upload-pack=touch x', 'a b', 'a\nb', 'a..b', 'a^{}', 'a:b', '*', 'x.lock', '/a', 'a/'])
      await rejects(subject.git.resolve(subject.url, { tag }), 'git/ref-missing')
  },

  'resolves a commit to itself': async (subject) => {
    const first = await subject.commit({ a: '1' })
    await subject.commit({ a: '2' })
    assert.equal(await subject.git.resolve(subject.url, { commit: first }), first)
  },

  'a commit that does not exist is git/ref-missing': async (subject) => {
    await subject.commit({ a: '1' })
    const commit = '1234567890'.repeat(4)
    const error = await rejects(subject.git.resolve(subject.url, { commit }), 'git/ref-missing')
    assert.match(error.message, new RegExp(commit))
    await rejects(subject.git.tree(subject.url, commit, ''), 'git/ref-missing')
  },

  'an abbreviated commit is git/ref-missing': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await rejects(subject.git.resolve(subject.url, { commit: commit.slice(0, 12) }), 'git/ref-missing')
    await rejects(subject.git.tree(subject.url, 'main', ''), 'git/ref-missing')
  },

  'the id of something else than a commit is git/ref-missing': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const { oid, entries } = await subject.git.tree(subject.url, commit, '')
    for (const other of [oid, entries[0]?.oid ?? '']) await rejects(subject.git.resolve(subject.url, { commit: other }), 'git/ref-missing')
  },

  'an empty repository has no tags and no commits': async (subject) => {
    await rejects(subject.git.resolve(subject.url, { tag: 'v1' }), 'git/ref-missing')
    await rejects(subject.git.resolve(subject.url, { commit: '1'.repeat(40) }), 'git/ref-missing')
  },

  'a repository that does not exist is git/repository-missing': async (subject) => {
    await rejects(subject.git.resolve(subject.missingUrl, { tag: 'v1' }), 'git/repository-missing')
    await rejects(subject.git.tree(subject.missingUrl, '1'.repeat(40), ''), 'git/repository-missing')
  },

  'lists the root, recursively and without directories': async (subject) => {
    const commit = await subject.commit({ b: '2', 'a/deep/er/x': '3', 'a/y': '4' })
    const { entries } = await subject.git.tree(subject.url, commit, '')
    assert.deepEqual(paths(entries), ['a/deep/er/x', 'a/y', 'b'])
  },

  'lists a directory with paths from the root of the repository': async (subject) => {
    const commit = await subject.commit({ b: '2', 'a/deep/er/x': '3', 'a/y': '4', 'ab/z': '5' })
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, 'a')).entries), ['a/deep/er/x', 'a/y'])
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, 'a/deep/er')).entries), ['a/deep/er/x'])
  },

  'takes ./a/ for a': async (subject) => {
    const commit = await subject.commit({ 'a/y': '4', b: '1' })
    const plain = await subject.git.tree(subject.url, commit, 'a')
    for (const path of ['./a', 'a/', './a//', 'a/.']) assert.deepEqual(await subject.git.tree(subject.url, commit, path), plain, path)
    assert.deepEqual(await subject.git.tree(subject.url, commit, '.'), await subject.git.tree(subject.url, commit, ''))
  },

  'sorts by path in code-point order': async (subject) => {
    const names = ['a.txt', 'a/x', 'a-b', 'a0', 'B', 'ä', '\u{1f680}', '\uff5e', 'Z/1', 'a/X']
    const commit = await subject.commit(Object.fromEntries(names.map((name) => [name, name])))
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, '')).entries), sorted)
  },

  'tells files, executables, symbolic links and submodules apart': async (subject) => {
    const submodule = 'ab'.repeat(20)
    const commit = await subject.commit({ file: 'f', run: { executable: '#!/bin/sh\n' }, link: { link: '../outside' }, sub: { submodule } })
    const tree = await subject.git.tree(subject.url, commit, '')
    assert.deepEqual(Object.fromEntries(tree.entries.map(({ path, kind }) => [path, kind])), {
      file: 'file',
      run: 'executable',
      link: 'symlink',
      sub: 'submodule',
    })
    assert.equal(await text(subject, tree, 'link'), '../outside')
    assert.equal(tree.entries.find(({ path }) => path === 'sub')?.oid, submodule)
  },

  'keeps blanks, quotes, newlines and other alphabets in names': async (subject) => {
    const names = [
      'with blank',
      'tab\there',
      'new\nline',
      'quo"te',
      "apo'strophe",
      'back\\slash',
      'grüße/日本語',
      '*',
      ':(glob)x',
      '-dash',
      '__proto__',
      'constructor',
    ]
    const commit = await subject.commit(Object.fromEntries(names.map((name) => [`d/${name}/f`, name])))
    const tree = await subject.git.tree(subject.url, commit, 'd')
    assert.deepEqual(new Set(paths(tree.entries)), new Set(names.map((name) => `d/${name}/f`)))
    for (const name of names)
      assert.deepEqual(paths((await subject.git.tree(subject.url, commit, `d/${name}`)).entries), [`d/${name}/f`], name)
    assert.equal(await text(subject, tree, 'd/grüße/日本語/f'), 'grüße/日本語')
  },

  'a path that is not there is git/path-missing': async (subject) => {
    const commit = await subject.commit({ 'a/y': '4' })
    for (const path of ['b', 'a/b', 'A', 'a/q/z/w']) {
      const error = await rejects(subject.git.tree(subject.url, commit, path), 'git/path-missing')
      assert.ok(error.message.includes(path), error.message)
    }
  },

  'a path of a file, a link or a submodule is git/path-missing, and the error says what it is': async (subject) => {
    const commit = await subject.commit({ 'a/f': '1', 'a/l': { link: 'f' }, 'a/s': { submodule: 'ab'.repeat(20) } })
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/f'), 'git/path-missing')).message, /a\/f.*is a file/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/f/below'), 'git/path-missing')).message, /a\/f.*is a file/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/l'), 'git/path-missing')).message, /symbolic link/)
    assert.match((await rejects(subject.git.tree(subject.url, commit, 'a/s'), 'git/path-missing')).message, /submodule/)
  },

  'a path that leaves the repository is source/unsafe-path': async (subject) => {
    const commit = await subject.commit({ 'a/f': '1' })
    for (const path of ['/', '/a', '..', 'a/../..', 'a/..', 'a\0b'])
      await rejects(subject.git.tree(subject.url, commit, path), 'source/unsafe-path')
  },

  'equal directories have equal ids, other ones others': async (subject) => {
    const first = await subject.commit({ 'a/x': '1', 'b/x': '1', 'c/x': '2' })
    const second = await subject.commit({ 'a/x': '1', 'c/x': '3' })
    const oid = async (commit: string, path: string): Promise<string> => (await subject.git.tree(subject.url, commit, path)).oid
    assert.equal(await oid(first, 'a'), await oid(first, 'b'))
    assert.equal(await oid(first, 'a'), await oid(second, 'a'))
    assert.notEqual(await oid(first, 'c'), await oid(second, 'c'))
    assert.notEqual(await oid(first, ''), await oid(second, ''))
  },

  'computes the ids that git computes': async (subject) => {
    const files: GitFiles = {
      'a.txt': 'x',
      'a/b': '',
      'a-c': new Uint8Array([0, 255, 10, 13]),
      'dir/run': { executable: 'go' },
      'dir/link': { link: 'run' },
      'ünï/\u{1f680}': '1',
      sub: { submodule: 'cd'.repeat(20) },
    }
    await using memory = memoryGit()
    const expected = await memory.tree('memory', memory.commit('memory', files), '')
    assert.deepEqual(await subject.git.tree(subject.url, await subject.commit(files), ''), expected)
  },

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

  'reads blobs of several versions in one call': async (subject) => {
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

  'an object that is no blob of a version asked for is git/path-missing': async (subject) => {
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

  'what a caller does to a tree changes nothing for others': async (subject) => {
    const commit = await subject.commit({ a: '1', b: '2' })
    const spoil = (tree: GitTree): void => {
      try {
        Object.assign(tree.entries[0] ?? {}, { path: 'spoiled' })
        ;(tree.entries as unknown[]).pop()
      } catch {
        // It may be frozen.
      }
    }
    spoil(await subject.git.tree(subject.url, commit, ''))
    assert.deepEqual(paths((await subject.git.tree(subject.url, commit, '')).entries), ['a', 'b'])
  },

  'serves many callers at once': async (subject) => {
    const commits = [await subject.commit({ a: '1' }), await subject.commit({ a: '2' }), await subject.commit({ a: '3' })]
    await subject.tag('v2', commits[1] ?? '')
    const calls = Array.from({ length: 24 }, async (_, index) => {
      const commit = commits[index % 3] ?? ''
      assert.equal(await subject.git.resolve(subject.url, { tag: 'v2' }), commits[1])
      return await text(subject, await subject.git.tree(subject.url, commit, ''), 'a')
    })
    assert.deepEqual(
      await Promise.all(calls),
      calls.map((_, index) => String((index % 3) + 1)),
    )
  },

  'an aborted call ends with aborted': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const signal = AbortSignal.abort()
    await rejects(subject.git.resolve(subject.url, { commit }, { signal }), 'aborted')
    await rejects(subject.git.tree(subject.url, commit, '', { signal }), 'aborted')
    await rejects(subject.git.blobs(subject.url, [], { signal }), 'aborted')
  },

  'one caller who gives up takes nothing from the others': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    const abort = new AbortController()
    const leaving = subject.git.tree(subject.url, commit, '', { signal: abort.signal }).catch((error: unknown) => error)
    const staying = subject.git.tree(subject.url, commit, '')
    abort.abort()
    assert.deepEqual(paths((await staying).entries), ['a'])
    const outcome = await leaving
    if (outcome instanceof Error) assert.ok(hasCode(outcome, 'aborted'), String(outcome))
  },

  'refuses every call with closed after it was disposed of': async (subject) => {
    const commit = await subject.commit({ a: '1' })
    await subject.git[Symbol.asyncDispose]()
    await subject.git[Symbol.asyncDispose]()
    await rejects(subject.git.resolve(subject.url, { commit }), 'closed')
    await rejects(subject.git.tree(subject.url, commit, ''), 'closed')
    await rejects(subject.git.blobs(subject.url, []), 'closed')
  },
}

async function rejects(call: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error: unknown = await call.then(
    (value) => assert.fail(`expected ${code}, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(hasCode(error, code), `expected ${code}, got ${String((error as { code?: unknown }).code)}: ${String(error)}`)
  return error
}

async function text(subject: GitSubject, tree: GitTree, path: string): Promise<string> {
  const oid = tree.entries.find((entry) => entry.path === path)?.oid
  assert.ok(oid !== undefined, `no ${path} in the tree`)
  return Buffer.from((await subject.git.blobs(subject.url, [oid])).get(oid) ?? []).toString()
}

function paths(entries: GitTree['entries']): string[] {
  return entries.map(({ path }) => path)
}

function oids({ entries }: GitTree): string[] {
  return entries.map(({ oid }) => oid)
}

function plain(bytes: Uint8Array | undefined): number[] {
  return [...(bytes ?? [])]
}
