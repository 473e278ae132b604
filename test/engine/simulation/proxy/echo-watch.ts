import type { KubeObject } from 'fleetkit'
import { statusOf, tagOf } from '../facts.ts'
import { proxyStatusOf, readyOf, wantedTagOf } from './facts.ts'

/** What was wanted of a ProxySync in a generation, and since when. */
interface Order {
  readonly tag: string
  readonly at: number
}

/** A Sync has said that it is ready; in its cluster was then this version. */
interface Report {
  readonly tag: string | undefined
  readonly at: number
}

/** Knows what was wanted, what was reported, and what was true then: whether what a ProxySync shows is an echo of that. */
export class EchoWatch {
  #now = 0
  /** By the uid and the generation of a ProxySync. */
  readonly #orders = new Map<string, Order>()
  /** All that was ever wanted in it: after a restore a generation comes again. */
  readonly #tags = new Map<string, Set<string>>()
  /** By the uid of a Sync. */
  readonly #reports = new Map<string, Report[]>()
  /** When a cluster was restored last; and since which restore its management knows of that, by the time that it remembers. */
  readonly #restored = new Map<string, number>()
  readonly #known = new Map<string, number>()

  ordered(proxy: KubeObject): void {
    const [key, tag] = [keyOf(proxy.metadata), wantedTagOf(proxy)]
    this.#tags.set(key, (this.#tags.get(key) ?? new Set()).add(tag))
    // What changes nothing has no generation of its own.
    if (this.#orders.get(key)?.tag !== tag) this.#orders.set(key, { tag, at: ++this.#now })
  }

  /** It came back with a backup: what was reported in the meantime may be of it. */
  orderedBefore(proxy: KubeObject): void {
    this.#orders.set(keyOf(proxy.metadata), { tag: wantedTagOf(proxy), at: 0 })
  }

  tagOf(generation: { readonly uid: string; readonly generation: number }): string | undefined {
    return this.#orders.get(keyOf(generation))?.tag
  }

  wasWanted(tag: string, generation: { readonly uid: string; readonly generation: number }): boolean {
    return this.#tags.get(keyOf(generation))?.has(tag) === true
  }

  restored(cluster: string): void {
    this.#restored.set(cluster, ++this.#now)
  }

  knows(cluster: string, restoredAt: string): void {
    const key = `${cluster} ${restoredAt}`
    if (!this.#known.has(key)) this.#known.set(key, this.#restored.get(cluster) ?? 0)
  }

  /** A Sync is saved with a status by the manager in its cluster. */
  reported(copy: KubeObject, found: string | undefined): void {
    const { uid = '' } = copy.metadata
    if (readyOf(statusOf(copy))?.status !== 'True') return
    this.#reports.set(uid, [...(this.#reports.get(uid) ?? []), { tag: found, at: ++this.#now }])
  }

  /** Why a status that says Ready does not say the truth; `undefined` where it does, or has said so before. */
  faultIn(before: KubeObject | undefined, after: KubeObject): string | undefined {
    const claim = claimOf(after)
    if (claim === undefined || claim === (before && claimOf(before))) return undefined
    const { name, generation } = after.metadata
    const status = proxyStatusOf(after)
    const { copy, lastAppliedRevision, observedGeneration } = status
    const at = readyOf(status)?.observedGeneration
    const order = this.#orders.get(keyOf(after.metadata))
    if (order === undefined || at !== generation) return undefined
    const claims = `${name} is Ready at ${lastAppliedRevision} in generation ${generation}`
    if (tagOf(lastAppliedRevision) !== order.tag || observedGeneration !== generation)
      return `${claims}, observes ${observedGeneration}, and is to be ${order.tag}`
    const since = Math.max(order.at, this.#known.get(`${copy?.cluster} ${copy?.restoredAt}`) ?? 0)
    const reports = (this.#reports.get(copy?.uid ?? '') ?? []).filter((report) => report.at > since)
    if (reports.some(({ tag }) => tag === order.tag)) return undefined
    return `${claims}, and its Sync has reported ${reports.map(({ tag }) => tag ?? 'nothing').join() || 'nothing'} since`
  }
}

const keyOf = ({ uid = '', generation }: { readonly uid?: string | undefined; readonly generation?: number | undefined }): string =>
  `${uid}/${generation}`

/** What is said about the present, if it is good. */
function claimOf(proxy: KubeObject): string | undefined {
  const { copy, lastAppliedRevision, ...status } = proxyStatusOf(proxy)
  const ready = readyOf(status)
  if (ready?.status !== 'True') return undefined
  return JSON.stringify([ready.observedGeneration, lastAppliedRevision, copy?.uid, copy?.write, copy?.restoredAt])
}
