import { compareText } from '../model/compare-text.ts'
import { jsonEqual } from '../model/json/json-equal.ts'
import type { Inventory, InventoryEntry } from '../model/kinds/sync/types.generated.ts'

/** What an entry takes in a status beside its id and its version: `{"id":"","v":""},`. */
const jsonOverhead = 17

/** How many bytes the entries of an inventory take in a status. */
export function inventoryBytes({ entries }: Inventory): number {
  return entries.reduce((sum, { id, v }) => sum + bytesOf(id) + bytesOf(v) + jsonOverhead, 0)
}

/**
 * The entries of an inventory as texts of at most `maxBytes` each, a line an object: its id and its API version, as
 * `apps_web_apps_Deployment v1`. The same entries give the same texts.
 */
export function splitInventory({ entries }: Inventory, maxBytes: number): readonly string[] {
  const shards: string[][] = []
  let left = 0
  for (const { id, v } of entries) {
    // Only names of RBAC objects can hold a line feed. No name can hold a percent sign.
    const line = `${id.replaceAll('\n', '%0A')} ${v}\n`
    const bytes = bytesOf(line)
    if (shards.length === 0 || bytes > left) {
      shards.push([])
      left = maxBytes
    }
    shards.at(-1)?.push(line)
    left -= bytes
  }
  return shards.map((lines) => lines.join(''))
}

/** The entries of a text of {@link splitInventory}. What is no entry is for `parseInventory` to refuse. */
export function shardEntries(text: string): readonly InventoryEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const end = line.lastIndexOf(' ')
      return { id: line.slice(0, end).replaceAll('%0A', '\n'), v: line.slice(end + 1) }
    })
}

/** The entries of all shards as one list, in the order of an inventory. */
export function joinShards(texts: readonly string[]): readonly InventoryEntry[] {
  return texts.flatMap(shardEntries).sort((a, b) => compareText(a.id, b.id))
}

/** Whether all entries are there: those of a shard that is lost are not. As it is stored, an inventory with shards is not complete. */
export function isComplete(inventory: Inventory | undefined): boolean {
  if (inventory?.shards === undefined) return true
  const { entries, shards } = inventory
  return Array.isArray(shards) && entries.length >= shards.reduce((sum, shard) => sum + (shard?.objects ?? Number.NaN), 0)
}

/** Whether an inventory names the objects of another one, wherever its entries are kept. One that is not complete is to be written anew. */
export function holdsInventory(saved: Inventory | undefined, wanted: Inventory): boolean {
  return isComplete(saved) && jsonEqual(saved?.entries ?? [], wanted.entries)
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
