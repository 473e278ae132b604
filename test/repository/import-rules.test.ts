import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

/** A miniature repository in which each file breaks a rule, or two: file -> the rules and what breaks them. */
const violations: Readonly<Record<string, readonly [rules: string, code: string]>> = {
  'src/model/imports.ts': ['model-imports', "export { x } from '../graph/x.ts'"],
  'src/graph/imports.ts': ['graph-imports', "export { x } from '../manifest/x.ts'"],
  'src/rollout/imports.ts': ['rollout-imports', "export { x } from '../graph/x.ts'"],
  'src/manifest/imports.ts': ['manifest-imports', "export { x } from '../plan/x.ts'"],
  'src/plan/imports.ts': ['plan-imports', "export { x } from '../ports/x.ts'"],
  'src/views/imports.ts': ['views-imports', "export { x } from '../engine/x.ts'"],
  'src/ports/imports.ts': ['ports-imports', "export { x } from '../plan/x.ts'"],
  'src/async/imports.ts': ['async-imports', "export { x } from '../plan/x.ts'"],
  'src/observe/imports.ts': ['observe-imports', "export { x } from '../engine/x.ts'"],
  'src/engine/imports.ts': ['engine-imports', "export const load: () => Promise<unknown> = () => import('../backends/git/x.ts')"],
  'src/backends/imports.ts': ['backends-imports', "export { x } from '../engine/x.ts'"],
  'src/testing/imports.ts': ['testing-imports', "export { x } from '../backends/git/x.ts'"],
  'src/engine/attempt/part.ts': ['engine-parts', "export { x } from '../runtime/x.ts'"],
  'src/engine/sync/other.ts': ['engine-kinds', "export { x } from '../module/x.ts'"],
  'src/model/kinds/sync/other.ts': ['model-kinds', "export { x } from '../module/x.ts'"],
  'src/manifest/builtins.ts': ['pure-builtins', "export { readFileSync } from 'node:fs'"],
  'src/rollout/packages.ts': ['pure-packages', "export { fetch } from 'undici'"],
  'src/index.ts': [
    'facade-imports facade-is-light',
    "export { indirect } from './engine/indirect.ts'\nexport { x } from './backends/git/x.ts'",
  ],
  'src/engine/attempt/source/default-renderers.ts': ['lazy-backends', "export { x } from '../../../backends/git/x.ts'"],
  'src/engine/testing.ts': ['testing-stays-outside', "export { x } from '../testing/x.ts'"],
  'src/engine/undeclared.ts': ['declared-packages', "export { test } from 'vitest'"],
  'src/graph/cycle.ts': ['no-cycles', "import type { B } from './elcyc.ts'\nexport type A = B"],
}

/** The rest of it, which breaks none. */
const innocent: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'graph',
      'manifest',
      'plan',
      'ports',
      'engine',
      'engine/runtime',
      'engine/module',
      'model/kinds/module',
      'backends/git',
      'testing',
    ].map((folder) => [`src/${folder}/x.ts`, 'export const x: number = 1']),
  ),
  'src/engine/indirect.ts': "export const indirect: () => Promise<unknown> = () => import('undici')",
  'src/graph/elcyc.ts': "import type { A } from './cycle.ts'\nexport type B = A | 1",
}

/** Code that a pure folder may not hold. */
const impure: Readonly<Record<string, string>> = {
  'Date.now': 'export const found: number = Date.now()',
  'Date.now by name': 'export const found: () => number = Date.now',
  'new Date()': 'export const found: Date = new Date()',
  'Date()': 'export const found: string = Date()',
  'Math.random': 'export const found: number = Math.random()',
  performance: 'export const found: number = performance.now()',
  setTimeout: 'export const found: unknown = setTimeout(() => {}, 1)',
  setInterval: 'export const found: unknown = setInterval(() => {}, 1)',
  process: 'export const found: unknown = process.env',
  fetch: "export const found: unknown = fetch('http://localhost')",
  crypto: 'export const found: string = crypto.randomUUID()',
  globalThis: 'export const found: number = globalThis.performance.now()',
}

