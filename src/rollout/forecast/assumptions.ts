import { parseDuration } from '../../model/duration.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { LabelSelector } from '../../model/selector.ts'

/** Milliseconds, or a duration as Go writes it: `5m`, `1h30m`. */
export type Span = number | string

/** A cluster that is unreachable for a while. Times count from the beginning; without `to` it stays unreachable. */
export interface Outage {
  readonly cluster: string
  readonly from: Span
  readonly to?: Span | undefined
}

/** What is taken for granted about the world. */
export interface Assumptions {
  /** How long a cluster takes from its assignment until it is ready. Default `1m`. */
  readonly readyAfter?: Span | ((cluster: string) => Span) | undefined
  /** The clusters where the version fails: by id, or by their labels. Default none. */
  readonly failing?: readonly string[] | LabelSelector | undefined
  /** How long a failing cluster takes to report it. Default: `readyAfter`. */
  readonly failsAfter?: Span | undefined
  /** How many times a failing cluster fails before it succeeds. Default: each time. */
  readonly failsTimes?: number | undefined
  readonly outages?: readonly Outage[] | undefined
  /** How long people take to approve once they are asked, or that they never do. Default 0. */
  readonly approvals?: Span | 'never' | undefined
  /** How long checks take to pass once they are asked for, or that they never do. Default 0. */
  readonly checks?: Span | 'never' | undefined
  /** The names of the checks that fail instead. Default none. */
  readonly failingChecks?: readonly string[] | undefined
  /** Whether clusters without `assigned` and `observed` have the version before. Default `true`. */
  readonly installed?: boolean | undefined
  /** When it begins, in milliseconds since 1970. Has to be given where windows or freezes are. Default 0. */
  readonly start?: number | undefined
}

/** The milliseconds of a span. `model/invalid` when it is none. */
export function toMs(span: Span, field: string): number {
  const ms = typeof span === 'number' ? span : parseDuration(span)
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return ms
  const accepted = 'milliseconds, or a duration such as 5m'
  throw invalid(undefined, [{ path: `assume.${field}`, found: describeValue(span), accepted }])
}
