import { withinTime } from '../../async/time/within-time.ts'
import { untilAborted } from '../../async/until-aborted.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/** Where a store keeps which management its objects are of. */
const record: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'fleetkit-management' }
const digits = 12

/** It is a label's value, and a part of field managers. */
const pattern: RegExp = /^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/
const accepted = 'at most 20 lower-case letters, digits and -, beginning and ending with a letter or digit'
/** How long the store may take to say it. */
const readAtMostMs = 30_000

/** What says which management objects are of. */
export interface ManagementOptions {
  /** The id, where a program says it. */
  readonly management?: string | undefined
  readonly store: Pick<Store, 'get' | 'create'>
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Ends the reading of the store. */
  readonly signal?: AbortSignal
}

/**
 * The id of the management that a store belongs to, unless a program says it. Made at random when it is asked for first, and kept in the ConfigMap
 * `default/fleetkit-management`: what its objects have applied elsewhere is theirs by it.
 */
export class ManagementId {
  readonly #options: ManagementOptions
  #id: Promise<string> | undefined

  /** @throws FleetkitError `model/invalid` for an id that is none */
  constructor(options: ManagementOptions) {
    const { management } = options
    if (management !== undefined && !pattern.test(management))
      throw invalid(undefined, [{ path: 'management', found: describeValue(management), accepted }])
    this.#options = options
  }

  /** Read once, for all who ask; again when that failed. `store/corrupt` when something else is kept there. */
  get(signal: AbortSignal): Promise<string> {
    const { management, store, clock, random, signal: ends } = this.#options
    if (management !== undefined) return Promise.resolve(management)
    this.#id ??= withinTime(readAtMostMs, 'the store did not answer in time', { clock, signal: ends }, (limit) =>
      keptId(store, random, { signal: limit }),
    )
    this.#id.catch(() => {
      this.#id = undefined
    })
    return untilAborted(this.#id, signal)
  }
}

async function keptId(store: ManagementOptions['store'], random: () => number, options: CallOptions): Promise<string> {
  const kept = await store.get(record, options)
  if (kept !== undefined) return idIn(kept)
  const id = Array.from({ length: digits }, () => Math.floor(random() * 36).toString(36)).join('')
  const { apiVersion, kind, namespace, name } = record
  try {
    return idIn(await store.create({ apiVersion, kind, metadata: { namespace, name }, data: { id } }, options))
  } catch (error) {
    const other = hasCode(error, 'store/exists') ? await store.get(record, options) : undefined
    if (other === undefined) throw error
    return idIn(other)
  }
}

function idIn({ data }: KubeObject): string {
  const { id } = (data ?? {}) as { readonly id?: unknown }
  if (typeof id === 'string' && pattern.test(id)) return id
  throw new FleetkitError('store/corrupt', `data.id: found no id of a management, accepted ${accepted}`, { ref: record })
}
