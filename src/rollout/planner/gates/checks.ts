import { sameRollout } from '../../state/id.ts'
import type { Halt } from '../../state/state.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import type { StageCheck } from '../../strategy/stage.ts'
import { evidenceText, timeText } from '../hold.ts'
import type { Verdict } from '../input.ts'
import type { Gate } from '../plan.ts'
import type { Tick } from '../tick.ts'

/** Whether checks are asked for: they judge a new version, and a fast rollback waits for nothing. */
function asks({ state, wanted, fastRollback }: Tick): boolean {
  return wanted !== null && !fastRollback && state.completedAt === null
}

/** Halts when a check of a stage that has begun has failed, also when later stages have begun since. */
export function judgeChecks(tick: Tick, begun: readonly ResolvedStage[]): void {
  if (!asks(tick)) return
  for (const stage of begun) {
    for (const { name: check } of stage.checks) {
      const last = lastVerdict(tick, stage.name, check, tick.startedAt)
      if (last?.verdict === 'fail' && tick.state.halted === null) halt(tick, stage.name, check, last.verdict, last.evidence)
    }
  }
}

/**
 * What a stage waits for whose members finished at `finishedAt`: a `pass` of each check since then. One that has none when it has been waited for
 * long enough halts the rollout.
 *
 * @param soaked - when the soak ends
 */
export function checkGates(tick: Tick, stage: ResolvedStage, finishedAt: number, soaked: number): readonly Gate[] {
  if (!asks(tick)) return []
  return stage.checks.flatMap((check) => {
    const last = lastVerdict(tick, stage.name, check.name, Math.max(finishedAt, tick.startedAt))
    return last?.verdict === 'pass' ? [] : [checkGate(tick, stage, check, last, soaked)]
  })
}

function checkGate(tick: Tick, { name: stage }: ResolvedStage, check: StageCheck, last: Verdict | undefined, soaked: number): Gate {
  const { name, maxPending = Number.POSITIVE_INFINITY } = check
  const due = soaked + maxPending
  tick.wake.add(due)
  const isLate = due <= tick.now
  if (isLate && tick.state.halted === null) halt(tick, stage, name, last === undefined ? 'none' : 'pending', last?.evidence)
  const said = last === undefined ? 'no verdict yet' : `${last.verdict} since ${timeText(last.at)}${evidenceText(last.evidence)}`
  return {
    kind: 'check',
    stage,
    waitingFor: `check ${name} to pass (${said})`,
    ...(!isLate && Number.isFinite(due) && { until: due }),
    check: name,
    ...(last?.evidence !== undefined && { evidence: last.evidence }),
  }
}

const worst = ['pass', 'pending', 'fail'] as const satisfies readonly Verdict['verdict'][]

/** The latest verdict of this attempt from `from` on; of two at once the worse. One that comes later is woken for. */
function lastVerdict({ input, state, now, wake }: Tick, stage: string, check: string, from: number): Verdict | undefined {
  let last: Verdict | undefined
  for (const verdict of input.verdicts ?? []) {
    if (verdict.stage !== stage || verdict.check !== check || !sameRollout(verdict.rid, state.rid)) continue
    wake.add(verdict.at)
    if (verdict.at < from || verdict.at > now) continue
    if (last === undefined || compareVerdicts(verdict, last) > 0) last = verdict
  }
  return last
}

function compareVerdicts(a: Verdict, b: Verdict): number {
  const order = a.at - b.at || worst.indexOf(a.verdict) - worst.indexOf(b.verdict)
  return order || ((a.evidence ?? '') > (b.evidence ?? '') ? 1 : -1)
}

function halt(tick: Tick, stage: string, check: string, verdict: Halt['verdict'], evidence: string | undefined): void {
  const halted: Halt = { code: 'check', stage, at: tick.now, check, verdict, ...(evidence !== undefined && { evidence }) }
  tick.record({ at: tick.now, type: 'halted', halt: halted })
}
