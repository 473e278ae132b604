import { loadOnce } from '../../async/load-once.ts'
import { flux } from '../../manifest/health/flux/profile.ts'
import { kstatus } from '../../manifest/health/kstatus/profile.ts'
import type { HealthProfile } from '../../manifest/health/profile.ts'
import type { HealthRule } from '../../manifest/health/rule.ts'
import type { HealthCheckExpressions } from '../../model/kinds/sync/types.generated.ts'
import type { AttemptSpec } from './context.ts'
import type { KindRules } from './kind-rules.ts'

/** What judges the health of the objects of an attempt. */
export interface HealthJudge {
  readonly profile: HealthProfile
  readonly rules: ReadonlyMap<string, HealthRule> | undefined
}

/**
 * The profile of a specification, and its expressions before the rules that the caller has for kinds. What is large is loaded only where it
 * is asked for.
 *
 * @throws FleetkitError `health/expression` when an expression is none.
 */
export async function healthJudgeOf(
  { healthProfile, healthCheckExprs = [] }: Pick<AttemptSpec, 'healthProfile' | 'healthCheckExprs'>,
  { healthRules }: Pick<KindRules, 'healthRules'>,
): Promise<HealthJudge> {
  const profile = await profileOf(healthProfile)
  if (healthCheckExprs.length === 0) return { profile, rules: healthRules }
  const expressions = await (compiled.get(healthCheckExprs) ?? compile(healthCheckExprs))
  return { profile, rules: new Map([...(healthRules ?? []), ...expressions]) }
}

/** What has been compiled of a specification, which is frozen: an attempt asks more than once. */
const compiled = new WeakMap<readonly HealthCheckExpressions[], Promise<ReadonlyMap<string, HealthRule>>>()

function compile(expressions: readonly HealthCheckExpressions[]): Promise<ReadonlyMap<string, HealthRule>> {
  const rules = loadExpressions().then(({ compileHealthExpressions }) =>
    compileHealthExpressions(expressions, { field: 'spec.healthCheckExprs' }),
  )
  // A failure is kept too: the expressions stay what they are.
  compiled.set(expressions, rules)
  return rules
}

type Expressions = typeof import('../../manifest/health/expressions/compile.ts')

const loadExpressions: () => Promise<Expressions> = loadOnce(async () => {
  const expressions = await import('../../manifest/health/expressions/compile.ts')
  // With what it needs in turn; that this is missing, compiling says.
  await expressions.loadCel().catch(() => {})
  return expressions
})
const loadArgo: () => Promise<HealthProfile> = loadOnce(async () => (await import('../../manifest/health/argo/profile.ts')).argo)

async function profileOf(name: AttemptSpec['healthProfile']): Promise<HealthProfile> {
  if (name === 'argo') return loadArgo()
  return name === 'flux' ? flux : kstatus
}
