/**
 * Which chunk of which log it is.
 *
 * @category RolloutLog
 */
export interface RolloutLogId {
  /** The Module; the fleet when absent. */
  readonly module?: string | undefined
  /** The number of the chunk, from 1 on. */
  readonly seq: number
}

/**
 * The name of a chunk: `shop-7` of the Module shop, `fleet.7` of the fleet. The name of a Module has no dot. Two writers that append the same chunk
 * create the same object, and a store lets only one of them.
 *
 * @category RolloutLog
 */
export function rolloutLogNameOf({ module, seq }: RolloutLogId): string {
  return module === undefined ? `fleet.${seq}` : `${module}-${seq}`
}

/** The inverse of {@link rolloutLogNameOf}; `undefined` for a name that it gives nothing. */
export function parseRolloutLogName(name: string): RolloutLogId | undefined {
  const [, module, number] = /^(?:fleet\.|([^.]{1,63})-)([1-9][0-9]{0,14})$/.exec(name) ?? []
  if (number === undefined) return undefined
  return module === undefined ? { seq: Number(number) } : { module, seq: Number(number) }
}
