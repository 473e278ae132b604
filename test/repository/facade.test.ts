import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

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
  test('loads no backend, and nothing that only a backend needs', () => {
    const loaded = loadedBy('fleetkit')
    expect(loaded.some((url) => url.endsWith('/src/index.ts'))).toBe(true)
    const unwanted = /\/src\/(backends|testing)\/|\/node_modules\/(@kubernetes|isomorphic-git|undici)\/|^node:sqlite$/
    expect(loaded.filter((url) => unwanted.test(url))).toEqual([])
  })

  test('would be noticed if it did', () => {
    expect(loadedBy('isomorphic-git').some((url) => url.includes('/node_modules/isomorphic-git/'))).toBe(true)
  })

  test('costs at most 150 KB, minified, without its dependencies', async () => {
    const { outputFiles } = await build({
      entryPoints: [path.join(root, 'src/index.ts')],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      packages: 'external',
      write: false,
    })
    const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(150_000)
  })
})
