/**
 * `npm run demo`: a version is rolled out over twelve embedded clusters, in virtual time, so that nothing is needed and hours take seconds. `npm run demo -- sync` is one
 * Sync and one cluster instead; with `--kubeconfig FILE` (and `--context NAME`) a real one.
 */
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kubeconfig: { type: 'string' }, context: { type: 'string' }, page: { type: 'string' } },
})
const { kubeconfig, context, page } = values
const [which = kubeconfig === undefined && context === undefined ? 'fleet' : 'sync', ...rest] = positionals
if (which === 'sync' && rest.length === 0) await (await import('./sync.ts')).demoSync({ kubeconfig, context })
else if (which === 'fleet' && rest.length === 0) await (await import('./fleet.ts')).demoFleet({ page })
else {
  console.error(`demo: found ${JSON.stringify(positionals.join(' '))}, accepted fleet or sync`)
  process.exitCode = 1
}
