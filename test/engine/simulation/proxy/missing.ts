import type { KubeObject, Store } from 'fleetkit'
import { inventoryOf, refOfKey, specTagOf, statusOf, tagOf } from '../facts.ts'
import { tags, valueIn } from '../versions.ts'
import { contentOf, copyRefOf, keeperIn, keeperOf, proxyRefOf, proxySpecOf, proxyStatusOf, readyOf, wantedTagOf } from './facts.ts'

/** What of a ProxySync, and of the Syncs of its name, is not as it should be in the end. */
export async function missingOf(
  name: string,
  store: Store,
  clusters: ReadonlyMap<string, Store>,
  suspended: ReadonlySet<string>,
): Promise<readonly string[]> {
  const messages: string[] = []
  for (const [cluster, server] of clusters) {
    const copy = await server.get(copyRefOf(name))
    const leaves = suspended.has(`${name} in ${cluster}`)
    messages.push(...(await missingIn(name, copy, server, leaves)).map((message) => `${message} in ${cluster}`))
  }
  const proxy = await store.get(proxyRefOf(name))
  if (proxy === undefined) return messages
  if (proxy.metadata.deletionTimestamp !== undefined) return [...messages, `${name} is still being deleted: ${saysOf(proxy)}`]
  const copy = await clusters.get(proxySpecOf(proxy).cluster.name)?.get(copyRefOf(name))
  const expected = expectedOf(proxy, copy)
  const found = readyOf(proxyStatusOf(proxy))
  if (found?.observedGeneration !== proxy.metadata.generation || found?.reason !== expected)
    messages.push(`${name} says ${saysOf(proxy)}, and is to say ${expected}`)
  if (expected === succeeded && tagOf(proxyStatusOf(proxy).lastAppliedRevision) !== wantedTagOf(proxy))
    messages.push(`${name} shows ${proxyStatusOf(proxy).lastAppliedRevision}, and is to be ${wantedTagOf(proxy)}`)
  return messages
}

const succeeded = 'ReconciliationSucceeded'

/** What a ProxySync has to say in the end, by what its Sync is. */
function expectedOf(proxy: KubeObject, copy: KubeObject | undefined): string {
  const { edits, adopt, template } = proxySpecOf(proxy)
  const isReported = edits === 'Report'
  if (copy === undefined) return isReported ? 'CopyLost' : 'a Sync'
  const keeper = keeperIn(copy)
  if (keeper !== undefined && keeper !== keeperOf(proxy.metadata.name)) return 'OwnedByAnother'
  const isBound = proxyStatusOf(proxy).copy?.uid === copy.metadata.uid
  if (keeper === undefined && !isBound && adopt !== true) return 'NotOurs'
  const { retryInterval, suspend } = copy.spec as { readonly retryInterval?: string; readonly suspend?: boolean }
  const wanted = template.spec as { readonly retryInterval?: string }
  const isEdited =
    keeper === undefined || specTagOf(copy) !== wantedTagOf(proxy) || retryInterval !== wanted.retryInterval || suspend === true
  if (!isEdited) return succeeded
  return isReported ? 'EditedDownstream' : 'a Sync as it is to be'
}

/** What a Sync has not applied, or what is left of one that is gone. `leaves` says that this may be. */
async function missingIn(name: string, copy: KubeObject | undefined, server: Store, leaves: boolean): Promise<readonly string[]> {
  if (copy?.metadata.deletionTimestamp !== undefined) return [`the Sync ${name} is still being deleted`]
  const { suspend } = (copy?.spec ?? {}) as { readonly suspend?: boolean }
  if (suspend === true) return []
  const tag = copy && specTagOf(copy)
  const wanted = new Map(tag === undefined ? [] : contentOf(name, tag).map((key) => [key, tag]))
  const all = new Set(tags.flatMap((each) => contentOf(name, each)))
  const messages: string[] = []
  for (const key of all) {
    const object = await server.get(refOfKey(key))
    const found = object && valueIn(object)
    if (found !== wanted.get(key) && !(leaves && !wanted.has(key))) messages.push(`${key} is ${found}, wanted ${wanted.get(key)}`)
  }
  const recorded = inventoryOf(statusOf(copy))
  if (copy !== undefined && [...recorded].sort().join() !== [...wanted.keys()].sort().join())
    messages.push(`the inventory of ${name} is ${[...recorded].join()}`)
  return messages
}

function saysOf(proxy: KubeObject): string {
  const { status, reason, message, observedGeneration } = readyOf(proxyStatusOf(proxy)) ?? {}
  return `${status} ${reason} at ${observedGeneration}: ${message}`
}
