import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Schema } from '../../../model/schema/schema.ts'
import { validate } from '../../../model/schema/validate.ts'
import type { RolloutState } from '../../state/state.ts'
import { withoutNulls } from '../../without-nulls.ts'
import { open, text, texts } from './schemas.ts'

const number: Schema = { type: 'number' }
const flag: Schema = { type: 'boolean' }
const form = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema => {
  return { ...open, properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) }
}
const id = form({ version: text, nonce: text }, ['version', 'nonce'])

const schema: Schema = {
  ...open,
  required: ['rid', 'startedAt'],
  properties: {
    rid: id,
    startedAt: number,
    opened: { type: 'array', items: form({ stage: text, at: number, took: texts }, ['took']) },
    failed: {
      type: 'array',
      items: form({ target: text, stage: text, reason: { type: 'string', enum: ['failed', 'deadline', 'lost'] }, at: number }),
    },
    retries: {
      type: 'array',
      items: form({
        target: text,
        stage: text,
        reason: { type: 'string', enum: ['failed', 'deadline'] },
        at: number,
        generation: number,
        count: number,
      }),
    },
    cohorts: texts,
    halted: form(
      {
        code: { type: 'string', enum: ['failures', 'lost', 'check'] },
        stage: text,
        at: number,
        check: text,
        verdict: { type: 'string', enum: ['fail', 'pending', 'none'] },
        evidence: text,
      },
      ['check', 'verdict', 'evidence'],
    ),
    completedAt: number,
    fastRollback: flag,
    history: texts,
    supersedes: number,
    queued: id,
    waitingSince: number,
    cursor: number,
  },
}

/** States that the planner made, or has read: they are never changed. */
const known = new WeakSet<RolloutState>()

/** Remembers a state that is as it has to be. */
export function knowState(state: RolloutState): void {
  known.add(state)
}

/** A state as it may come from JSON, also of an earlier release: what is absent or `null` is as at the beginning. */
export function readState(given: RolloutState | null | undefined): {
  readonly state: RolloutState | null
  readonly problems: readonly Problem[]
} {
  if (given === null || given === undefined) return { state: null, problems: [] }
  if (isMap(given) && known.has(given)) return { state: given, problems: [] }
  const { baseline, tracks: givenTracks, ...rest } = (isMap(given) ? given : {}) as Partial<RolloutState>
  const tracks = readTracks(givenTracks)
  const found = withoutNulls(rest)
  const problems = [
    ...(isMap(given) ? validate(schema, found, 'state') : [{ path: 'state', found: describeValue(given), accepted: 'an object' }]),
    ...baselineProblems(baseline),
    ...tracks.problems,
  ]
  if (problems.length > 0) return { state: null, problems }
  const {
    rid,
    startedAt,
    opened,
    failed,
    retries,
    cohorts,
    halted,
    completedAt,
    fastRollback,
    history,
    supersedes,
    queued,
    waitingSince,
    cursor,
  } = found
  const idOf = (named: RolloutState['rid']): RolloutState['rid'] => ({ version: named.version ?? null, nonce: named.nonce ?? '' })
  const state: RolloutState = {
    rid: idOf(rid as RolloutState['rid']),
    startedAt: startedAt as number,
    opened: opened ?? [],
    failed: failed ?? [],
    retries: retries ?? [],
    cohorts: cohorts ?? [],
    halted: halted ?? null,
    completedAt: completedAt ?? null,
    baseline: { version: baseline?.version ?? null, others: baseline?.others ?? {} },
    fastRollback: fastRollback ?? false,
    history: history ?? [],
    supersedes: supersedes ?? 0,
    queued: queued ? idOf(queued) : null,
    waitingSince: waitingSince ?? null,
    cursor: cursor ?? 0,
    ...(tracks.states !== undefined && { tracks: tracks.states }),
  }
  knowState(state)
  return { state, problems: [] }
}

/** The states of tracks; `null` and an empty list of them are none. */
function readTracks(given: unknown): { readonly states?: RolloutState['tracks']; readonly problems: readonly Problem[] } {
  if (given === undefined || given === null) return { problems: [] }
  if (!isMap(given)) return { problems: [{ path: 'state.tracks', found: describeValue(given), accepted: 'states by track' }] }
  const read = Object.entries(given).map(([track, state]) => [track, readState(state as unknown as RolloutState)] as const)
  const problems = read.flatMap(([track, { problems: found }]) =>
    found.map((problem) => ({ ...problem, path: problem.path.replace(/^state/, `state.tracks[${track}]`) })),
  )
  const states = read.flatMap(([track, { state }]) => (state === null ? [] : [[track, state] as const]))
  return states.length === 0 ? { problems } : { states: Object.fromEntries(states), problems }
}

/** In it `null` means that there was no version. */
function baselineProblems(baseline: unknown): readonly Problem[] {
  if (baseline === undefined || baseline === null) return []
  const { version, others } = (isMap(baseline) ? baseline : {}) as Readonly<Record<string, unknown>>
  const isVersion = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string'
  const isRight = isMap(baseline) && isVersion(version) && (others === undefined || others === null || isMap(others))
  if (!isRight) return [{ path: 'state.baseline', found: describeValue(baseline), accepted: 'a version, and others by target id' }]
  return Object.entries(others ?? {}).flatMap(([target, had]) =>
    isVersion(had) ? [] : [{ path: `state.baseline.others[${target}]`, found: describeValue(had), accepted: 'a version or null' }],
  )
}
