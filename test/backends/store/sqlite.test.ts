import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type KubeObject, refKey, refOf } from 'fleetkit'
import { sqliteStore } from 'fleetkit/sqlite'
import { VirtualClock } from 'fleetkit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seed } from '../../random-tests.ts'
import { Random } from '../../rollout/simulation/random.ts'

const type = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' }
const sample = (name: string): KubeObject => ({ ...type, metadata: { name, namespace: 'default' }, spec: { path: `./${name}` } })

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetkit-'))
  path = join(folder, 'store.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('what was written', () => {
  test('is there when the file is opened again, and a watch goes on', async () => {
    const before = sqliteStore(path)
    const a = await before.create(sample('a'))
    const b = await before.create(sample('b'))
    await before[Symbol.asyncDispose]()
    await using after = sqliteStore(path)
    expect((await after.list(type)).items).toEqual([a, b])
    const c = await after.create(sample('c'))
    expect(Number(c.metadata.resourceVersion)).toBe(Number(b.metadata.resourceVersion) + 1)
    const events = after.watch(type, { resourceVersion: a.metadata.resourceVersion as string })[Symbol.asyncIterator]()
    expect([(await events.next()).value, (await events.next()).value]).toEqual([
      { type: 'ADDED', object: b },
      { type: 'ADDED', object: c },
    ])
  })

  test('is not counted again after the journal was compacted', async () => {
    const before = sqliteStore(path)
    await before.create(sample('a'))
    await before.delete(refOf(sample('a')))
    before.compact()
    const { resourceVersion } = await before.list(type)
    await before[Symbol.asyncDispose]()
    await using after = sqliteStore(path)
    expect((await after.list(type)).resourceVersion).toBe(resourceVersion)
  })

  test('may be anything that is JSON', async () => {
    await using store = sqliteStore(path)
    const spec = JSON.parse(
      '{"__proto__":{"a":1},"constructor":"b","text":"\\u0000 \\ud83d\\ude00 \'; DROP TABLE objects","list":[1e300,-0.5,null,true]}',
    )
    await store.create({ ...sample('a'), spec })
    expect(JSON.stringify((await store.get(refOf(sample('a'))))?.spec)).toBe(JSON.stringify(spec))
  })
})

describe('two stores on one file', () => {
  test('see the writes of one another', async () => {
    const clock = new VirtualClock()
    await using one = sqliteStore(path, { clock })
    await using two = sqliteStore(path, { clock, pollMs: 250 })
    const events = two.watch(type, { resourceVersion: '0' })[Symbol.asyncIterator]()
    const next = events.next()
    await clock.advance(1000)
    const a = await one.create(sample('a'))
    await clock.advance(250)
    expect((await next).value).toEqual({ type: 'ADDED', object: a })
    expect(await two.get(refOf(a))).toEqual(a)
  })

  test('compare and swap against one another', async () => {
    await using one = sqliteStore(path)
    await using two = sqliteStore(path)
    const a = await one.create(sample('a'))
    await two.update({ ...a, spec: { path: './other' } })
    await expect(one.update({ ...a, spec: { path: './third' } })).rejects.toMatchObject({ code: 'store/conflict' })
    await expect(one.create(sample('a'))).rejects.toMatchObject({ code: 'store/exists' })
  })

  test('hand a lease over', async () => {
    const clock = new VirtualClock()
    await using one = sqliteStore(path, { clock })
    await using two = sqliteStore(path, { clock })
    const options = { namespace: 'default', name: 'leader', durationMs: 15_000 }
    const first = await one.lease({ ...options, holder: 'one' })
    const waiting = two.lease({ ...options, holder: 'two' })
    await clock.advance(60_000)
    expect(first.signal.aborted).toBe(false)
    await first[Symbol.asyncDispose]()
    await clock.advance(15_000)
    await using second = await waiting
    expect(second.term).toBe(2)
  })
})

