import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

let folder: string
beforeAll(() => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/examples-check-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function check(name: string, text: string): { readonly status: number | null; readonly output: string } {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-examples.ts', path.relative(root, file)], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: stderr + stdout }
}

test('an example in a docstring that does not type-check is reported where it stands', () => {
  const { status, output } = check(
    'wrong.ts',
    ['/**', ' * Adds.', ' *', ' * ```ts', " * const sum: number = 'text'", ' * ```', ' */', 'export const add: number = 1', ''].join('\n'),
  )
  expect(status).toBe(1)
  expect(output).toMatch(/wrong\.ts:5:10: Type 'string' is not assignable to type 'number'/)
})

test('an example may not use what is not public', () => {
  const { status, output } = check('private.md', "```ts\nimport { x } from 'fleetkit/nothing'\n```\n")
  expect(status).toBe(1)
  expect(output).toMatch(/private\.md:2:\d+: .*fleetkit\/nothing/)
})

test('an example that type-checks is counted', () => {
  const { status, output } = check('right.md', '# Title\n\n```ts\nconst sum: number = await Promise.resolve(1)\n```\n\n```sh\nls\n```\n')
  expect(output).toContain('1 examples in 1 files type-checked, 0 problems')
  expect(status).toBe(0)
})

test('an example that is left out says why', () => {
  const silent = check('silent.md', '```ts no-check\nnonsense\n```\n')
  expect(silent.status).toBe(1)
  expect(silent.output).toContain('silent.md:1: found ```ts no-check')
  const loud = check('loud.md', '```ts no-check: needs a program that is not installed\nnonsense\n```\n')
  expect(loud.status).toBe(0)
  expect(loud.output).toContain('needs a program that is not installed')
})
