import { readFileSync } from 'node:fs'
import path from 'node:path'
import { build, type PluginBuild } from 'esbuild'
import { declareErrorCodes, type ErrorCode, errorCodes, FleetkitError, hasCode } from 'fleetkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { entryPoints, root } from '../../scripts/entry-points.ts'

declare module 'fleetkit' {
  interface ErrorCodes {
    'etcd/no-leader': true
  }
}

describe('a code that a program adds', () => {
  test('makes an error before it is declared: retryable only when it says so', () => {
    expect(new FleetkitError('unheard/of' as ErrorCode, 'what')).toMatchObject({ code: 'unheard/of', message: 'what', retryable: false })
    expect(new FleetkitError('toString' as ErrorCode, 'what').retryable).toBe(false)
    expect(new FleetkitError('unheard/of' as ErrorCode, 'what', { retryable: true }).retryable).toBe(true)
  })

  test('is retryable as it is declared', () => {
    declareErrorCodes({ 'etcd/no-leader': { retryable: true, meaning: 'No leader is elected.' } })
    expect(new FleetkitError('etcd/no-leader', 'what').retryable).toBe(true)
    expect(new FleetkitError('etcd/no-leader', 'what', { retryable: false }).retryable).toBe(false)
    expect(errorCodes.get('etcd/no-leader')?.meaning).toBe('No leader is elected.')
  })

  test('can be declared twice, but not in two ways', () => {
    declareErrorCodes({ 'twice/declared': { retryable: false, meaning: 'Once.' } })
    declareErrorCodes({ 'twice/declared': { retryable: false, meaning: 'Twice.' } })
    expect(() => declareErrorCodes({ 'twice/declared': { retryable: true, meaning: 'Otherwise.' } })).toThrow('twice/declared')
    expect(() => declareErrorCodes({ 'store/conflict': { retryable: false, meaning: 'Mine.' } })).toThrow('store/conflict')
    expect(errorCodes.get('store/conflict')?.retryable).toBe(true)
  })

  test('is what hasCode narrows to', () => {
    const error: unknown = new FleetkitError('etcd/no-leader', 'what')
    if (!hasCode(error, 'etcd/no-leader', 'timeout')) return expect.unreachable()
    const code: 'etcd/no-leader' | 'timeout' = error.code
    expect(code).toBe('etcd/no-leader')
    // @ts-expect-error: no such code.
    expect(hasCode(error, 'etcd/no-laeder')).toBe(false)
  })
})

describe('in a bundle of any part of the package', () => {
  const tables = (files: readonly string[]) => files.filter((file) => file.endsWith('/error-codes.ts'))
  let bundles: readonly Bundle[]
  beforeAll(async () => {
    bundles = await bundleEach()
  })

  test('the codes that it makes are declared', () => {
    expect(bundles.length).toBeGreaterThan(100)
    const undeclared = bundles.flatMap(({ entry, name, files }) => {
      const made = files
        .filter((file) => !tables(files).includes(file))
        .flatMap((file) => read(file).match(/(?<=new FleetkitError\(\s*')[^']+/g) ?? [])
      const declared = tables(files).map(read).join('')
      return [...new Set(made)].filter((code) => !new RegExp(`\\b${code}'?: `).test(declared)).map((code) => `${entry} ${name}: ${code}`)
    })
    expect(undeclared).toEqual([])
  })

  test('an adapter of its own knows the codes of its port, though nothing else of the port is there', () => {
    const alone = bundles.find(({ entry, name }) => entry === 'fleetkit' && name === 'FleetkitError')
    expect(alone?.files).toContain('src/ports/error-codes.ts')
  })

  test.each(entryPoints().map(({ name, source }) => [name, source]))(
    '%s imports what it declares itself, so that the compiler knows the codes',
    (name, source) => {
      const imported = [...read(source).matchAll(/^import '(.*error-codes\.ts)'$/gm)].map(([, file = '']) =>
        path.join(path.dirname(source), file),
      )
      const needed = tables(bundles.filter(({ entry }) => entry === name).flatMap(({ files }) => files))
      const known = new Set(imported.map((file) => path.relative(root, file))).add('src/model/errors/error-codes.ts')
      expect(needed.filter((file) => !known.has(file))).toEqual([])
    },
  )
})

interface Bundle {
  readonly entry: string
  /** The one value of the entry point that is bundled. */
  readonly name: string
  /** What is left of `src/`. */
  readonly files: readonly string[]
}

async function bundleEach(): Promise<readonly Bundle[]> {
  const names = await Promise.all(
    entryPoints().map(async ({ name }) => Object.keys((await import(name)) as object).map((value) => `${name}:${value}`)),
  )
  const { metafile } = await build({
    entryPoints: Object.fromEntries(names.flat().map((name, index) => [`out${index}`, `only:${name}`])),
    outdir: path.join(root, 'never-written'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'bundle',
    external: ['@kubernetes/*', 'eventemitter3', 'immer', 'js-yaml', 'undici', 'verkit'],
    conditions: ['fleetkit:source'],
    write: false,
    metafile: true,
    plugins: [{ name: 'only', setup: importOne }],
  })
  return Object.values(metafile.outputs).map(({ entryPoint = '', inputs }) => {
    const [, entry = '', name = ''] = entryPoint.split(':')
    return { entry, name, files: Object.keys(inputs).filter((file) => file.startsWith('src/') && (inputs[file]?.bytesInOutput ?? 0) > 0) }
  })
}

function importOne(bundler: PluginBuild): void {
  bundler.onResolve({ filter: /^only:/ }, ({ path: file }) => ({ path: file.slice('only:'.length), namespace: 'only' }))
  bundler.onLoad({ filter: /.*/, namespace: 'only' }, ({ path: file }) => {
    const [entry, name] = file.split(':')
    return { contents: `import { ${name} } from '${entry}'\nconsole.log(${name})`, resolveDir: root }
  })
}

/** A source file without its docstrings. */
function read(file: string): string {
  return readFileSync(path.resolve(root, file), 'utf8').replaceAll(/^\s*\*.*$/gm, '')
}
