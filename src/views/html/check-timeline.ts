import { invalid } from '../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../model/errors/problem.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { clusterStates, type FleetTimeline } from './timeline.ts'

/** Milliseconds that a `Date` can have. */
const time: Schema = { type: 'integer', minimum: -8.64e15, maximum: 8.64e15 }
const name: Schema = { type: 'string', minLength: 1, maxLength: 253 }
const text: Schema = { type: 'string', maxLength: 4096 }

/** More could not be drawn, nor found by people. */
const maxClusters = 100_000

const schema: Schema = {
  type: 'object',
  required: ['title', 'clusters', 'changes', 'from', 'to'],
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 253 },
    clusters: {
      type: 'array',
      maxItems: maxClusters,
      items: {
        type: 'object',
        required: ['id', 'stage'],
        properties: { id: name, stage: name, labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 253 } } },
      },
    },
    changes: {
      type: 'array',
      maxItems: 5_000_000,
      items: {
        type: 'object',
        required: ['at', 'cluster', 'state'],
        properties: { at: time, cluster: name, state: { type: 'string', enum: clusterStates }, revision: text, why: text },
      },
    },
    from: time,
    to: time,
    elapsed: { type: 'boolean' },
  },
}

/** Refuses what is no timeline: it can come from outside. */
export function checkTimeline(timeline: FleetTimeline): void {
  const problems = validate(schema, timeline, 'timeline')
  const found = problems.length > 0 ? problems : conflicts(timeline)
  if (found.length > 0) throw invalid(undefined, found)
}

/** What each part alone does not show. */
function conflicts({ clusters, changes, from, to }: FleetTimeline): readonly Problem[] {
  const found: Problem[] = []
  const say = (path: string, value: unknown, accepted: string): unknown => found.push({ path, found: describeValue(value), accepted })
  if (to < from) say('timeline.to', to, `a time that is not before ${from}, which it begins with`)
  const ids = new Set<string>()
  for (const [index, { id }] of clusters.entries()) {
    if (ids.has(id)) say(`timeline.clusters[${index}].id`, id, 'an id that no other cluster has')
    ids.add(id)
  }
  for (const [index, { at, cluster }] of changes.entries()) {
    if (!ids.has(cluster)) say(`timeline.changes[${index}].cluster`, cluster, 'the id of one of the clusters')
    if (at > to) say(`timeline.changes[${index}].at`, at, `a time that is not after ${to}, which it ends with`)
  }
  return found
}
