import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import {
  type FleetEvent,
  FleetkitError,
  type Git,
  type KubeObject,
  type Logger,
  Sync,
  type SyncInput,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { type GitRepositoriesOptions, gitRepositories } from 'fleetkit/git'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { parseInventory } from 'fleetkit/manifest'
import { memoryGit } from 'fleetkit/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitServer, type ServedRepository, startGitServer } from '../servers/git.ts'
import { describeWithServers, kubectl } from '../servers/index.ts'
import { freePort } from '../servers/process.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const configMap = (name: string, data: Readonly<Record<string, string>> = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${JSON.stringify(data)}\n`

describeWithServers('faults around a Sync', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  // Its own: it is going to be killed.
  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  async function failure(work: Promise<unknown>): Promise<FleetkitError> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error, 'nothing failed').toBeInstanceOf(FleetkitError)
    return error as FleetkitError
  }
  async function recordOf(namespace: string): Promise<SyncStatus> {
    const record = await own.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'sync-shop' })
    const { data } = record as { readonly data?: Readonly<Record<string, string>> }
    return JSON.parse(data?.['status.json'] as string) as SyncStatus
  }
  const conditionsOf = ({ conditions = [] }: SyncStatus): Readonly<Record<string, string>> =>
    Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))

  describe('an API server that is killed while 200 objects are applied', () => {
    const url = 'https://git.example.com/many.git'
    const names = (prefix: string): readonly string[] => Array.from({ length: 200 }, (_, at) => `${prefix}-${String(at).padStart(3, '0')}`)
    const old = names('old').slice(0, 20)
    const git = memoryGit()
    git.tag(url, 'v1', git.commit(url, { 'all.yaml': old.map((name) => configMap(name)).join('---\n') }))
    git.tag(
      url,
      'v2',
      git.commit(url, {
        'all.yaml': names('new')
          .map((name) => configMap(name))
          .join('---\n'),
      }),
    )

    /** Kills the API server as soon as 40 objects were applied from now on. Resolves when it is dead. */
    function killHalfWay(runner: SyncRunner): Promise<void> {
      let applied = 0
      return new Promise((resolve, reject) => {
        runner.events.on('sync.applied', () => {
          if (++applied === 40) own.server.stop({ kill: true }).then(resolve, reject)
        })
      })
    }
    const syncOf = (namespace: string, tag: string): Sync =>
      new Sync({ metadata: { name: 'shop', namespace }, spec: { source: { git: { url, tag } }, prune: true, timeout: '60s' } })
    const list = async (namespace: string): Promise<readonly KubeObject[]> =>
      (
        await own.cluster.list(
          { apiVersion: 'v1', kind: 'ConfigMap' },
          { namespace, labelSelector: { matchLabels: { 'sync.fleetkit.dev/name': 'shop' } } },
        )
      ).items

    test('the attempt fails clearly, everything touched is recorded, and the next one completes it', async () => {
      const namespace = await own.namespace()
      await using cluster = await kubernetesCluster({
        kubeconfig: own.server.kubeconfig,
        maxConcurrent: 8,
        retries: { attempts: 3, maxMs: 100 },
      })
      const runner = new SyncRunner({ cluster, git })
      await runner.run(syncOf(namespace, 'v1'))
      const appliedBefore: string[] = []
      const failed: unknown[] = []
      runner.events.on('sync.applied', ({ ref }) => appliedBefore.push(ref.name))
      runner.events.on('sync.failed', ({ error }) => failed.push(error))
      const killed = killHalfWay(runner)
      const error: unknown = await runner.run(syncOf(namespace, 'v2')).catch((reason: unknown) => reason)
      await killed
      await own.server.start()
      // The status is in the same cluster, so the outcome is in the error but not recorded.
      expect(error).toMatchObject({ code: 'sync/record', retryable: true })
      const { message } = error as FleetkitError
      expect(message).toMatch(
        /^Sync .*\/shop: the outcome could not be recorded: ConfigMap .*\/sync-shop: 127\.0\.0\.1:\d+ cannot be reached/,
      )
      expect(message).toMatch(/; it was: Sync .*\/shop: \d+ objects failed: ConfigMap .*\/new-\d+: .*; and \d+ more$/)
      expect(failed).toEqual([error])

      const between = await list(namespace)
      const there = new Set(between.map(({ metadata }) => metadata.name))
      // What the events report as applied is there. More can be: the answer to some requests was lost.
      expect([...old, ...appliedBefore].filter((name) => !there.has(name))).toEqual([])
      expect(between.length).toBeLessThan(220)
      const recorded = new Set(parseInventory((await recordOf(namespace)).inventory).map(({ name }) => name))
      expect(recorded).toEqual(new Set([...old, ...names('new')]))
      expect((await recordOf(namespace)).lastAppliedRevision).toMatch(/^v1@/)

      const status = await runner.run(syncOf(namespace, 'v2'))
      const after = await list(namespace)
      expect(after.map(({ metadata }) => metadata.name)).toEqual(names('new'))
      expect(parseInventory(status.inventory).map(({ name }) => name)).toEqual(names('new'))
      // What was applied before the crash is still that object, not another of its name.
      const uids = new Map(after.map(({ metadata }) => [metadata.name, metadata.uid]))
      for (const { metadata } of between) if (metadata.name.startsWith('new')) expect(uids.get(metadata.name)).toBe(metadata.uid)
    }, 90_000)

    test('with enough patience the attempt lives through it', async () => {
      const namespace = await own.namespace()
      const retries = { attempts: 100, maxMs: 500 }
      await using cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfig, maxConcurrent: 8, retries })
      const runner = new SyncRunner({ cluster, git })
      await runner.run(syncOf(namespace, 'v1'))
      const failed: string[] = []
      runner.events.on('sync.failed', ({ error }) => failed.push(error.message))
      const restarted = killHalfWay(runner).then(() => own.server.start())
      const [status] = await Promise.all([runner.run(syncOf(namespace, 'v2')), restarted])
      expect(failed).toEqual([])
      expect(conditionsOf(status)).toEqual({ Ready: 'True ReconciliationSucceeded' })
      expect((await list(namespace)).map(({ metadata }) => metadata.name)).toEqual(names('new'))
    }, 90_000)
  })

  describe.each(['isomorphic', 'cli'] as const)('a git server in trouble, seen through the git backend %s', (backend) => {
    const password = 'p4ss&w0rd/with=signs "quoted"'
    let server: GitServer
    let guarded: GitServer
    let repository: ServedRepository
    let secured: ServedRepository
    let cacheDir: string
    beforeAll(async () => {
      server = await startGitServer()
      guarded = await startGitServer({ auth: { username: 'robot', password } })
      cacheDir = await mkdtemp(path.join(tmpdir(), 'fleetkit-e2e-git-'))
      repository = await server.repository('shop')
      secured = await guarded.repository('private')
      for (const each of [repository, secured]) {
        const commit = await each.commit({ 'deploy/a.yaml': configMap('a', { x: '1' }) })
        await each.tag('v1', commit)
      }
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      await guarded[Symbol.asyncDispose]()
      await rm(cacheDir, { recursive: true, force: true })
    })

    /** A cache that knows nothing. */
    const open = async (options: GitRepositoriesOptions = {}): Promise<Git> =>
      gitRepositories({ backend, cacheDir: await mkdtemp(path.join(cacheDir, 'cache-')), allowHttp: true, ...options })
    const syncOf = (namespace: string, source: SyncInput['spec']['source']['git']): Sync =>
      new Sync({ metadata: { name: 'shop', namespace }, spec: { source: { git: source }, path: './deploy', prune: true, timeout: '20s' } })

    interface Trouble {
      readonly source: SyncInput['spec']['source']['git']
      readonly options?: GitRepositoriesOptions
      readonly fault?: GitServer['fault']
      readonly code: string
      readonly message: string
      readonly retryable: boolean
    }
    const troubles: readonly [name: string, make: () => Trouble | Promise<Trouble>][] = [
      [
        'gone',
        async () => {
          const origin = `http://127.0.0.1:${await freePort()}`
          return {
            source: { url: `${origin}/shop.git`, tag: 'v1' },
            code: 'git/unreachable',
            message: `${origin}/shop.git: no answer from the git server`,
            retryable: true,
          }
        },
      ],
      [
        'hanging',
        () => ({
          source: { url: repository.url, tag: 'v1' },
          options: { timeoutMs: 400 },
          fault: { kind: 'hang' },
          code: 'timeout',
          message: repository.url,
          retryable: true,
        }),
      ],
      [
        'out of order',
        () => ({
          source: { url: repository.url, tag: 'v1' },
          fault: { kind: 'status', status: 503, body: 'down for maintenance' },
          code: 'git/unavailable',
          message: `${repository.url}: the git server cannot serve now`,
          retryable: true,
        }),
      ],
      [
        'wanting credentials',
        () => ({
          source: { url: secured.url, tag: 'v1' },
          code: 'git/unauthorized',
          message: `${secured.url}: the git server wants credentials`,
          retryable: false,
        }),
      ],
      [
        'without the repository',
        () => ({
          source: { url: `${server.origin}/shpo.git`, tag: 'v1' },
          code: 'git/repository-missing',
          message: `${server.origin}/shpo.git: the git server knows no such repository`,
          retryable: false,
        }),
      ],
      [
        'without the tag',
        () => ({
          source: { url: repository.url, tag: 'v9' },
          code: 'git/ref-missing',
          message: `${repository.url}: there is no tag "v9"`,
          retryable: false,
        }),
      ],
      [
        'asked for a branch',
        () => ({
          source: { url: repository.url, tag: 'main' },
          code: 'git/ref-missing',
          message: `${repository.url}: "main" is a branch, and a branch moves: a tag or a commit is needed`,
          retryable: false,
        }),
      ],
      [
        'without the commit',
        () => ({
          source: { url: repository.url, commit: 'a'.repeat(40) },
          code: 'git/ref-missing',
          message: `${repository.url}: there is no commit ${'a'.repeat(40)}`,
          retryable: false,
        }),
      ],
      [
        'named by a Secret that is not there',
        () => ({
          source: { url: secured.url, tag: 'v1', secretRef: { name: 'nowhere' } },
          code: 'git/config',
          message: '/nowhere: the Secret of spec.source.git.secretRef does not exist',
          retryable: false,
        }),
      ],
    ]
    test.each(troubles)('%s: the error, the status and the event say the same', async (_, make) => {
      const { source, options, fault, code, message, retryable } = await make()
      const namespace = await own.namespace()
      await using git = await open(options)
      const runner = new SyncRunner({ cluster: own.cluster, git })
      const failed: unknown[] = []
      runner.events.on('sync.failed', ({ error }) => failed.push(error))
      server.fault = fault
      try {
        const error = await failure(runner.run(syncOf(namespace, source)))
        expect(error).toMatchObject({ code, retryable })
        expect(error.message).toContain(message)
        // One sentence for a person: no stack, no dump of a program's output.
        expect(error.message).not.toContain('\n')
        expect(error.message.length).toBeLessThan(400)
        expect(failed).toEqual([error])
        const record = await recordOf(namespace)
        const ready = record.conditions?.find(({ type }) => type === 'Ready')
        expect(ready).toMatchObject({
          status: 'False',
          reason: code === 'timeout' ? 'ReconciliationFailed' : 'ArtifactFailed',
          message: error.message,
        })
        const other = retryable ? { Reconciling: 'True ProgressingWithRetry' } : { Stalled: `True ${ready?.reason}` }
        expect(conditionsOf(record)).toEqual({ Ready: `False ${ready?.reason}`, ...other })
        expect(record.inventory).toBeUndefined()
      } finally {
        server.fault = undefined
      }
    })

    test('credentials come from a Secret and are seen nowhere, whether they are right or wrong', async () => {
      const namespace = await own.namespace()
      const wrong = 'wr0ng-s3cret'
      const secret = (name: string, data: object): object => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData: data,
      })
      for (const object of [
        secret('right', { username: 'robot', password }),
        secret('wrong', { username: 'robot', password: wrong }),
        secret('half', { password: wrong }),
      ])
        await kubectl(own.server.kubeconfigPath, ['create', '-f', '-'], JSON.stringify(object))
      const events: FleetEvent[] = []
      const lines: unknown[] = []
      const logger: Logger = {
        debug: (...line) => lines.push(line),
        info: (...line) => lines.push(line),
        warn: (...line) => lines.push(line),
        error: (...line) => lines.push(line),
        child: (fields) => {
          lines.push(fields)
          return logger
        },
      }
      await using git = await open({ logger })
      await using cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfig, logger })
      const runner = new SyncRunner({ cluster, git, logger })
      runner.events.on('*', (event) => events.push(event))
      const errors: FleetkitError[] = []
      const statuses: unknown[] = []
      const attempt = async (name: string): Promise<string> => {
        const sync = syncOf(namespace, { url: secured.url, tag: 'v1', secretRef: { name } })
        const result = await runner.run(sync).catch((reason: unknown) => reason as FleetkitError)
        if (result instanceof FleetkitError) errors.push(result)
        statuses.push(result instanceof FleetkitError ? undefined : result, await recordOf(namespace))
        return result instanceof FleetkitError ? result.code : 'applied'
      }
      expect(await attempt('wrong')).toBe('git/unauthorized')
      expect(errors[0]?.message).toContain(`${secured.url}: the git server does not accept the credentials`)
      expect(await attempt('half')).toBe('git/config')
      expect(errors[1]?.message).toBe(
        `Secret ${namespace}/half: found the keys password; accepted: username and password, or bearerToken, or identity and known_hosts`,
      )
      expect(await attempt('right')).toBe('applied')
      expect((await own.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' }))?.data).toEqual({ x: '1' })
      expect(guarded.requests.some(({ authorization }) => authorization !== undefined)).toBe(true)
      // The tag is admitted now, so the server's refusal is only a warning; that has no secret in it either.
      expect(await attempt('wrong')).toMatch(/applied|git\/unauthorized/)

      expect(events.length).toBeGreaterThan(5)
      expect(lines.length).toBeGreaterThan(3)
      const said = inspect([events, lines, errors, statuses], { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })
      const json = JSON.stringify([events, lines, errors, errors.map(({ stack }) => stack), statuses])
      for (const secretText of [password, wrong])
        for (const form of [
          secretText,
          encodeURIComponent(secretText),
          JSON.stringify(secretText).slice(1, -1),
          Buffer.from(secretText).toString('base64'),
          Buffer.from(`robot:${secretText}`).toString('base64'),
        ]) {
          expect(said).not.toContain(form)
          expect(json).not.toContain(form)
        }
    })
  })
})
