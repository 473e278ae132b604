import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { entryPoints, root } from '../../scripts/entry-points.ts'

/** Prints the URL of every module that importing a specifier loads. */
const listLoaded = `
  const { registerHooks } = process.getBuiltinModule('node:module')
  const loaded = []
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
  await import(process.argv[1])
  console.log(JSON.stringify(loaded))
`
function loadedBy(specifier: string): readonly string[] {
  const args = ['--conditions=fleetkit:source', '--input-type=module', '--eval', listLoaded, specifier]
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as readonly string[]
}

describe('importing fleetkit', () => {
  test('loads no backend, nothing that only a backend needs, and no manager at work', () => {
    const loaded = loadedBy('fleetkit')
    expect(loaded.some((url) => url.endsWith('/src/index.ts'))).toBe(true)
    const unwanted =
      /\/src\/(backends|testing|manifest\/health\/(argo|expressions))\/|\/runtime\/(manager-run|controller-run|lines\/line)\.ts$|\/node_modules\/(@kubernetes|@bufbuild|undici)\/|^node:sqlite$/
    expect(loaded.filter((url) => unwanted.test(url))).toEqual([])
  })

  test('would be noticed if it did', () => {
    expect(loadedBy('undici').some((url) => url.includes('/node_modules/undici/'))).toBe(true)
  })

  test('costs at most 150 KB, minified, without its dependencies', async () => {
    const { outputs } = await bundled('fleetkit', {
      platform: 'node',
      target: 'node22',
      packages: 'external',
      splitting: true,
      outdir: root,
    })
    // What import() loads later is in chunks of its own: a manager at work (its controllers, runnables, lease and lines to clusters), what each kind's controller does in
    // a reconcile, drivers, runs of a SyncRunner, the default renderers, health rules. Of the rest, a tenth is what chunks import of each other.
    const loaded = (file: string): readonly string[] => [
      file,
      ...(outputs[file]?.imports ?? []).filter(({ kind }) => kind === 'import-statement').flatMap(({ path }) => loaded(path)),
    ]
    const [entry = ''] = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === 'src/index.ts')
    const files = new Set(loaded(entry).filter((file) => file in outputs))
    const bytes = [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0)
    expect(files.size).toBeLessThan(Object.keys(outputs).length)
    expect(bytes).toBeGreaterThan(80_000)
    expect(bytes).toBeLessThanOrEqual(150_000)
  })
})

test.each([
  // With the characters of short ids beside their numbers, which halves the time of a graph whose edges come in no order (60).
  ['fleetkit/graph', 12_060],
  // With the one wake-up of rollouts that share budgets (90), and targets in one line (`view`, `carryOut`: 260),
  // whom a stage with a limit took (190), holds that say how much of what is used up, by whom and until when (880),
  // windows of some targets (690), the parts of a shared budget, which forecasts ask for too (40),
  // ticks that go on from the last one, with lists that are made when they are read (1,030),
  // waves and limits by label (350), starts within a time (390), weights (560),
  // checks with verdicts, and stages that require success (1,070), retries (840),
  // failed targets that are reverted, and busy ones (310), tracks (1,120), and what is kept by block of targets, so that a tick costs what
  // changed (1,760), also behind windows of some targets and full groups (810),
  // and what the planner of a fleet asks of one target, a count, a list that has changed, a budget (140).
  ['fleetkit/rollout', 32_770],
  // With fleets, backups of clusters (250), tokens of ServiceAccounts (230), and what waits for a signal in a sixth of the memory (50).
  ['fleetkit/memory', 50_400],
])('a bundle of %s for a browser, with its dependencies, has at most %i bytes compressed', async (name, most) => {
  const code = await bundle(name, { platform: 'browser' })
  expect(gzipSync(code, { level: 9 }).byteLength).toBeLessThanOrEqual(most)
})

test('a bundle for a browser that needs a module of Node is an error', async () => {
  await expect(bundle('fleetkit/sqlite', { platform: 'browser' })).rejects.toThrow('node:sqlite')
})

/** An entry point and what it imports as one minified module. */
async function bundle(name: string, options: BuildOptions): Promise<Uint8Array> {
  const { contents } = await bundled(name, options)
  return contents
}

async function bundled(name: string, options: BuildOptions): Promise<{ contents: Uint8Array; outputs: Metafile['outputs'] }> {
  const entry = entryPoints().find((each) => each.name === name)
  const settings = {
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    write: false,
    metafile: true,
  } as const
  const built = await build({ absWorkingDir: root, ...settings, ...options, entryPoints: [entry?.source ?? name] })
  return { contents: built.outputFiles?.[0]?.contents ?? new Uint8Array(), outputs: built.metafile?.outputs ?? {} }
}
