/**
 * What a page carries of a timeline: this header as JSON, and numbers after it, each list whole before the next.
 *
 * Clusters are rows, in the order of their ids. The first moment is the beginning, and says how each cluster is then.
 *
 * | List | Of each |
 * |---|---|
 * | length of what its id has in common with the one before | cluster |
 * | value, and one; 0 for none | cluster, for each grouping |
 * | state; revision, and one; reason, and one | detail |
 * | milliseconds since the moment before | moment |
 * | how many changes it has | moment |
 * | row, as the difference from the one before in the moment | change |
 * | detail | change |
 */
export interface PackedHeader {
  readonly title: string
  readonly from: number
  readonly elapsed: boolean
  /** What each id has after what it has in common with the one before. */
  readonly ids: readonly string[]
  /** What clusters can be grouped by, the stage first. */
  readonly groupings: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly revisions: readonly string[]
  readonly reasons: readonly string[]
  /** How many there are. */
  readonly details: number
  readonly moments: number
  readonly changes: number
}

/** How many bytes the length of the header takes, the lowest first. */
export const headerLengthBytes = 4
