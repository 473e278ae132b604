import { formatTime } from '../../model/condition.ts'
import { systemNamespace } from '../../model/kinds/cluster/system-namespace.ts'
import type { ClusterBusy, ClusterEngine } from '../../model/kinds/cluster/types.generated.ts'
import { fleetkitGroup } from '../../model/kinds/group.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { parseTime } from '../../model/time.ts'
import type { ClusterOutcome } from '../../plan/cluster/next-cluster-status.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { leaseType } from './mark.ts'

/** The Lease by which a cluster says that it wants no changes now: its holder says who, this annotation why, and its duration for how long. */
const busyRef: ObjectRef = { ...leaseType, namespace: systemNamespace, name: 'fleetkit-busy' }
const reasonAnnotation = 'fleetkit.dev/reason'
/** How long a cluster is busy that does not say it, and at most. */
const maxBusyMs = 24 * 3_600_000

/** Who asks, and when. */
export interface FactsContext {
  readonly cluster: ClusterApi
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly signal: AbortSignal
}

/** What runs in a cluster, and whether it is busy. */
export type ClusterFacts = Pick<Extract<ClusterOutcome, { readonly ready: true }>, 'kubernetesVersion' | 'engines' | 'busy'>

/** Asks a cluster what runs there, and whether it is busy. */
export async function factsOf(context: FactsContext): Promise<ClusterFacts> {
  const { cluster, signal } = context
  const kubernetesVersion = await cluster.version?.({ signal })
  return { kubernetesVersion, engines: await enginesOf(cluster, signal), busy: await busyOf(context) }
}

/** Kinds by which an engine is known. */
const engineKinds = [
  { name: 'fleetkit', group: fleetkitGroup, kind: 'Sync' },
  { name: 'flux', group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' },
] as const

async function enginesOf(cluster: ClusterApi, signal: AbortSignal): Promise<readonly ClusterEngine[]> {
  const found = engineKinds.map(async ({ name, group, kind }) => {
    const served = await cluster.discover({ group, kind }, { signal })
    return served === undefined ? [] : [{ name, apiVersions: served.apiVersions }]
  })
  return (await Promise.all(found)).flat()
}

/** What the cluster itself says against changes now. It ends by itself. */
async function busyOf({ cluster, now, signal }: FactsContext): Promise<ClusterBusy | undefined> {
  const object = await cluster.get(busyRef, { signal })
  if (object === undefined) return undefined
  const { holderIdentity, renewTime, acquireTime, leaseDurationSeconds } = (object.spec ?? {}) as Readonly<Record<string, unknown>>
  const since = [renewTime, acquireTime, object.metadata.creationTimestamp]
    .map((time) => (typeof time === 'string' ? parseTime(time) : undefined))
    .find((time) => time !== undefined)
  const forMs = typeof leaseDurationSeconds === 'number' ? Math.min(leaseDurationSeconds * 1000, maxBusyMs) : maxBusyMs
  const until = Math.min(since ?? now, now) + forMs
  if (until <= now) return undefined
  const reason = object.metadata.annotations?.[reasonAnnotation] ?? 'it gives no reason'
  return {
    reason: typeof holderIdentity === 'string' && holderIdentity !== '' ? `${holderIdentity}: ${reason}` : reason,
    until: formatTime(until),
  }
}
