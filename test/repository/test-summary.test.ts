import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

let folder: string
beforeEach(() => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/test-summary-'))
  const summary = path.join(root, 'scripts/test-summary.ts')
  writeFileSync(path.join(folder, 'vitest.config.ts'), `export default { test: { reporters: ['default', ${JSON.stringify(summary)}] } }\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs test files in a vitest of their own: how it ended, and its last line. */
function run(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): readonly [number | null, string] {
  for (const [name, code] of Object.entries(files))
    writeFileSync(path.join(folder, name), `import { beforeAll, expect, test } from 'vitest'\n${code}`)
  const { CI: _, ...inherited } = process.env
  const { status, stdout } = spawnSync(path.join(root, 'node_modules/.bin/vitest'), ['run', '--root', folder], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...inherited, ...env },
  })
  return [status, stdout.trimEnd().split('\n').at(-1) ?? '']
}
const passes = "test('passes', () => {})\n"
const fails = "test('fails', () => { expect(1).toBe(2) })\n"
const skipped = "test.skip('is skipped', () => {})\n"

test('a run ends with its counts on a line of their own', () => {
  expect(run({ 'a.test.ts': passes + passes, 'b.test.ts': passes })).toEqual([0, 'Tests: 3 passed, 0 failed'])
})
test('failed and skipped tests are counted', () => {
  expect(run({ 'a.test.ts': passes + fails + skipped })).toEqual([1, 'Tests: 1 passed, 1 failed, 1 skipped'])
})
test('a file that does not load has failed', () => {
  expect(run({ 'a.test.ts': passes, 'b.test.ts': "import './missing.ts'\n" })).toEqual([1, 'Tests: 1 passed, 1 failed'])
})
test('a hook that throws has failed', () => {
  const [status, line] = run({ 'a.test.ts': `beforeAll(() => { throw new Error('no') })\n${passes}` })
  expect([status, line]).toEqual([1, expect.stringMatching(/^Tests: 0 passed, 1 failed/)])
})
test('an error outside of any test has failed', () => {
  const stray = "void Promise.reject(new Error('stray'))\nawait new Promise((resolve) => setTimeout(resolve, 20))\n"
  expect(run({ 'a.test.ts': stray + passes })).toEqual([1, 'Tests: 1 passed, 1 failed'])
})
test('no tests at all is a failure, not a success', () => {
  expect(run({})[0]).toBe(1)
})
test('a skipped test is a note elsewhere, and a failure under CI', () => {
  expect(run({ 'a.test.ts': passes + skipped })).toEqual([0, 'Tests: 1 passed, 0 failed, 1 skipped'])
  expect(run({ 'a.test.ts': passes + skipped }, { CI: 'true' })).toEqual([1, 'Tests: 1 passed, 0 failed, 1 skipped'])
})
