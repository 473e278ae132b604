/**
 * The process that `informer.ts` measures: one Informer of RemoteAssemblages that are made as they are listed, so that nothing else holds any of them. Prints what it
 * takes as a line of JSON.
 */
import { Informer, type InformerOptions, type KubeObject, type ListOptions, type Store, type WatchOptions } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'

const [what = 'whole', objects = '10000'] = process.argv.slice(2)
const count = Number(objects)
const syncs = 200
const type = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'RemoteAssemblage' }
const phases = ['Ready', 'Failed', 'Stalled']

/** An assemblage of lean syncs as a server would send it, which is 47 KiB. */
function textOf(cluster: number): string {
  const names = Array.from({ length: syncs }, (_, sync) => ({ name: `module-${sync}`, revision: `module-${sync}-4f2a9c1d7b` }))
  const at = '2026-11-28T00:00:00Z'
  const metadata = {
    name: `cluster-${cluster}`,
    namespace: 'fleet',
    labels: { region: `region-${cluster % 7}`, tier: 'edge' },
    uid: `0b7c1f5e-6a0f-4c57-9d3c-${cluster}`,
    resourceVersion: String(1_000_000 + cluster),
    generation: 7,
  }
  return JSON.stringify({
    ...type,
    metadata,
    spec: { clusterRef: { name: metadata.name }, syncs: names.map((sync) => ({ ...sync, generation: 3, at, digest: 'a91f03c2' })) },
    status: { syncs: names.map((sync, index) => ({ ...sync, generation: 3, phase: phases[index % 3], since: at })) },
  })
}

const inner = memoryStore()
const server: Partial<Record<keyof Store, unknown>> = {
  list: async (_: unknown, { limit = count, continue: token = '0' }: ListOptions) => {
    const from = Number(token)
    const to = Math.min(count, from + limit)
    const items = Array.from({ length: to - from }, (_, index) => JSON.parse(textOf(from + index)) as KubeObject)
    return { items, resourceVersion: '2000000', ...(to < count ? { continue: String(to) } : {}) }
  },
  watch: async function* (_: unknown, { signal }: WatchOptions) {
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
  },
}
const store = new Proxy(inner, {
  get: (target, property) =>
    server[property as keyof Store] ?? (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target),
})

interface Lean extends KubeObject {
  readonly spec: { readonly syncs: readonly { readonly revision: string; readonly generation: number }[] }
  readonly status: { readonly syncs: readonly { readonly revision: string; readonly generation: number; readonly phase: string }[] }
}
const revisions = new Map<string, number>()
const numberOf = (revision: string): number => {
  const known = revisions.get(revision) ?? revisions.size
  revisions.set(revision, known)
  return known
}
/** The view of a planner that keeps columns. */
function columnsOf(object: KubeObject): object {
  const { spec, status } = object as Lean
  return {
    assigned: Uint16Array.from(spec.syncs, ({ revision }) => numberOf(revision)),
    generation: Uint32Array.from(spec.syncs, ({ generation }) => generation),
    observed: Uint16Array.from(status.syncs, ({ revision }) => numberOf(revision)),
    observedGeneration: Uint32Array.from(status.syncs, ({ generation }) => generation),
    phase: Uint8Array.from(status.syncs, ({ phase }) => phases.indexOf(phase)),
  }
}
/** The view of a program that loads what it is given elsewhere. */
const nothingOf = (): null => null

const projections: Readonly<Record<string, Pick<InformerOptions<unknown>, 'project'>>> = {
  whole: {},
  columns: { project: columnsOf },
  nothing: { project: nothingOf },
}
const sizeOf = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const views: object[] = []
const before = sizeOf()
const started = performance.now()
if (what === 'columns alone') {
  for (let cluster = 0; cluster < count; cluster++) views.push(columnsOf(JSON.parse(textOf(cluster)) as KubeObject))
} else {
  await using informer = new Informer<unknown>({ store, type, ...projections[what] }).start()
  await informer.synced
  report()
}
if (views.length > 0) report()

function report(): void {
  const ms = performance.now() - started
  const bytes = (sizeOf() - before) / count
  console.log(
    JSON.stringify({ what, bytes: Math.round(bytes), ms: Math.round(ms), peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) }),
  )
}
