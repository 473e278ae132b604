import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { describeWithServers, kubectl, sharedControlPlane } from '../servers/index.ts'
import { type Ended, runExample } from './run-example.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'fleetkit-demo-test-'))
  await mkdir(path.join(home, 'tmp'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const demo = (...args: readonly string[]): Promise<Ended> =>
  runExample('demo/main.ts', args, { HOME: home, TMPDIR: path.join(home, 'tmp') }, 50_000)

const [tag, time] = ['v[12]\\.0\\.0', '\\d\\d:\\d\\d']
const fleetStory = [
  '= 12 of 12 clusters have v1\\.0\\.0',
  'us-east-2 +==x',
  'Halted after .*us-east-2.*at most 3 unavailable',
  `${time}  eu-west-1   ready v2\\.0\\.0`,
  `${time}  us-east-2   failed v2\\.0\\.0`,
  'eu-west-1   shop is ready at v2\\.0\\.0 since',
  'us-east-2   us-east-2 reported a failure at',
  'us-east-4   more targets failed in fleet than are tolerated: 1 \\(us-east-2\\)',
  `${time}  us-east-2   ready v1\\.0\\.0`,
  '= 12 of 12 clusters have v1\\.0\\.0; 0 are updating, 0 held',
]

test('the demo rolls a version out over a fleet in memory, halts, says why, and rolls it back', async () => {
  const { code, stdout, stderr, tookMs } = await demo()
  expect([code, stderr]).toEqual([0, ''])
  let from = 0
  for (const part of fleetStory) {
    const found = new RegExp(part).exec(stdout.slice(from))
    expect(found, part).not.toBeNull()
    from += (found as RegExpExecArray).index
  }
  // The README shows what the demo prints.
  const shown = await readFile('README.md', 'utf8')
  const blocks = [...shown.slice(0, shown.indexOf('## Try it')).matchAll(/```text\n(.*?)\n```/gs)].map(([, text]) => text as string)
  expect(blocks).toHaveLength(2)
  for (const block of blocks) expect(stdout).toContain(block.replace(/^/gm, '  '))
  // In a pipe nothing is written over, and each change is a line.
  expect(stdout).not.toContain('\u001b')
  expect(stdout.match(new RegExp(`${time}  \\S+ +(updating|ready|failed) ${tag}`, 'g'))?.length).toBe(40)
  const [page] = await readdir(path.join(home, 'tmp'))
  expect(await readFile(path.join(home, 'tmp', page as string), 'utf8')).toMatch(/^<!doctype html>/i)
  expect(tookMs).toBeLessThan(20_000)
})

test('the demo names what it cannot show', async () => {
  const { code, stderr } = await demo('fleets')
  expect([code, stderr]).toEqual([1, 'demo: found "fleets", accepted fleet or sync\n'])
})

const story = [
  '= v1.0.0@sha1:[0-9a-f]{40} is applied: 5 objects changed',
  'create, it does not exist',
  '~ .*web:1.0.0" → .*web:2.0.0"',
  '- ConfigMap shop/banner: prune',
  'prune  ConfigMap shop/banner',
  'drift  Deployment shop/web: .spec.replicas',
  '! source/empty: ',
  '= v1.0.0@sha1:[0-9a-f]{40} is applied: ',
]

test('the demo shows one Sync in one screen, in memory', async () => {
  const { code, stdout, stderr, tookMs } = await demo('sync')
  expect([code, stderr]).toEqual([0, ''])
  for (const part of story) expect(stdout).toMatch(new RegExp(part))
  expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  expect(tookMs).toBeLessThan(10_000)
  expect(await readdir(path.join(home, 'tmp'))).toEqual([])
})

describeWithServers('the demo on a real cluster', () => {
  test('shows the same, and leaves nothing behind', async () => {
    const { kubeconfigPath } = await sharedControlPlane({ controllers: true })
    const { code, stdout, stderr } = await demo('--kubeconfig', kubeconfigPath)
    expect([code, stderr]).toEqual([0, ''])
    for (const part of story) expect(stdout).toMatch(new RegExp(part))
    expect(await readdir(path.join(home, 'tmp'))).toEqual([])
    await vi.waitFor(
      async () => expect(await kubectl(kubeconfigPath, ['get', 'namespace', 'shop', '--ignore-not-found', '-o', 'name'])).toBe(''),
      { timeout: 30_000, interval: 100 },
    )
    const left = [
      'get',
      'all,configmaps,secrets,cronjobs',
      '-A',
      '-l',
      'sync.fleetkit.dev/name=shop,sync.fleetkit.dev/namespace=fleet',
      '-o',
      'name',
    ]
    expect(await kubectl(kubeconfigPath, left)).toBe('')
  }, 60_000)
})
