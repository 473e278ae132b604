import { formatTime } from '../../../model/condition.ts'
import { canonicalJson } from '../../../model/json/canonical-json.ts'
import { isMap } from '../../../model/json/value.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { remoteSyncSpecSchema } from '../../../model/kinds/remote-sync/schema.ts'
import { maxNameLength } from '../../../model/names.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'
import { withoutDefaults } from '../../../model/schema/without-defaults.ts'
import { sha256 } from '../../../model/sha256.ts'
import { parseTime } from '../../../model/time.ts'

export const remoteSyncType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'RemoteSync' }

/**
 * Label of the RemoteSyncs that apply a BootstrapModule: its name.
 *
 * @category BootstrapModule
 */
export const bootstrapModuleLabel = 'fleet.fleetkit.dev/bootstrap-module'

/**
 * Annotation of the RemoteSyncs that apply a BootstrapModule: what its cluster was assigned, as JSON.
 *
 * @category BootstrapModule
 */
export const assignedAnnotation = 'fleet.fleetkit.dev/assigned'

/** What a cluster was assigned of a BootstrapModule. */
export interface DirectAssignment {
  readonly module: string
  readonly revision: string
  readonly generation: number
  /** In milliseconds since the epoch. */
  readonly at: number
  /** The digest of the specification that was made of it. */
  readonly digest: string
}

/** What the cluster of a RemoteSync was assigned; `undefined` for one that applies no BootstrapModule. */
export function directAssignmentOf({ metadata }: Pick<KubeObject, 'metadata'>): DirectAssignment | undefined {
  const module = metadata.labels?.[bootstrapModuleLabel]
  const written = parsed(metadata.annotations?.[assignedAnnotation])
  if (module === undefined || !isMap(written)) return undefined
  const { revision, generation, at, digest } = written
  const time = typeof at === 'string' ? parseTime(at) : undefined
  if (typeof revision !== 'string' || !Number.isSafeInteger(generation) || time === undefined || typeof digest !== 'string')
    return undefined
  return { module, revision, generation: generation as number, at: time, digest }
}

/** As it is written into the annotation. */
export function writtenAssignment({ revision, generation, at, digest }: Omit<DirectAssignment, 'module'>): string {
  return JSON.stringify({ revision, generation, at: formatTime(at), digest })
}

/** The digest of what a RemoteSync applies, and how; not, of whether it is suspended. */
export function directDigestOf({ spec }: Pick<KubeObject, 'spec'>): string {
  return sha256(canonicalJson(withoutDefaults(remoteSyncSpecSchema, { ...(spec as object), suspend: false }))).slice(0, 16)
}

/** The name of the RemoteSync by which a cluster has a BootstrapModule. The digest tells apart what the names alone do not. */
export function directSyncNameOf(module: string, cluster: string): string {
  const digest = sha256(`${module}/${cluster}`).slice(0, 8)
  return `${`${module}-${cluster}`.slice(0, maxNameLength - 1 - digest.length)}-${digest}`
}

/** What an annotation says; anything that is no JSON says nothing. */
export function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
