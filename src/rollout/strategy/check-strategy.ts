import { durationPattern, parseDuration } from '../../model/duration.ts'
import { isMap } from '../../model/json/value.ts'
import { rolloutSchema } from '../../model/kinds/module/rollout-schema.ts'
import { partProblems } from '../../model/kinds/module/validate-rollout.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { type Diagnostic, errorOf } from '../diagnostic.ts'
import { restStage } from './stage.ts'

/** Stages are numbered in 16 bits, the one of the others included. */
const maxStages = 65_534

const canonicalSchema: Schema = canonicalOf(rolloutSchema.properties?.staged as Schema)

/**
 * What is wrong with a strategy in its canonical form: all that is wrong with it as data of `Staged`, by the same rules. Only how many there
 * may be of something is not bounded, since nothing of it is stored.
 */
export function checkStrategy(strategy: unknown): readonly Diagnostic[] {
  const data = asData(strategy)
  const shape = validate(canonicalSchema, data, '')
  const problems = shape.length > 0 ? shape : partProblems(data as Parameters<typeof partProblems>[0], '', [restStage])
  const stages = isMap(data) ? (data.stages as unknown) : undefined
  const many = Array.isArray(stages) && stages.length > maxStages
  const tooMany = many ? [{ path: 'stages', found: `${stages.length} stages`, accepted: `at most ${maxStages}` }] : []
  return [...tooMany, ...problems].map((problem) => errorOf('bad-strategy', { ...problem, path: inCode(problem.path) }))
}

/** The data of a stage have names of their own for the two fields in which they differ. */
function asData(part: unknown): unknown {
  if (!isMap(part)) return part
  const { targets, maxFailures, stages, ...same } = part as Readonly<Record<string, unknown>>
  return {
    ...same,
    ...(targets === undefined ? {} : { clusters: targets }),
    ...(maxFailures === undefined ? {} : { [isMap(maxFailures) ? 'maxFailureRate' : 'maxFailures']: maxFailures }),
    ...(stages === undefined ? {} : { stages: Array.isArray(stages) ? stages.map(asData) : stages }),
  }
}

function inCode(path: string): string {
  return path.replace(/(^|\.)clusters\b/, '$1targets').replace(/(^|\.)maxFailureRate\b/, '$1maxFailures')
}

/** The schema of the data, with times as numbers. */
function canonicalOf(schema: Schema): Schema {
  if (schema.pattern === durationPattern) {
    const minimum = parseDuration(schema.minimumDuration ?? '0s') as number
    return { type: 'number', minimum, accepts: `milliseconds from ${minimum}` }
  }
  if (schema.format === 'date-time') return { type: 'number', accepts: 'milliseconds since 1970' }
  const { minItems: _, maxItems: __, properties, items, ...same } = schema
  const fields = Object.entries(properties ?? {}).map(([field, of]) => [field, canonicalOf(of)])
  return {
    ...same,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
    ...(items === undefined ? {} : { items: canonicalOf(items) }),
  }
}