describe('a file that cannot be used', () => {
  test('that another process has locked is waited for, and the event loop is not', async () => {
    await using store = sqliteStore(path)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    // Opened all the same: only a new file is written to.
    await using second = sqliteStore(path)
    expect(await second.get(refOf(sample('a')))).toBeUndefined()
    let settled = 0
    const writes = [store.create(sample('a')), store.create(sample('b')), second.create(sample('c'))]
    for (const write of writes) void write.then(() => settled++)
    let turns = 0
    const started = performance.now()
    while (performance.now() - started < 300) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      turns++
    }
    expect(settled).toBe(0)
    // Blocked for the whole time it would have been one.
    expect(turns).toBeGreaterThan(5)
    other.exec('COMMIT')
    other.close()
    await Promise.all(writes)
    expect((await store.list(sample('a'))).items).toHaveLength(3)
  })

  test('that stays locked is store/unavailable in the end, and an abort ends the waiting', async () => {
    const clock = new VirtualClock()
    await using store = sqliteStore(path, { clock })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const aborter = new AbortController()
    const writes = Promise.allSettled([store.create(sample('a')), store.create(sample('b'), { signal: aborter.signal })])
    await clock.advance(1000)
    aborter.abort()
    await clock.advance(5000)
    expect(await writes).toMatchObject([
      { status: 'rejected', reason: { code: 'store/unavailable', retryable: true } },
      { status: 'rejected', reason: { code: 'aborted' } },
    ])
    other.close()
  })

  test('of another schema version is store/corrupt', async () => {
    await sqliteStore(path)[Symbol.asyncDispose]()
    const raw = new DatabaseSync(path)
    raw.exec('UPDATE meta SET schema = 2')
    raw.close()
    expect(() => sqliteStore(path)).toThrow(
      expect.objectContaining({ code: 'store/corrupt', message: expect.stringMatching(/version 2, accepted 1/) }),
    )
  })

  test('of another program is store/corrupt, and left alone', () => {
    const raw = new DatabaseSync(path)
    raw.exec('CREATE TABLE meta2 (a)')
    expect(() => sqliteStore(path)).toThrow(expect.objectContaining({ code: 'store/corrupt' }))
    expect(raw.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1)
    raw.close()
  })

  test('that is no database is store/corrupt', () => {
    writeFileSync(path, 'not a database, '.repeat(100))
    expect(() => sqliteStore(path)).toThrow(expect.objectContaining({ code: 'store/corrupt', message: expect.stringContaining(path) }))
  })

  test('in a folder that is not there is store/unavailable', () => {
    expect(() => sqliteStore(join(folder, 'none', 'store.db'))).toThrow(
      expect.objectContaining({ code: 'store/unavailable', retryable: true }),
    )
  })
})

test('every acknowledged write outlives kill -9 of its processes', async () => {
  const random = new Random(seed)
  let lastVersion = 0
  for (let round = 0; round < 5; round++) {
    const writers = ['one', 'two'].map((name) => startWriter(`${name}-${round}`))
    await Promise.all(writers.map(({ ready }) => ready))
    await sleep(random.below(300))
    for (const { child } of writers) child.kill('SIGKILL')
    const said = (await Promise.all(writers.map(({ lines }) => lines))).flat()
    await using store = sqliteStore(path, { history: 50 })
    const list = await store.list(type)
    const versions = new Map(list.items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]))
    const acknowledged = new Map(said.map((line) => line.split(' ') as [string, string]))
    expect(acknowledged.size).toBeGreaterThan(0)
    for (const [name, version] of acknowledged) {
      // One more write than the last acknowledged one may have happened to the last object of a writer.
      if (version === 'gone') expect(versions.has(name)).toBe(false)
      else if (versions.has(name)) expect(versions.get(name)).toBeGreaterThanOrEqual(Number(version))
      else expect([...acknowledged.keys()].filter((other) => other.startsWith(name.replace(/\d+$/, ''))).at(-1)).toBe(name)
    }
    const version = Number(list.resourceVersion)
    expect(version).toBeGreaterThan(lastVersion)
    expect(Math.max(...versions.values())).toBeLessThanOrEqual(version)
    lastVersion = version
    expectConsistent()
  }
}, 60_000)

/** The journal has no holes, and the last change of each object in it is the object. */
function expectConsistent(): void {
  const raw = new DatabaseSync(path)
  const { version, compacted } = raw.prepare('SELECT version, compacted FROM meta').get() as { version: number; compacted: number }
  const journal = raw.prepare('SELECT version, before, after FROM journal ORDER BY version').all()
  expect(journal.map((row) => row.version)).toEqual(Array.from({ length: version - compacted }, (_, index) => compacted + 1 + index))
  const objects = new Map(
    raw
      .prepare('SELECT body FROM objects')
      .all()
      .map(({ body }) => [refKey(refOf(JSON.parse(String(body)))), body]),
  )
  const last = new Map(journal.map(({ before, after }) => [refKey(refOf(JSON.parse(String(after ?? before)))), after ?? undefined]))
  for (const [key, body] of last) expect(objects.get(key)).toEqual(body)
  for (const body of objects.values()) {
    const { metadata } = JSON.parse(String(body)) as KubeObject
    expect(Number(metadata.resourceVersion) <= compacted || last.has(refKey(refOf(JSON.parse(String(body)))))).toBe(true)
  }
  expect(raw.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  raw.close()
}

function startWriter(name: string): {
  readonly child: ReturnType<typeof spawn>
  readonly ready: Promise<unknown>
  readonly lines: Promise<readonly string[]>
} {
  const script = fileURLToPath(new URL('./sqlite-writer.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=fleetkit:source', script, path, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const ready = Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  // The last line may be torn; its write was never acknowledged.
  const lines = once(child, 'close').then(() => text.split('\n').slice(0, -1))
  return { child, ready, lines }
}
