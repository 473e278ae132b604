import { compareText } from '../model/compare-text.ts'
import { invalid } from '../model/errors/invalid.ts'
import type { Problem } from '../model/errors/problem.ts'
import { describeValue } from '../model/errors/problem.ts'
import type { Inventory, InventoryEntry } from '../model/kinds/sync/types.generated.ts'
import { groupOf, type ObjectRef, versionOf } from '../model/reference.ts'

/**
 * The inventory of references, in the form of Flux and cli-utils: `<namespace>_<name>_<group>_<kind>`, where a colon in
 * a name (RBAC) is `__`. Flux cannot write an underscore in a name; here it is `%5F`, which no name can contain.
 * References to one object are one entry, with the API version of the last; entries are sorted by id.
 */
export function inventoryOf(refs: Iterable<ObjectRef>): Inventory {
  return canonical(Array.from(refs, entryOf))
}

/**
 * The references of an inventory.
 *
 * @throws FleetkitError `model/invalid` with every malformed entry.
 */
export function parseInventory(inventory: Inventory | undefined): readonly ObjectRef[] {
  const entries: unknown = inventory === undefined ? [] : inventory.entries
  if (!Array.isArray(entries)) throw invalid(undefined, [{ path: 'inventory.entries', found: describeValue(entries), accepted: 'a list' }])
  const problems: Problem[] = []
  const refs = (entries as readonly InventoryEntry[]).flatMap((entry, index) => {
    const ref = refOfEntry(entry)
    if (ref !== undefined) return [ref]
    const found = `${describeValue(entry?.id)} with the version ${describeValue(entry?.v)}`
    problems.push({
      path: `inventory.entries[${index}]`,
      found,
      accepted: 'the id <namespace>_<name>_<group>_<kind> and a version such as v1',
    })
    return []
  })
  if (problems.length > 0) throw invalid(undefined, problems)
  return refs
}

/** Both together: what must be recorded before the first write. API versions are those of `next` where it has the object. */
export function unionInventory(previous: Inventory | undefined, next: Inventory): Inventory {
  return canonical([...(previous?.entries ?? []), ...next.entries])
}

/** The entries of `inventory` whose objects are in `kept`: what is recorded once the others are gone. */
export function narrowInventory(inventory: Inventory, kept: Inventory): Inventory {
  const ids = idsOf(kept)
  return canonical(inventory.entries.filter(({ id }) => ids.has(id)))
}

/** The entries of `inventory` whose objects are not in `other`: of the old and the new, what there is to prune. */
export function inventoryDifference(inventory: Inventory, other: Inventory): Inventory {
  const ids = idsOf(other)
  return canonical(inventory.entries.filter(({ id }) => !ids.has(id)))
}

function idsOf({ entries }: Inventory): ReadonlySet<string> {
  return new Set(entries.map(({ id }) => id))
}

function canonical(entries: readonly InventoryEntry[]): Inventory {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  return { entries: [...byId.values()].sort((a, b) => compareText(a.id, b.id)) }
}

function entryOf({ apiVersion, kind, namespace = '', name }: ObjectRef): InventoryEntry {
  const safeName = name.replaceAll('_', '%5F').replaceAll(':', '__')
  return { id: `${namespace}_${safeName}_${groupOf(apiVersion)}_${kind}`, v: versionOf(apiVersion) }
}

function refOfEntry(entry: InventoryEntry): ObjectRef | undefined {
  if (typeof entry?.id !== 'string' || typeof entry.v !== 'string') return undefined
  // Namespace, group and kind have no underscores, so the name is what is between the first and the last but one.
  const match = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/s.exec(entry.id)
  if (match === null || entry.v === '' || /[/_]/.test(entry.v)) return undefined
  const [, namespace, safeName, group, kind] = match as unknown as readonly [string, string, string, string, string]
  const name = safeName.replaceAll('__', ':').replaceAll('%5F', '_')
  const apiVersion = group === '' ? entry.v : `${group}/${entry.v}`
  return namespace === '' ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name }
}
