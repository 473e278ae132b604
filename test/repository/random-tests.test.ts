import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

let folder: string
beforeEach(() => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/random-tests-'))
  const setup = JSON.stringify(path.join(root, 'test/setup.ts'))
  writeFileSync(path.join(folder, 'vitest.config.ts'), `export default { test: { setupFiles: [${setup}], silent: false } }\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the body of a test prints in a vitest of its own. */
function run(body: string, env: Readonly<Record<string, string>> = {}): string {
  const imports = "import fc from 'fast-check'\nimport { test } from 'vitest'\n"
  writeFileSync(path.join(folder, 'a.test.ts'), `${imports}test('a', () => {\n${body}\n})\n`)
  const { FLEETKIT_SEED: _, FLEETKIT_RUNS: __, ...inherited } = process.env
  const { stdout, stderr } = spawnSync(path.join(root, 'node_modules/.bin/vitest'), ['run', '--root', folder], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...inherited, NO_COLOR: '1', ...env },
  })
  return stdout + stderr
}
const lineOf = (output: string, start: string): string => output.split('\n').find((line) => line.startsWith(start)) ?? ''

test('a run of the tests tries the same cases each time, until FLEETKIT_SEED is another', () => {
  const body = `
    const seen = []
    fc.assert(fc.property(fc.integer(), (value) => void seen.push(value)))
    console.log('seen', seen.length, ...seen, Math.random())
  `
  const [first, again] = [lineOf(run(body), 'seen'), lineOf(run(body), 'seen')]
  expect(first).toMatch(/^seen 100 /)
  expect(again).toBe(first)
  expect(lineOf(run(body, { FLEETKIT_SEED: '1' }), 'seen')).toBe(first)
  const other = lineOf(run(body, { FLEETKIT_SEED: '2', FLEETKIT_RUNS: '3' }), 'seen')
  expect(other).toMatch(/^seen 300 /)
  expect(other.split(' ').at(-1)).not.toBe(first.split(' ').at(-1))
  expect(other.split(' ')[2]).not.toBe(first.split(' ')[2])
})

test('a property that does not hold says its seed, its path and how to see it again', () => {
  const output = run('fc.assert(fc.property(fc.nat(), (value) => value < 1000))', { FLEETKIT_SEED: '7', FLEETKIT_RUNS: '2' })
  expect(output).toMatch(/seed: 7, path: "[\d:]+"/)
  expect(output).toContain('To see it again: FLEETKIT_SEED=7 FLEETKIT_RUNS=2 npx vitest run a.test.ts')
})

test('a seed that is no number is refused', () => {
  expect(run('', { FLEETKIT_SEED: 'x' })).toContain('FLEETKIT_SEED is x, and must be an integer above 0')
})

test('no test has a source of randomness or a number of runs of its own', () => {
  const files = globSync('test/**/*.ts', { cwd: root }).filter((file) => !file.startsWith('test/repository/') && file !== 'test/setup.ts')
  expect(files.length).toBeGreaterThan(100)
  const own = /numRuns: \d|Math\.random|^ *\{.*\bseed: \d+ \},?$/m
  expect(files.filter((file) => own.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
})
