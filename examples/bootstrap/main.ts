/**
 * A bare cluster becomes a management that keeps itself, and then follows its own next version. It needs no cluster: the controller that its Deployment names runs here. With
 * `--kubeconfig` it takes a real one: see `examples/fleet.ts`. `examples/controller` is the program that runs in such a cluster.
 */
import { formatRef, formatYaml, type KubeObject, Manager, type ObjectRef, readinessOf, Sync, syncController } from 'fleetkit'
import { bootstrap } from 'fleetkit/bootstrap'
import { managementObjects } from 'fleetkit/install'
import { clusterKind, syncKind } from 'fleetkit/kinds'
import { memoryGit } from 'fleetkit/memory'
import { exampleFleet } from '../fleet.ts'

const url = 'https://git.example.com/management.git'
const namespace = 'fleetkit'
const management = (tag: string): Sync =>
  new Sync({
    metadata: { namespace, name: 'management' },
    spec: { source: { git: { url, tag } }, prune: true, deletionPolicy: 'Orphan', timeout: '2m' },
  })

// In git: everything that the management is made of, at tags that name themselves.
const git = memoryGit()
for (const tag of ['v1', 'v2']) {
  const image = `registry.example.com/controller:${tag}`
  const objects = managementObjects({ sync: management(tag), image, kinds: [syncKind, clusterKind] })
  git.tag(url, tag, git.commit(url, { 'management.yaml': objects.map(formatYaml).join('---\n') }))
}

await using fleet = exampleFleet(1)
const { clock } = fleet
const cluster = await fleet.cluster('hub')

// What a kubelet does: the controller runs once its Deployment is there.
const deployment: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'fleetkit-controller' }
const stop = new AbortController()
await using manager = new Manager({ store: cluster, cluster, git, clock }).add(syncController())
const kubelet = (async () => {
  while ((await cluster.get(deployment)) === undefined) await clock.sleep(500)
  console.log('the controller starts')
  await manager.run({ signal: stop.signal })
})()

const isThere = { done: false }
const done = bootstrap({
  cluster,
  git,
  clock,
  sync: management('v1'),
  onEvent: (event) => {
    if (event.type === 'sync.applied') console.log(`  ${event.action} ${formatRef(event.ref)}`)
  },
}).finally(() => {
  isThere.done = true
})
await fleet.until(() => isThere.done)
console.log(`the cluster keeps itself at ${(await done).lastAppliedRevision}`)

const { ref } = management('v1')
const stored = (await cluster.get(ref)) as KubeObject
await cluster.update({ ...stored, spec: management('v2').toObject().spec })
await fleet.until(async () => {
  const object = await cluster.get(ref)
  return readinessOf(object).ready && JSON.stringify(await cluster.get(deployment)).includes('controller:v2')
})
console.log(`and then: ${readinessOf(await cluster.get(ref)).message}`)
stop.abort()
await kubelet
