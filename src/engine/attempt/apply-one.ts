import { FleetkitError } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ApplyOptions, ClusterApi } from '../../ports/cluster.ts'
import type { SettledCache } from './plan/settled-cache.ts'

/** What applying an object works with. */
export interface ApplyContext {
  readonly cluster: ClusterApi
  readonly settled: SettledCache
  readonly signal: AbortSignal
}

/** An apply of the very object that was looked at. */
export interface ExactApplyOptions extends ApplyOptions {
  readonly exact?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined
}

/** Applies one object. Returns the error with which the cluster refused it. */
export async function applyOne(
  object: KubeObject,
  { exact = {}, ...options }: ExactApplyOptions,
  { cluster, settled }: Pick<ApplyContext, 'cluster' | 'settled'>,
): Promise<FleetkitError | undefined> {
  const { uid, resourceVersion } = exact
  const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) }
  const isAny = uid === undefined && resourceVersion === undefined
  const [result] = await cluster.apply([isAny ? object : { ...object, metadata: { ...object.metadata, ...preconditions } }], options)
  if (result === undefined) return new FleetkitError('internal', 'an apply of one object gave no result')
  if ('error' in result) return result.error
  if (options.dryRun !== true) settled.add(options.fieldManager, object, result.object)
  return undefined
}
