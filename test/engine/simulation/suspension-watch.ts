import type { ClusterStatus, KubeObject } from 'fleetkit'

/** Knows which managers know that the cluster is suspended: what they see of its Cluster never becomes older. */
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

  /** Whether a manager knew at a time that the cluster is suspended as it is now. */
  isKnown(manager: string, { metadata }: KubeObject, at: number): boolean {
    const known = this.#known.get(manager)
    return known !== undefined && known.generation === metadata.generation && known.at < at
  }
}
