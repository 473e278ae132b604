import { inventoryBytes, isComplete } from '../../../manifest/inventory-shards.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { Owner } from '../../../model/kinds/owner.ts'
import type { Inventory, InventoryShard, SyncStatus } from '../../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey } from '../../../model/reference.ts'
import type { CallOptions, Store } from '../../../ports/store.ts'
import { defaultInventoryBytes, type InventoryOptions } from './inventory-options.ts'
import { InventoryShards, isShardOf } from './inventory-shards.ts'
import type { StatusRecords, StatusStore } from './status-store.ts'

/**
 * Statuses with inventories of any length. What is too long for a status is written into shards first, and then the status that names them: until
 * then the shards that the old one names stay. Those that no status names any more are deleted afterwards.
 */
export class ShardedStatusStore implements StatusStore {
  readonly recordOf?: (owner: ObjectRef) => ObjectRef
  readonly #records: StatusRecords
  readonly #shards: InventoryShards
  readonly #maxBytes: number
  /** Inventories as they are stored, by what was read of them or saved as them. */
  readonly #stored = new WeakMap<Inventory, Inventory>()
  /** Whose shards are more than their statuses name. */
  readonly #leftovers = new Set<string>()

  constructor(records: StatusRecords, store: Store, options: InventoryOptions) {
    this.#records = records
    this.#shards = new InventoryShards(store)
    this.#maxBytes = options.maxInventoryBytes ?? defaultInventoryBytes
    if (records.recordOf !== undefined) this.recordOf = records.recordOf
  }

  async load(owner: ObjectRef, options: CallOptions): Promise<SyncStatus> {
    const status = await this.complete(owner, await this.#records.load(owner, options), options)
    // Another writer may have replaced the shards meanwhile.
    return isComplete(status.inventory) ? status : this.complete(owner, await this.#records.load(owner, options), options)
  }

  async complete(owner: ObjectRef, status: SyncStatus, options: CallOptions): Promise<SyncStatus> {
    const { inventory } = status
    const parts = shardsOf(inventory)
    if (inventory === undefined || parts.length === 0) return status
    const { entries, leftovers } = await this.#shards.read(owner, parts, options)
    const whole = { ...inventory, entries }
    if (leftovers) this.#leftovers.add(refKey(owner))
    this.#stored.set(whole, inventory)
    return { ...status, inventory: whole }
  }

  async save(owner: ObjectRef, previous: SyncStatus, status: SyncStatus, options: CallOptions): Promise<SyncStatus> {
    const inventory = status.inventory && (await this.#write(owner, previous, status.inventory, options))
    const saved = inventory === undefined ? status : { ...status, inventory }
    await this.#records.save(owner, this.#storedForm(previous), this.#storedForm(saved), options)
    const [before, after] = [shardsOf(previous.inventory), shardsOf(inventory)]
    if (this.#leftovers.delete(refKey(owner)) || !jsonEqual(before, after)) await this.#collect(owner, after, options)
    return saved
  }

  async remove(owner: ObjectRef, previous: SyncStatus, options: CallOptions): Promise<void> {
    await this.#records.remove(owner, this.#storedForm(previous), options)
    if (shardsOf(previous.inventory).length > 0) await this.#shards.collect(owner, [], options)
    // A crash may have left some of which the status knows nothing.
    else await this.#collect(owner, [], options)
  }

  get(owner: ObjectRef, options: CallOptions): Promise<KubeObject | undefined> {
    return this.#records.get(owner, options)
  }

  owners(owner: Owner, options: CallOptions): Promise<readonly KubeObject[]> {
    return this.#records.owners(owner, options)
  }

  reserves(owner: ObjectRef, ref: ObjectRef): boolean {
    return isShardOf(owner, ref) || (this.recordOf !== undefined && refKey(this.recordOf(owner)) === refKey(ref))
  }

  /** An inventory as it is to be saved: with its shards, which are written where they are not there. */
  async #write(owner: ObjectRef, previous: SyncStatus, inventory: Inventory, options: CallOptions): Promise<Inventory> {
    const isKept = inventory === previous.inventory
    // As it was found: whole or not, and whatever was edited into it by hand.
    if (this.#stored.has(inventory) || (isKept && (inventory.shards === undefined || shardsOf(inventory).length > 0))) return inventory
    if (isKept || inventoryBytes(inventory) <= this.#maxBytes) return this.#unsharded(owner, inventory, previous.inventory, options)
    const shards = await this.#shards.write(owner, inventory, this.#maxBytes, shardsOf(previous.inventory), options)
    const whole = { entries: inventory.entries, shards }
    this.#stored.set(whole, { entries: [], shards })
    return whole
  }

  /** One that fits into a status. After one with shards an empty list of them says that some may be left: a crash can come between. */
  async #unsharded(owner: ObjectRef, { entries }: Inventory, before: Inventory | undefined, options: CallOptions): Promise<Inventory> {
    if (before?.shards === undefined) return { entries }
    const collected = shardsOf(before).length === 0 && (await this.#collect(owner, [], options))
    return collected ? { entries } : { entries, shards: [] }
  }

  /** Deletes what is not needed any more, if it can be deleted now. The status is saved by then, whatever becomes of this. */
  #collect(owner: ObjectRef, kept: readonly InventoryShard[], options: CallOptions): Promise<boolean> {
    return this.#shards.collect(owner, kept, options).then(
      () => true,
      (error: unknown) => {
        if (error instanceof FleetkitError) return false
        throw error
      },
    )
  }

  #storedForm(status: SyncStatus): SyncStatus {
    const inventory = status.inventory && this.#stored.get(status.inventory)
    return inventory === undefined ? status : { ...status, inventory }
  }
}

function shardsOf(inventory: Inventory | undefined): readonly InventoryShard[] {
  return Array.isArray(inventory?.shards) ? inventory.shards.filter((shard) => typeof shard?.name === 'string') : []
}
