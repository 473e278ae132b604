import { readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { declareErrorCodes, type ErrorCode, errorCodes, FleetkitError, hasCode } from 'fleetkit'
import { describe, expect, test } from 'vitest'
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

/** The values that each entry point exports, one by one: a bundle of each holds what it needs, and nothing else. */
async function exportsOf(entry: string): Promise<readonly (readonly [string, string])[]> {
  return Object.keys((await import(entry)) as object).map((name) => [entry, name] as const)
}

test('whatever part of the package is bundled, the codes that it makes are declared in the bundle', async () => {
  const all = (await Promise.all(entryPoints().map(({ name }) => exportsOf(name)))).flat()
  expect(all.length).toBeGreaterThan(100)
  const { metafile } = await build({
    entryPoints: Object.fromEntries(all.map(([entry, name], index) => [`out${index}`, `only:${entry}:${name}`])),
    outdir: path.join(root, 'never-written'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'bundle',
    external: ['@kubernetes/*', 'eventemitter3', 'immer', 'isomorphic-git', 'js-yaml', 'semver', 'undici'],
    conditions: ['fleetkit:source'],
    write: false,
    metafile: true,
    plugins: [
      {
        name: 'only',
        setup(bundler): void {
          bundler.onResolve({ filter: /^only:/ }, ({ path: file }) => ({ path: file.slice('only:'.length), namespace: 'only' }))
          bundler.onLoad({ filter: /.*/, namespace: 'only' }, ({ path: file }) => {
            const [entry, name] = file.split(':')
            return { contents: `import { ${name} } from '${entry}'\nconsole.log(${name})`, resolveDir: root }
          })
        },
      },
    ],
  })
  const texts = new Map<string, string>()
  const read = (file: string): string => {
    const text = texts.get(file) ?? readFileSync(path.join(root, file), 'utf8').replaceAll(/^\s*\*.*$/gm, '')
    texts.set(file, text)
    return text
  }
  const outputs = Object.values(metafile.outputs)
  expect(outputs.length).toBe(all.length)
  const missing = outputs.flatMap(({ inputs, entryPoint }) => {
    const files = Object.keys(inputs).filter((file) => file.startsWith('src/') && (inputs[file]?.bytesInOutput ?? 0) > 0)
    const tables = files.filter((file) => file.endsWith('/error-codes.ts'))
    const made = files
      .filter((file) => !tables.includes(file))
      .flatMap((file) => read(file).match(/(?<=new FleetkitError\(\s*')[^']+/g) ?? [])
    return [...new Set(made)]
      .filter((code) => !tables.some((file) => new RegExp(`\\b${code}'?: `).test(read(file))))
      .map((code) => `${entryPoint}: ${code}`)
  })
  expect(missing).toEqual([])
  // An adapter outside this package makes errors with the codes of its port.
  const alone = outputs.find(({ entryPoint }) => entryPoint === 'only:fleetkit:FleetkitError')
  expect(Object.keys(alone?.inputs ?? {})).toContain('src/ports/error-codes.ts')
})
