// Made from the schema by `npm run generate`; do not edit.
import type { ModuleSpec, ModuleSpecInput } from '../module/types.generated.ts'

/**
 * An exact version of a configuration that is applied to clusters directly, the clusters that get it, and how it goes out to them.
 *
 * @category BootstrapModule
 */
export interface BootstrapModuleSpec extends ModuleSpec {
  /** The cluster takes over what was applied, and keeps it itself. Absent: it stays applied directly. */
  readonly handOver?: HandOver | undefined
}

/**
 * An exact version of a configuration that is applied to clusters directly, the clusters that get it, and how it goes out to them. As written: what has a default may be left out.
 *
 * @category BootstrapModule
 */
export interface BootstrapModuleSpecInput extends ModuleSpecInput {
  /** The cluster takes over what was applied, and keeps it itself. Absent: it stays applied directly. */
  readonly handOver?: HandOverInput | undefined
}

/**
 * The cluster takes over what was applied, and keeps it itself. Absent: it stays applied directly.
 *
 * @category BootstrapModule
 */
export interface HandOver {
  /** The Sync in the cluster that takes over. It is part of the configuration, and applies it. It cannot be changed. */
  readonly sync: SyncInCluster
  /** How long it may take, once the configuration is applied, until the Sync has taken over. After that the cluster counts as failed. */
  readonly timeout: string
  /** After how long a Sync that is gone, not ready, or silent is no longer relied on: the configuration is applied directly again. */
  readonly takeBackAfter: string
}

/**
 * The cluster takes over what was applied, and keeps it itself. Absent: it stays applied directly. As written: what has a default may be left out.
 *
 * @category BootstrapModule
 */
export interface HandOverInput {
  /** The Sync in the cluster that takes over. It is part of the configuration, and applies it. It cannot be changed. */
  readonly sync: SyncInCluster
  /** How long it may take, once the configuration is applied, until the Sync has taken over. After that the cluster counts as failed. Default: `"10m"`. */
  readonly timeout?: string | undefined
  /** After how long a Sync that is gone, not ready, or silent is no longer relied on: the configuration is applied directly again. Default: `"10m"`. */
  readonly takeBackAfter?: string | undefined
}

/**
 * The Sync in the cluster that takes over. It is part of the configuration, and applies it. It cannot be changed.
 *
 * @category BootstrapModule
 */
export interface SyncInCluster {
  /** Its name. */
  readonly name: string
  /** Its namespace in the cluster. */
  readonly namespace: string
}
