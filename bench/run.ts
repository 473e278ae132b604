/** Runs every benchmark, or those named: `npm run bench -- git`. Let nothing else run meanwhile. */
import { cpus, totalmem } from 'node:os'

const benchmarks = ['apply', 'explore', 'family', 'fleet', 'flux', 'git', 'graph', 'informer', 'manager', 'page', 'rollout']
const wanted = process.argv.slice(2)
const [cpu] = cpus()
console.log(`Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`)
for (const name of benchmarks.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<void> }
  await run()
}
