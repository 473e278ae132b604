/**
 * A custom controller beside the built-in ones: it suspends every Sync on Fridays and lets it go on afterwards. The time
 * is a virtual one, so a week passes in a moment.
 */
import { type Clock, controller, fleetControllers, Manager, type Reconcile, Sync } from 'fleetkit'
import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'

const hour = 3_600_000
const isFriday = (clock: Clock): boolean => new Date(clock.now()).getUTCDay() === 5

const freezeOnFridays: Reconcile = async ({ object }, { store, clock, signal, logger }) => {
  if (object === undefined) return
  const sync = Sync.from(object)
  const suspend = isFriday(clock)
  if (sync.spec.suspend !== suspend) {
    const changed = sync.with((draft) => {
      draft.spec.suspend = suspend
    })
    await store.update(changed.toObject(), { signal })
    logger.info(suspend ? 'frozen' : 'thawed', { sync: sync.metadata.name })
  }
  return { requeueAfterMs: hour }
}

// Thursday noon.
const clock = new VirtualClock(Date.UTC(2026, 0, 1, 12))
const url = 'https://git.example.com/shop.git'
const git = memoryGit()
const settings = (greeting: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { greeting: ${greeting} }\n`
git.tag(url, 'v1', git.commit(url, { 'settings.yaml': settings('hello') }))

await using cluster = memoryCluster({ clock })
await using store = memoryStore({ clock })
await using manager = new Manager({ store, cluster, git, clock })
manager.add(...fleetControllers(), controller({ name: 'freeze', for: 'Sync', reconcile: freezeOnFridays }))
const day = (): string => new Date(clock.now()).toUTCString().slice(0, 22)
manager.events.on('sync.finished', ({ sync, changed }) => {
  if (changed > 0) console.log(`${day()}  ${sync.name}: ${changed} object(s) changed`)
})
manager.events.on('sync.suspended', ({ sync }) => console.log(`${day()}  ${sync.name}: suspended, it is Friday`))

const stop = new AbortController()
const running = manager.run({ signal: stop.signal })
await store.create(
  new Sync({
    metadata: { name: 'shop' },
    spec: { source: { git: { url, tag: 'v1' } }, prune: true, interval: '1h' },
  }).toObject(),
)
await clock.advance(24 * hour)

// On Friday an operator deletes what the Sync has applied. Nothing happens until Saturday.
await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'shop' })
console.log(`${day()}  an operator deletes the ConfigMap`)
await clock.advance(24 * hour)
stop.abort()
await running