interface Named {
  readonly name: string
}

let repository: string
const write = (file: string, code: string): void => {
  mkdirSync(path.dirname(path.join(repository, file)), { recursive: true })
  writeFileSync(path.join(repository, file), `${code}\n`)
}
const run = (program: string, ...args: readonly string[]): string => {
  const { stdout, error } = spawnSync(path.join(root, 'node_modules/.bin', program), args, { cwd: repository, encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout
}

beforeAll(() => {
  repository = mkdtempSync(path.join(tmpdir(), 'fleetkit-imports-'))
  for (const file of ['biome.json', 'scripts/pure.grit', '.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
    cpSync(path.join(root, file), path.join(repository, file))
  symlinkSync(path.join(root, 'node_modules'), path.join(repository, 'node_modules'))
})
afterAll(() => rmSync(repository, { recursive: true, force: true }))

describe('the import rules', () => {
  const found = new Map<string, string[]>()
  let rules: readonly string[]
  beforeAll(() => {
    for (const [file, code] of Object.entries(innocent)) write(file, code)
    for (const [file, [, code]] of Object.entries(violations)) write(file, code)
    const report = JSON.parse(run('depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src')) as {
      summary: { violations: readonly { from: string; rule: Named }[]; ruleSetUsed: { forbidden: readonly Named[] } }
    }
    rules = report.summary.ruleSetUsed.forbidden.map(({ name }) => name)
    for (const { from, rule } of report.summary.violations) found.set(from, [...(found.get(from) ?? []), rule.name])
  })

  test.each(Object.entries(violations))('%s is caught', (file, [broken]) => {
    expect(found.get(file)).toEqual(expect.arrayContaining(broken.split(' ')))
  })
  test('every rule is proven by a violation', () => {
    expect(Object.values(violations).flatMap(([broken]) => broken.split(' '))).toEqual(rules)
  })
  test('a file that breaks no rule is not accused', () => {
    expect(Object.keys(innocent).filter((file) => found.has(file) && file !== 'src/graph/elcyc.ts')).toEqual([])
  })
})

describe('the purity of what decides', () => {
  const complaints = (file: string, code: string): readonly string[] => {
    write(file, code)
    const report = run('biome', 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', file)
    const { diagnostics } = JSON.parse(report) as { diagnostics: readonly { category: string; severity: string }[] }
    return diagnostics.filter(({ severity }) => severity === 'error').map(({ category }) => category)
  }
  const folders = ['model', 'graph', 'rollout', 'manifest', 'plan', 'views']

  test.each(Object.entries(impure))('%s is refused', (_, code) => {
    const [folder] = folders
    expect(complaints(`src/${folder}/impure.ts`, code)).not.toEqual([])
  })
  test.each(folders)('%s is pure, and its parts', (folder) => {
    expect(complaints(`src/${folder}/part/impure.ts`, impure['Math.random'] ?? '')).toEqual(['plugin'])
    expect(complaints(`src/${folder}/part/impure.ts`, impure.process ?? '')).toEqual(['lint/style/noRestrictedGlobals'])
  })
  test('a given time is no clock', () => {
    expect(complaints('src/model/impure.ts', 'export const at: (ms: number) => Date = (ms) => new Date(ms)')).toEqual([])
  })
  test('what acts may use the clock', () => {
    expect(complaints('src/engine/impure.ts', impure['new Date()'] ?? '')).toEqual([])
  })
  test('an example imports only what a user can', () => {
    expect(complaints('examples/inside.ts', "export { x } from '../src/model/x.ts'")).toEqual(['lint/style/noRestrictedImports'])
    expect(complaints('examples/inside.ts', "export { FleetkitError } from 'fleetkit'")).toEqual([])
  })
})
