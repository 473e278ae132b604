import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Schema } from '../../../model/schema/schema.ts'
import { validate } from '../../../model/schema/validate.ts'
import { type Diagnostic, errorOf } from '../../diagnostic.ts'
import type { RolloutState } from '../../state/state.ts'
import { resolveStrategy } from '../../strategy/resolve.ts'
import type { TargetView } from '../../target-view.ts'
import { withoutNulls } from '../../without-nulls.ts'
import type { RolloutInput } from '../input.ts'
import { stagedBefore } from '../snapshot.ts'
import type { Pages } from '../targets/pages.ts'
import { readTargets } from './read-targets.ts'
import { freezesSchema, intervalsSchema, readTargetWindows, scopeProblems } from './read-windows.ts'
import { open, text, time } from './schemas.ts'

/** An input as the planner takes it, and what is wrong with it. */
export interface ReadInput {
  readonly input: RolloutInput
  /** The targets of the input. */
  readonly pages: Pages<TargetView>
  readonly errors: readonly Diagnostic[]
}

const list = (properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  type: 'array',
  items: { ...open, properties, required },
})
const verdict: Schema = { type: 'string', enum: ['pass', 'fail', 'pending'] }
const id: Schema = { ...open, properties: { version: text, nonce: text } }

/** What is looked at as a whole: all but the targets, what is said of each, and their windows. */
const schema: Schema = {
  type: 'object',
  required: ['now', 'module'],
  properties: {
    now: time,
    module: { ...open, required: ['id'], properties: { id: text, version: text, nonce: text } },
    windows: intervalsSchema,
    freezes: freezesSchema,
    approvals: list({ rid: id, stage: text, track: text, actor: text, at: time, revokedAt: time }, ['rid', 'stage', 'actor', 'at']),
    verdicts: list({ rid: id, stage: text, track: text, check: text, verdict, at: time, evidence: text }, [
      'rid',
      'stage',
      'check',
      'verdict',
      'at',
    ]),
    paused: { type: 'boolean' },
    aborted: { type: 'boolean' },
    emergency: { ...open, required: ['actor', 'reason'], properties: { actor: text, reason: text } },
  },
}

/**
 * Reads an input as it may come from JSON: what is `null` is absent, and what is no input is named.
 *
 * @param state - where the rollout is: most targets will be as they were in the tick that led there
 */
export function readInput(given: RolloutInput, state: RolloutState | null): ReadInput {
  const { now, module, strategy, targets, targetWindows, dependencies, ...rest } = (isMap(given) ? given : {}) as RolloutInput
  const { windows, freezes, approvals, verdicts, paused, aborted, emergency } = withoutNulls(rest)
  const whole = { windows, freezes, approvals, verdicts, paused, aborted, emergency }
  const canonical = isMap(strategy) ? resolveStrategy(strategy).canonical : { stages: [] }
  const views = readTargets(targets, stagedBefore(canonical, state)?.views.given)
  const own = readTargetWindows(targetWindows)
  const problems = [
    ...validate(schema, { now, module: isMap(module) ? withoutNulls(module) : module, ...whole }, ''),
    ...(isMap(module) && module.version === undefined
      ? [{ path: 'module.version', found: 'nothing', accepted: 'a version, or null for the removal' }]
      : []),
    ...views.problems,
    ...own.problems,
    ...(dependencies === null || dependencies === undefined ? [] : dependencyProblems(dependencies)),
    ...(isMap(strategy) ? [] : [{ path: 'strategy', found: describeValue(strategy), accepted: 'an object with stages' }]),
  ]
  const selectors = problems.length > 0 ? [] : (freezes ?? []).flatMap((freeze, index) => scopeProblems(freeze, `freezes[${index}]`))
  const errors = [...problems, ...selectors].map((problem) => errorOf('bad-input', problem))
  const input = {
    now,
    module: isMap(module) ? (module as RolloutInput['module']) : { id: '', version: null },
    strategy: canonical,
    targets: views.targets,
    ...Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)),
    ...(own.windows !== undefined && { targetWindows: own.windows }),
    // In an attempt the version may be null: the removal.
    ...(approvals !== undefined && { approvals: rest.approvals }),
    ...(verdicts !== undefined && { verdicts: rest.verdicts }),
    ...(isMap(dependencies) && { dependencies }),
  } as RolloutInput
  return { input, pages: views.pages, errors }
}

function dependencyProblems(dependencies: unknown): readonly Problem[] {
  if (!isMap(dependencies)) return [{ path: 'dependencies', found: describeValue(dependencies), accepted: 'verdicts by target id' }]
  const problems: Problem[] = []
  // Fleets are large: a list for each target would cost more than the planning.
  for (const target of Object.keys(dependencies)) {
    const verdict = (dependencies as Readonly<Record<string, unknown>>)[target]
    if (isMap(verdict) && isPath(verdict.start) && isPath(verdict.removal)) continue
    problems.push({ path: `dependencies[${target}]`, found: describeValue(verdict), accepted: 'start and removal, each a list of texts' })
  }
  return problems
}

function isPath(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every((step) => typeof step === 'string'))
}
