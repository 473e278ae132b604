import type { KubeObject } from '../../../model/object.ts'
import type { Snapshot } from '../../store/memory/table.ts'
import { MemoryTable } from '../../store/memory/table.ts'
import type { JournalEntry } from '../../store/table.ts'

/** A table that also knows which types it holds and which objects say that they belong to an owner. */
export class ClusterTable extends MemoryTable {
  readonly #types = new Set<string>()
  readonly #dependents = new Map<string, Map<string, KubeObject>>()

  override put(entry: JournalEntry): void {
    super.put(entry)
    this.#types.add(entry.type)
    const uid = (entry.after ?? entry.before)?.metadata.uid ?? ''
    for (const owner of entry.before?.metadata.ownerReferences ?? []) this.#dependents.get(owner.uid)?.delete(uid)
    for (const owner of entry.after?.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Map<string, KubeObject>()
      this.#dependents.set(owner.uid, dependents.set(uid, entry.after as KubeObject))
    }
  }

  override restore(snapshot: Snapshot): void {
    this.#types.clear()
    this.#dependents.clear()
    super.restore(snapshot)
  }

  /** The objects that name an owner. */
  dependentsOf(uid: string): readonly KubeObject[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])]
  }

  /** The objects of every type in a namespace. */
  inNamespace(namespace: string): readonly KubeObject[] {
    return [...this.#types].flatMap((type) => [...this.scan(type, { namespace })])
  }
}
