/**
 * Objects made in code, as cdk8s or a template makes them, are a source like any other: planned, reviewed as JSON, applied exactly as
 * reviewed, pruned. The digest of the objects is the revision.
 */
import assert from 'node:assert/strict'
import { formatPlan, type ObjectsSync, outcomeOf, parsePlan, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { progressView } from 'fleetkit/views'

/** One region of a shop: a function instead of a template. */
function shop(region: string, replicas: number): readonly object[] {
  const labels = { app: 'shop', region }
  const container = { name: 'web', image: 'registry.example.com/shop/web:2.0.0', envFrom: [{ secretRef: { name: 'shop' } }] }
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `shop-${region}` }, data: { region } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop' }, stringData: { password: 'not to be seen' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `shop-${region}`, labels },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
    },
  ]
}

await using cluster = memoryCluster()
await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
const runner = new SyncRunner({ cluster })
runner.events.on('*', progressView({ write: (text) => process.stdout.write(text) }))
const sync: ObjectsSync = { metadata: { name: 'shop', namespace: 'apps' }, spec: { prune: true } }
await runner.run(sync, { objects: shop('eu', 2) })

// What a pull request shows, and a job keeps until it is approved.
const objects = shop('us', 3)
const plan = await runner.plan(sync, { objects })
console.log(formatPlan(plan))
const [stored, approved] = [JSON.stringify(plan), plan.digest]
assert(!stored.includes('not to be seen'))

// Another process, later: exactly this, or nothing.
const reviewed = parsePlan(stored)
assert.equal(outcomeOf(reviewed), 'changes')
const status = await runner.apply(reviewed, { objects, expect: approved })
assert.equal(status.lastAppliedRevision, plan.revision)
assert.equal(await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'shop-eu' }), undefined)
