import assert from 'node:assert/strict'
import { setTimeout as realSleep } from 'node:timers/promises'
import type { KubeObject, ObjectMeta } from '../../../model/object.ts'
import type { ChangeEvent, Store, WatchEvent, WatchOptions } from '../../../ports/store.ts'

/** A store to test, with what the tests need to know of it. */
export interface StoreSubject extends AsyncDisposable {
  readonly store: Store
  /** Two namespaces that exist and hold no objects of the type of {@link StoreSubject.sample}. */
  readonly namespaces: readonly [string, string]
  /**
   * An object that can be created: namespaced, of a type with a status subresource whose status takes `observedGeneration`.
   * Equal arguments give equal objects; another `variant` gives another spec.
   */
  readonly sample: (name: string, variant?: number) => KubeObject
  /** Makes the store forget its history. Skip the tests that need it when a store cannot. */
  readonly compact?: (() => Promise<void>) | undefined
  /** Lets time pass for the store, for leases. Real time when absent. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined
  /** How long to wait for an event before it counts as missing, in real milliseconds. 10,000 when absent. */
  readonly patienceMs?: number | undefined
}

/** Creates samples and gives them back as stored. */
export async function createAll(subject: StoreSubject, ...names: readonly string[]): Promise<readonly KubeObject[]> {
  const created: KubeObject[] = []
  for (const name of names) created.push(await subject.store.create(subject.sample(name)))
  return created
}

/** `object` with other metadata. */
export function withMeta(object: KubeObject, metadata: Partial<ObjectMeta>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } }
}

/** `object` with the spec of another variant. */
export function varied(subject: StoreSubject, object: KubeObject, variant: number): KubeObject {
  return { ...object, spec: subject.sample(object.metadata.name, variant).spec }
}

export function namesOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => metadata.name)
}

/** A watch whose events are asked for one by one, with patience. */
export class Watching implements AsyncDisposable {
  readonly #patienceMs: number
  readonly #abort = new AbortController()
  readonly #events: AsyncIterator<WatchEvent>

  constructor(subject: StoreSubject, options: Partial<WatchOptions> & Pick<WatchOptions, 'resourceVersion'>) {
    this.#patienceMs = subject.patienceMs ?? 10_000
    const all = { namespace: subject.namespaces[0], ...options, signal: this.#abort.signal }
    this.#events = subject.store.watch(subject.sample('type'), all)[Symbol.asyncIterator]()
  }

  /** The next event of any kind; `undefined` when the watch ended. */
  async next(): Promise<WatchEvent | undefined> {
    const missing = new AbortController()
    const late = realSleep(this.#patienceMs, undefined, { signal: missing.signal }).then(() => assert.fail('no event came'))
    late.catch(() => {})
    try {
      const result = await Promise.race([this.#events.next(), late])
      return result.done === true ? undefined : result.value
    } finally {
      missing.abort()
    }
  }

  /** The next events that are no bookmarks. */
  async changes(count: number): Promise<readonly ChangeEvent[]> {
    const found: ChangeEvent[] = []
    while (found.length < count) {
      const event = await this.next()
      assert.ok(event !== undefined, 'the watch ended')
      if (event.type !== 'BOOKMARK') found.push(event)
    }
    return found
  }

  /** The next changes as `TYPE name`. */
  async lines(count: number): Promise<readonly string[]> {
    return (await this.changes(count)).map(({ type, object }) => `${type} ${object.metadata.name}`)
  }

  abort(): void {
    this.#abort.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#events.return?.()
  }
}
