/**
 * Runs every example: `examples/<name>.ts` and `examples/<name>/main.ts`. An example succeeds when it ends with 0 within
 * a minute. One that needs a real cluster is called `*.cluster.ts` and is only type-checked (`npm run types`).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { root } from './entry-points.ts'

const wanted = process.argv.slice(2)
const examples = readdirSync(path.join(root, 'examples'), { withFileTypes: true })
  .map((entry) => path.join('examples', entry.name, entry.isDirectory() ? 'main.ts' : ''))
  .map((file) => path.normalize(file).replace(/\/$/, ''))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.cluster.ts') && existsSync(path.join(root, file)))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()

if (examples.length === 0) {
  console.error('no example found')
  process.exitCode = 1
}
for (const example of examples) {
  const started = performance.now()
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--conditions=fleetkit:source', example], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 60_000,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${example} (${seconds} s)`)
  if (status === 0) continue
  console.error(`${stdout}${stderr}${signal === null ? '' : `stopped by ${signal}\n`}`)
  process.exitCode = 1
}
