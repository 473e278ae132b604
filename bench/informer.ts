/**
 * Claim: an Informer with `project` takes the memory of the views, and at most 1 KiB for each object beside it: of 10,000 RemoteAssemblages of 200 lean syncs, which are
 * 47 KiB each as JSON. While it lists, at most a page of whole objects is held.
 */
import { execFileSync } from 'node:child_process'
import { bundled } from './bundle.ts'

const count = Number(process.env.OBJECTS ?? 10_000)

export async function run(): Promise<void> {
  const program = await bundled('informer-process')
  console.log(`\n### An Informer of ${count} RemoteAssemblages of 200 lean syncs\n`)
  console.log('| | bytes an object | all | listed in | most resident |\n|---|---|---|---|---|')
  for (const what of ['whole', 'columns', 'columns alone', 'nothing']) {
    const line = execFileSync(process.execPath, ['--expose-gc', program, what, String(count)], { encoding: 'utf8' })
    const { bytes, ms, peakMiB } = JSON.parse(line) as { bytes: number; ms: number; peakMiB: number }
    console.log(`| ${what} | ${bytes} | ${Math.round((bytes * count) / 2 ** 20)} MiB | ${(ms / 1000).toFixed(1)} s | ${peakMiB} MiB |`)
  }
}
