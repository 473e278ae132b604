import type { ClusterStatus, KubeObject } from 'fleetkit'

/** What was begun before ends within this: what is asked first, and the attempt. */
const endsWithinMs = 180_000

/** Knows which managers know that the cluster is suspended: what they see of its Cluster never becomes older. Times are in milliseconds since the epoch. */
export class SuspensionWatch {
  /** By the manager: the generation of the Cluster that it called suspended last, and when it did. */
  readonly #known = new Map<string, { readonly generation: number; readonly at: number }>()

  /** A manager has saved what it knows of the cluster. */
  saved(manager: string, cluster: KubeObject, at: number): void {
    const { conditions = [], observedGeneration: generation } = (cluster.status ?? {}) as ClusterStatus
    const isSuspended = conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Suspended')
    if (isSuspended && generation !== undefined && this.#known.get(manager)?.generation !== generation)
      this.#known.set(manager, { generation, at })
  }

  /** Whether a manager has known for long that the cluster is suspended as it is now. */
  isKnown(manager: string, { metadata }: KubeObject, at: number): boolean {
    const known = this.#known.get(manager)
    return known !== undefined && known.generation === metadata.generation && known.at + endsWithinMs < at
  }
}
