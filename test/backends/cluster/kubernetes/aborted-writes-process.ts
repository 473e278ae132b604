/** Aborts an apply again and again, each time after the event loop stood still amid its requests: a process of its own, as it may hang. */
import diagnostics from 'node:diagnostics_channel'
import { kubernetesCluster } from 'fleetkit/kubernetes'

const [kubeconfigPath = '', namespace = '', rounds = ''] = process.argv.slice(2)
await using cluster = await kubernetesCluster({ kubeconfigPath })
let abort = new AbortController()
let events = 0
/** When the abort comes, seen from an event of a request. */
const moments: readonly ((act: () => void) => void)[] = [
  (act) => act(),
  queueMicrotask,
  process.nextTick,
  setImmediate,
  (act) => void setTimeout(act, 0),
  (act) => {
    setTimeout(act, 5)
    const until = performance.now() + 25
    while (performance.now() < until);
  },
]
let moment = moments[0]
for (const event of ['create', 'headers', 'trailers'])
  diagnostics.subscribe(`undici:request:${event}`, () => {
    if (++events === 150) moment?.(() => abort.abort())
  })
let aborted = 0
for (let round = 0; round < Number(rounds); round++) {
  events = round % 30
  moment = moments[round % moments.length]
  abort = new AbortController()
  const objects = Array.from({ length: 120 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${index}`, namespace },
    data: { round: String(round), text: 'x'.repeat(1000 * (index % 40)) },
  }))
  await cluster.apply(objects, { fieldManager: 'test', signal: abort.signal }).catch(() => aborted++)
}
// The connection still works.
const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace })
process.stdout.write(JSON.stringify({ aborted, found: items.length > 0 }))
