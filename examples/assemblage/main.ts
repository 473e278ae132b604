/**
 * All that a cluster is to have, as one object: three syncs with dependencies become ready in their order, get a new version, and one is taken out.
 * It needs no cluster, and takes a real one with `--kubeconfig`: see `examples/fleet.ts`.
 */
import { Assemblage, type AssembledSyncInput, assemblageController, Manager, syncController } from 'fleetkit'
import { assemblageKind, syncKind } from 'fleetkit/kinds'
import { memoryGit } from 'fleetkit/memory'
import { exampleFleet } from '../fleet.ts'

const url = 'https://git.example.com/platform.git'
const git = memoryGit()
const names = ['base', 'database', 'shop']
const map = (name: string, version: number): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${version}" }\n`
const [first, second] = [1, 2].map((version) =>
  git.commit(url, Object.fromEntries(names.map((name) => [`${name}/settings.yaml`, map(name, version)]))),
) as [string, string]

const sync = (name: string, commit: string, dependsOn: readonly string[] = []): AssembledSyncInput => ({
  name,
  source: { git: { url, commit } },
  path: `./${name}`,
  prune: true,
  dependsOn: dependsOn.map((dependency) => ({ name: dependency })),
})
const platform = new Assemblage({
  metadata: { name: 'platform', namespace: 'default' },
  spec: { syncs: [sync('shop', first, ['database']), sync('database', first, ['base']), sync('base', first)] },
})

await using fleet = exampleFleet(1)
const { clock } = fleet
const cluster = await fleet.cluster('shop-1', [syncKind, assemblageKind])
await using manager = new Manager({ store: cluster, cluster, git, clock }).add(syncController(), assemblageController())
const stop = new AbortController()
const running = manager.run({ signal: stop.signal })
manager.events.on('assemblage.written', ({ object, action, reason }) => console.log(`  ${action} ${object.kind} ${object.name}: ${reason}`))
manager.events.on('assemblage.judged', ({ syncName, state, reason }) => console.log(`  ${syncName} is ${state} (${reason})`))

/** Stores what is wanted, and waits until it is so. */
async function until(wanted: Assemblage): Promise<void> {
  const stored = await cluster.get(wanted.ref)
  const { metadata } =
    stored === undefined ? await cluster.create(wanted.toObject()) : await cluster.update({ ...stored, spec: wanted.toObject().spec })
  await fleet.until(async () => {
    const { status } = Assemblage.from((await cluster.get(wanted.ref)) ?? wanted.toObject())
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === 'True' && ready.observedGeneration === metadata.generation
  })
}

console.log('three syncs:')
await until(platform)
console.log('a new version of one:')
const newer = platform.with((draft) => {
  for (const each of draft.spec.syncs) if (each.name === 'database') each.source.git.commit = second
})
await until(newer)
console.log('one is taken out:')
await until(
  newer.with((draft) => {
    draft.spec.syncs = draft.spec.syncs.filter(({ name }) => name !== 'shop')
  }),
)
const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' })
const found = items.filter(({ metadata }) => names.includes(metadata.name))
console.log(found.map(({ metadata, data }) => `${metadata.name}: ${JSON.stringify(data)}`).join('\n'))
stop.abort()
await running
