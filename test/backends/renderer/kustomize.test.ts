import { getEventListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kustomizeRenderer } from 'fleetkit/kustomize'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { findAssets } from '../../servers/assets.ts'
import { describeWithServers } from '../../servers/index.ts'
import { configMap, textTree } from './tree.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetkit-test-'))
  vi.stubEnv('TMPDIR', folder) // so that what a build leaves behind would be seen
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

let scripts = 0
/** A program in place of kustomize. Its last argument is the directory to build. */
async function script(body: string, name = `kustomize-${++scripts}`): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, 0o755)
  return file
}
const leftovers = async (): Promise<readonly string[]> => (await readdir(folder)).filter((name) => name.startsWith('fleetkit-kustomize-'))
const app = { 'app/kustomization.yaml': 'resources: [a.yaml]', 'app/a.yaml': configMap('a') }

describe('running the program', () => {
  test('builds the directory in a bare environment, and leaves nothing behind', async () => {
    vi.stubEnv('KUBECONFIG', '/somewhere/kubeconfig')
    const command = await script(
      `for dir; do :; done\necho "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {args: '$*', home: '$HOME', kubeconfig: '$KUBECONFIG', path: '$PATH', proxy: '$HTTPS_PROXY'}"`,
    )
    const { signal } = new AbortController()
    const [built] = await kustomizeRenderer({ command }).render(textTree(app), { path: 'app', signal })
    expect(built?.origin).toBe('app (kustomize):1')
    const data = built?.object.data as Record<string, string>
    expect(data.args).toMatch(/^build .*\/tree\/app$/)
    expect(data).toMatchObject({ kubeconfig: '', path: data.home, proxy: 'http://127.0.0.1:9' })
    expect(data.home).toContain('fleetkit-kustomize-')
    expect(await leftovers()).toEqual([])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('a program called kubectl is run as kubectl kustomize', async () => {
    const command = await script(`echo "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '$1'}"`, 'kubectl-1.36')
    expect((await kustomizeRenderer({ command }).render(textTree(app), { path: 'app' }))[0]?.object.metadata.name).toBe('kustomize')
  })

  test('a failure carries what the program complains, without the folder of the moment', async () => {
    const command = await script(`for dir; do :; done\necho "Error: $dir/a.yaml is bad" >&2\nexit 1`)
    const error = await kustomizeRenderer({ command })
      .render(textTree(app), { path: 'app' })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'render/failed', message: 'app: Error: app/a.yaml is bad' })
    expect(await leftovers()).toEqual([])
  })

  test('a complaint is the same each time: no times, process ids, addresses or warnings', async () => {
    const log = 'E0524 11:02:33.123456   4242 main.go:42] cannot build\\n2026/05/24 11:02:33 well-defined vars that were never replaced'
    const noise =
      "# Warning: 'bases' is deprecated\\nW0524 11:02:33.1 4242 x.go:1] odd\\npanic at 0xc000123abc in $TMPDIR/kustomize-123456/a"
    const command = await script(`printf "${log}\\n${noise}\\n" >&2; exit 1`)
    const error = kustomizeRenderer({ command }).render(textTree(app), { path: 'app' })
    await expect(error).rejects.toMatchObject({
      code: 'render/failed',
      message: 'app: cannot build\nwell-defined vars that were never replaced\npanic at 0x… in /a',
    })
  })

  test('only the end of a long complaint', async () => {
    const command = await script(`i=0; while [ $i -lt 1000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1`)
    const error = await kustomizeRenderer({ command })
      .render(textTree(app), { path: 'app' })
      .catch((reason: Error) => reason)
    expect((error as Error).message.length).toBeLessThan(2100)
    expect((error as Error).message).toContain('line 999')
  })

  test('a program that takes too long is killed', async () => {
    const command = await script(`echo $$ > ${folder}/pid\nexec /bin/sleep 60`)
    const error = await kustomizeRenderer({ command, timeoutMs: 500 })
      .render(textTree(app), { path: 'app' })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'timeout' })
    expect(await leftovers()).toEqual([])
  })

  test('an abort kills the program, and ends what waits for its turn', async () => {
    const started = join(folder, 'started')
    const command = await script(`: > ${started}\nexec /bin/sleep 60`)
    const renderer = kustomizeRenderer({ command, maxConcurrent: 1 })
    const [running, waiting] = [new AbortController(), new AbortController()]
    const first = renderer.render(textTree(app), { path: 'app', signal: running.signal })
    const second = renderer.render(textTree(app), { path: 'app', signal: waiting.signal })
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 10_000 })
    waiting.abort()
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    running.abort()
    await expect(first).rejects.toMatchObject({ code: 'aborted' })
    expect(await leftovers()).toEqual([])
    await expect(renderer.render(textTree(app), { path: 'app', signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('a slot that was left is given to the next', async () => {
    const command = await script(`echo "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"`)
    const renderer = kustomizeRenderer({ command, maxConcurrent: 1 })
    const results = await Promise.all([1, 2, 3, 4].map(() => renderer.render(textTree(app), { path: 'app' })))
    expect(results.map((objects) => objects.length)).toEqual([1, 1, 1, 1])
  })

  test('too much output is refused', async () => {
    const command = await script('while :; do echo 0123456789; done')
    await expect(kustomizeRenderer({ command, limits: { bytes: 100_000 } }).render(textTree(app), { path: 'app' })).rejects.toMatchObject({
      code: 'source/limit',
    })
  })

  test('results are kept by content and path', async () => {
    const command = await script(`echo x >> ${folder}/runs\necho "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}"`)
    const runs = async (): Promise<number> =>
      (await import('node:fs/promises')).readFile(`${folder}/runs`, 'utf8').then((text) => text.length / 2)
    const renderer = kustomizeRenderer({ command, cacheEntries: 1 })
    const first = await renderer.render(textTree(app, 'one'), { path: 'app' })
    expect(await renderer.render(textTree(app, 'one'), { path: 'app' })).toEqual(first)
    expect(await runs()).toBe(1)
    await renderer.render(textTree(app, 'two'), { path: 'app' })
    await renderer.render(textTree(app, 'one'), { path: 'app' })
    expect(await runs()).toBe(3)
  })

  test('a missing program says how to get one', async () => {
    const missing = kustomizeRenderer({ command: join(folder, 'nowhere') })
    await expect(missing.render(textTree(app), { path: 'app' })).rejects.toMatchObject({ code: 'render/unavailable' })
    vi.stubEnv('PATH', folder)
    const error = kustomizeRenderer().render(textTree(app), { path: 'app' })
    await expect(error).rejects.toThrow(/neither kustomize nor kubectl is on the PATH; get kubectl from https:/)
    vi.unstubAllEnvs()
    vi.stubEnv('TMPDIR', folder)
  })
})

describe('what is not part of the revision is refused before anything runs', () => {
  const render = async (files: Readonly<Record<string, string>>): Promise<unknown> => {
    const command = await script('echo ran >&2; exit 1')
    return kustomizeRenderer({ command })
      .render(textTree(files), { path: 'app' })
      .catch((reason: unknown) => reason)
  }

  test.each([
    'https://example.com/a.yaml',
    'github.com/org/repo//base?ref=v1',
    'git@example.com:org/repo.git',
    'ssh://git@example.com/org/repo',
    'git::https://example.com/org/repo',
    'example.com/org/repo.git//base',
    'gh:org/repo',
    'org/repo?ref=v1',
    '../nowhere',
  ])('resource %s', async (entry) => {
    const error = await render({ 'app/kustomization.yaml': JSON.stringify({ resources: ['a.yaml', entry] }), 'app/a.yaml': configMap('a') })
    expect(error).toMatchObject({
      code: 'render/failed',
      message: expect.stringContaining(`app/kustomization.yaml resources[1]: found "${entry}"`),
    })
  })

  test('every one of every reached kustomization at once, also of files; none of those that are not reached', async () => {
    const error = await render({
      'app/kustomization.yaml': JSON.stringify({
        resources: ['../base'],
        patches: [{ path: 'https://example.com/p.yaml' }, { patch: '- op: test\n  path: https://example.com' }],
        configMapGenerator: [{ name: 'a', files: ['key=https://example.com/f'] }],
      }),
      'base/kustomization.yaml': JSON.stringify({ components: ['https://example.com/c'] }),
      'unrelated/kustomization.yaml': JSON.stringify({ resources: ['https://example.com/x'] }),
    })
    expect((error as { problems: { path: string }[] }).problems.map(({ path }) => path)).toEqual([
      'app/kustomization.yaml patches[0].path',
      'app/kustomization.yaml configMapGenerator[0].files[0]',
      'base/kustomization.yaml components[0]',
    ])
  })

  test.each(['../../outside', '/etc'])('a path out of the tree: %s', async (entry) => {
    expect(await render({ 'app/kustomization.yaml': JSON.stringify({ resources: [entry] }) })).toMatchObject({ code: 'source/unsafe-path' })
  })

  test.each([
    ['a Kustomization of Flux', 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ./x}', 'which is for Flux'],
    ['some other object', configMap('a'), 'kind string "ConfigMap" of apiVersion string "v1"'],
    [
      'a version that kustomize does not have',
      'apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization',
      'kustomize.config.k8s.io/v1beta1',
    ],
  ])('%s under the name of a kustomization', async (_, text, found) => {
    const error = await render({ 'app/kustomization.yaml': text, 'app/a.yaml': configMap('a') })
    expect(error).toMatchObject({ code: 'render/failed', message: expect.stringContaining('app/kustomization.yaml: found kind') })
    expect((error as Error).message).toContain(found)
  })

  test('a kustomization of a size that no one writes', async () => {
    const error = await render({ 'app/kustomization.yaml': `# ${'x'.repeat(250_000)}` })
    expect(error).toMatchObject({ code: 'source/limit', message: expect.stringContaining('app/kustomization.yaml') })
  })

  test('Helm charts', async () => {
    const error = await render({ 'app/kustomization.yaml': 'helmCharts: [{name: redis, repo: "https://example.com"}]' })
    expect(error).toMatchObject({ code: 'render/failed', message: expect.stringContaining('helmCharts') })
  })

  test('a kustomization that is no YAML', async () => {
    expect(await render({ 'app/kustomization.yaml': 'a: b: c' })).toMatchObject({ code: 'model/yaml' })
  })
})

const assets = inject('sharedServers') === null ? undefined : await findAssets()
describeWithServers('with the real kubectl', () => {
  const renderer = kustomizeRenderer({ command: assets?.kubectl ?? 'kubectl' })
  const names = async (files: Readonly<Record<string, string>>, path: string): Promise<readonly unknown[]> =>
    (await renderer.render(textTree(files), { path })).map(({ object }) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`)

  test('an overlay of a base elsewhere in the tree, with a component and a patch', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [a.yaml]',
      'base/a.yaml': `${configMap('a')}data: {mode: "0644", on: "on"}\n`,
      'component/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n',
      'app/kustomization.yaml': 'resources: [../base]\ncomponents: [../component]\nnamespace: apps\npatches: [{path: p.yaml}]\n',
      'app/p.yaml': `${configMap('a')}data: {more: "1"}\n`,
      'huge/other.yaml': '{{ not needed',
    }
    const tree = textTree(files)
    const [built] = await renderer.render(tree, { path: 'app' })
    expect(built?.object).toMatchObject({ metadata: { name: 'a-c', namespace: 'apps' }, data: { mode: '0644', on: 'on', more: '1' } })
    expect(tree.reads).not.toContain('huge/other.yaml')
  })

  test('a directory with kustomizations further down, and manifests beside them', async () => {
    const files = {
      'apps/one/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: one-\n',
      'apps/one/a.yaml': configMap('a'),
      'apps/one/deeper/kustomization.yaml': 'resources: []',
      'apps/plain/b.yaml': configMap('b'),
      'apps/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
    }
    expect(renderer.accepts(Object.keys(files), 'apps')).toBe(true)
    expect((await names(files, 'apps')).toSorted()).toEqual(['/b', '/c', '/one-a'])
    expect((await names({ 'one/kustomization.yaml': 'resources: [a.yaml]', 'one/a.yaml': configMap('a') }, '')).toSorted()).toEqual(['/a'])
  })

  test('its complaints are ours', async () => {
    const files = { 'app/kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: missing.yaml}]', 'app/a.yaml': configMap('a') }
    const error = await renderer.render(textTree(files), { path: 'app' }).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'render/failed', message: expect.stringContaining('missing.yaml') })
    expect((error as Error).message).not.toContain(folder)
  })

  test('files outside of the directory of a kustomization stay closed to it', async () => {
    const files = { 'app/kustomization.yaml': 'configMapGenerator: [{name: a, files: [../secret/x]}]', 'secret/x': 'x' }
    await expect(renderer.render(textTree(files), { path: 'app' })).rejects.toMatchObject({ code: 'render/failed' })
  })
})
