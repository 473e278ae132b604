import { withinTime } from '../../../async/time/within-time.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import { shortened } from '../../../model/errors/shortened.ts'
import { toError } from '../../../model/errors/to-error.ts'
import type { GateAnswer, GateContext, GateQuestion, RolloutGate } from './rollout-gate.ts'

const maxEvidence = 1000
const defaultTimeoutMs = 30_000
const verdicts: ReadonlySet<unknown> = new Set<GateAnswer['verdict']>(['pass', 'fail', 'pending'])

/** Asks a gate once. Rejects when the signal aborts, and never otherwise. */
export async function askGate(
  { check, timeoutMs = defaultTimeoutMs }: RolloutGate,
  question: GateQuestion,
  context: GateContext,
): Promise<GateAnswer> {
  const { signal, clock } = context
  try {
    const given: unknown = await withinTime(timeoutMs, `it did not answer within ${timeoutMs / 1000} s`, { clock, signal }, (limited) =>
      untilAborted((async () => await check(question, { ...context, signal: limited }))(), limited),
    )
    return readAnswer(given)
  } catch (error) {
    signal.throwIfAborted()
    return { verdict: 'pending', evidence: shortened(`the check failed: ${toError(error).message}`, maxEvidence) }
  }
}

function readAnswer(given: unknown): GateAnswer {
  const { verdict, evidence } = (typeof given === 'object' && given !== null ? given : {}) as {
    readonly verdict?: unknown
    readonly evidence?: unknown
  }
  if (!verdicts.has(verdict) || (evidence !== undefined && typeof evidence !== 'string')) {
    const accepted = 'accepted { verdict: pass, fail or pending, evidence: a text }'
    return { verdict: 'pending', evidence: shortened(`the check answered: found ${describeValue(given)}, ${accepted}`, maxEvidence) }
  }
  return { verdict: verdict as GateAnswer['verdict'], ...(evidence !== undefined && { evidence: shortened(evidence, maxEvidence) }) }
}
