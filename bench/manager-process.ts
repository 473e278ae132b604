/**
 * The process that `manager.ts` measures: one Manager with the built-in controllers, as a user would run it. It prints a line of
 * JSON for each stage, and ends when its input does.
 */
import diagnostics from 'node:diagnostics_channel'
import { Manager, Sync, syncController } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'

const [where = 'memory', count = '1000'] = process.argv.slice(2)
const units = Number(count)
const url = 'https://git.example.com/units.git'
const started = performance.now()
let requests = 0
diagnostics.subscribe('undici:request:create', () => requests++)

const report = (stage: string, more: object = {}): void => {
  const { rss, heapUsed, external } = process.memoryUsage()
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
  const sizes = { rssMiB: mib(rss), heapMiB: mib(heapUsed), externalMiB: mib(external) }
  console.log(JSON.stringify({ stage, ms: Math.round(performance.now() - started), requests, ...sizes, ...more }))
}
const manifest = (unit: number, part: number): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: unit-${unit}-${part} }\ndata: { text: "${'x'.repeat(100)}" }\n`

const { memoryCluster, memoryGit } = await import('fleetkit/memory')
const git = memoryGit()
const files = Array.from({ length: units }, (_, unit) =>
  Array.from({ length: 4 }, (_, part) => [`unit-${unit}/map-${part}.yaml`, manifest(unit, part)] as const),
)
git.tag(url, 'v1', git.commit(url, Object.fromEntries(files.flat())))

report('loaded')
const cluster =
  where === 'memory' ? memoryCluster() : await (await import('fleetkit/kubernetes')).kubernetesCluster({ kubeconfigPath: where })
if (where === 'memory') {
  await cluster.apply([definitionOf(syncKind)], { fieldManager: 'bench' })
  for (let unit = 0; unit < units; unit++) {
    const spec = { source: { git: { url, tag: 'v1' } }, path: `./unit-${unit}`, prune: true, interval: '1h' }
    await cluster.create(new Sync({ metadata: { name: `unit-${unit}`, namespace: 'default' }, spec }).toObject())
  }
}
await cluster.list({ apiVersion: 'v1', kind: 'Namespace' })
report('connected')

const manager = new Manager({ store: cluster, git }).add(syncController())
const reconciled = new Set<string>()
let attempts = 0
manager.events.on('sync.started', () => attempts++)
manager.events.on('sync.failed', ({ sync, error }) => console.error(sync.name, error.message))
const all = Promise.withResolvers<void>()
manager.events.on('controller.reconciled', ({ ref }) => {
  if (reconciled.add(ref.name).size === units) all.resolve()
})
const running = manager.run()
await all.promise
// The last status is a moment behind.
await new Promise((resolve) => setTimeout(resolve, 100))
const ready = manager.cache.list('Sync').filter(({ status }) => JSON.stringify(status).includes('"ReconciliationSucceeded"')).length
report('done', { attempts, ready })
for (const seconds of [1, 14, 15]) {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  report(`at rest for ${seconds} s more`)
}
globalThis.gc?.()
report('after a full collection')
await manager.close()
await running
await cluster[Symbol.asyncDispose]()
