import { canonicalJson } from '../../../model/json/canonical-json.ts'
import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import { sha256 } from '../../../model/sha256.ts'

/** How many bytes an open chunk grows to before it is sealed. */
export const sealedBytes: number = 32 * 2 ** 10
/** How many sealed chunks are merged into one. */
export const mergedChunks = 8
/** How many bytes a chunk can have, with its snapshot: what every store takes. */
export const mostBytes: number = 2 ** 20
/** Times that are written with a year of four digits end before this one, in milliseconds since the epoch. */
export const endOfTime: number = Date.UTC(10_000, 0)

/** A time as chunks have it. */
export function timeText(at: number): string {
  return new Date(at).toISOString()
}

/** A chunk with the digest of all that it says. */
export function withDigest(chunk: Omit<RolloutLogSpec, 'digest'>): RolloutLogSpec {
  return { ...chunk, digest: chunkDigest(chunk) }
}

/** The digest of a chunk, whatever it says that it is. */
export function chunkDigest(chunk: Omit<RolloutLogSpec, 'digest'>): string {
  return `sha256:${sha256(canonicalJson({ ...chunk, digest: undefined }))}`
}

/** The digest that the chunk after this one has as that of the one before: of merged ones that of the last. */
export function linkOf({ replaces, digest }: RolloutLogSpec): string {
  return replaces?.at(-1) ?? digest
}

/** The number of the chunk after this one. */
export function nextSeq({ seq, replaces }: RolloutLogSpec): number {
  return seq + (replaces?.length ?? 1)
}
