import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
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

test('the demo shows the main job in one screen, in memory', async () => {
  const { code, stdout, stderr, tookMs } = await demo()
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
