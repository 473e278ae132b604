/**
 * Runs the random tests with fresh seeds and more cases each, over and over, until the time has passed or one fails:
 * `FLEETKIT_FUZZ_MINUTES=60 npm run fuzz -- [parts of paths]`. Ten minutes by default; a round that has begun is finished.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './entry-points.ts'

const wanted = process.argv.slice(2)
const minutes = Number(process.env.FLEETKIT_FUZZ_MINUTES ?? 10)
const factor = process.env.FLEETKIT_RUNS ?? '5'
const random = /from '(fast-check|(\.\.\/)+random-tests\.ts)'/
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter((file) => random.test(readFileSync(path.join(root, file), 'utf8')))
  .sort()

const end = Date.now() + minutes * 60_000
if (files.length === 0 || Number.isNaN(end)) {
  console.error(files.length === 0 ? 'no random test found' : 'FLEETKIT_FUZZ_MINUTES must be a number')
  process.exitCode = 1
}
for (let round = 1; process.exitCode === undefined && (round === 1 || Date.now() < end); round += 1) {
  const variables = { FLEETKIT_SEED: String(randomInt(1, 2 ** 31)), FLEETKIT_RUNS: factor }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  console.log(`round ${round}: ${assignments.join(' ')}, ${files.length} files`)
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=dot', ...files], {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: 'inherit',
  })
  if (status === 0) continue
  console.error(`round ${round} failed; to see it again: ${[...assignments, 'npx vitest run', ...wanted].join(' ')}`)
  process.exitCode = 1
}
