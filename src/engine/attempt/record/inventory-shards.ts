import { createHash } from 'node:crypto'
import { joinShards, splitInventory } from '../../../manifest/inventory-shards.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { inOwnStore, kindLabels, selectorOf, syncInventoryLabel, syncRecordLabel } from '../../../model/kinds/owner.ts'
import type { Inventory, InventoryShard } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refKey } from '../../../model/reference.ts'
import type { CallOptions, Store } from '../../../ports/store.ts'
import { listAll } from '../list-all.ts'

/** The key of a shard's text. */
const key = 'inventory'
const digits = 16

/** A part of an inventory, and the text that is kept of it. */
interface Shard extends InventoryShard {
  readonly text: string
}

/**
 * The parts of an inventory that is too long for a status, each in an immutable ConfigMap beside its owner. Its name holds the digest of its
 * text, so that new parts never overwrite those that the status names until it is saved.
 */
export class InventoryShards {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Writes the parts of an inventory that are not there yet. `present` are those that are known to be. */
  async write(
    owner: ObjectRef,
    inventory: Inventory,
    maxBytes: number,
    present: readonly InventoryShard[],
    options: CallOptions,
  ): Promise<readonly InventoryShard[]> {
    const shards = splitInventory(inventory, maxBytes).map((text) => shardOf(owner, text))
    const known = new Set(present.map(({ name }) => name))
    for (const shard of shards) if (!known.has(shard.name)) await this.#create(owner, shard, options)
    return shards.map(({ name, digest, objects }): InventoryShard => ({ name, digest, objects }))
  }

  /** The entries of the parts that are there, and as they were written; and whether there are others that a crash has left. */
  async read(
    owner: ObjectRef,
    shards: readonly InventoryShard[],
    options: CallOptions,
  ): Promise<{ readonly entries: Inventory['entries']; readonly leftovers: boolean }> {
    const found = new Map((await this.#list(owner, options)).map((object) => [object.metadata.name, textOf(object)]))
    const texts = shards.map(({ name, digest }) => {
      const text = found.get(name)
      return text !== undefined && digestOf(text) === digest ? text : ''
    })
    const named = new Set(shards.map(({ name }) => name))
    return { entries: joinShards(texts), leftovers: [...found.keys()].some((name) => !named.has(name)) }
  }

  /** Deletes the parts that are not in `kept`: those of an earlier inventory, and those that a crash has left. */
  async collect(owner: ObjectRef, kept: readonly InventoryShard[], options: CallOptions): Promise<void> {
    const names = new Set(kept.map(({ name }) => name))
    for (const { metadata } of await this.#list(owner, options)) {
      if (names.has(metadata.name)) continue
      try {
        await this.#store.delete(refTo(owner, metadata.name), { ...options, uid: metadata.uid })
      } catch (error) {
        if (!hasCode(error, 'store/not-found')) throw error
      }
    }
  }

  async #create(owner: ObjectRef, { name, text }: Shard, options: CallOptions): Promise<void> {
    const { apiVersion, kind, namespace } = refTo(owner, name)
    const labels = { [syncRecordLabel]: owner.name, ...shardLabels(owner) }
    try {
      await this.#store.create({ apiVersion, kind, metadata: { namespace, name, labels }, immutable: true, data: { [key]: text } }, options)
    } catch (error) {
      if (!hasCode(error, 'store/exists')) throw error
      const found = await this.#store.get(refTo(owner, name), options)
      // A crash has left it, and nothing else can be in it.
      if (found !== undefined && textOf(found) === text && found.metadata.labels?.[syncInventoryLabel] === owner.name) return
      const message = `found another object, accepted none: a part of the inventory of ${formatRef(owner)} is to be kept in it`
      throw new FleetkitError('sync/owned', message, { ref: refTo(owner, name) })
    }
  }

  #list(owner: ObjectRef, options: CallOptions): Promise<readonly KubeObject[]> {
    const labelSelector = selectorOf(shardLabels(owner))
    return listAll(this.#store, { apiVersion: 'v1', kind: 'ConfigMap' }, { ...options, namespace: owner.namespace, labelSelector })
  }
}

/** Whether an object can be a part of the inventory of an owner. */
export function isShardOf(owner: ObjectRef, ref: ObjectRef): boolean {
  const prefix = prefixOf(owner)
  const suffix = ref.name.slice(prefix.length)
  return refKey(ref) === refKey(refTo(owner, ref.name)) && ref.name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(suffix)
}

function shardOf(owner: ObjectRef, text: string): Shard {
  const digest = digestOf(text)
  return {
    name: `${prefixOf(owner)}${digest.slice('sha256:'.length).slice(0, digits)}`,
    digest,
    objects: text.split('\n').length - 1,
    text,
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function prefixOf({ kind, name }: ObjectRef): string {
  return `${kind.toLowerCase()}-${name}-inventory-`
}

function shardLabels(owner: ObjectRef): Readonly<Record<string, string>> {
  return { [syncInventoryLabel]: owner.name, ...kindLabels(inOwnStore(owner)) }
}

function refTo({ namespace }: ObjectRef, name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
}

function textOf({ data }: KubeObject): string | undefined {
  const text = (data as Readonly<Record<string, unknown>> | undefined)?.[key]
  return typeof text === 'string' ? text : undefined
}
