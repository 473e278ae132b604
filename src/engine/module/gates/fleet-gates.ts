import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { AwaitedApproval, StoredRolloutStatus } from '../../../model/kinds/rollout/types.generated.ts'
import { approvalsFor, awaitedApprovals, withRefused } from '../../../plan/fleet/gates/awaited-approvals.ts'
import { attemptOf, storedVerdict, verdictOf, withVerdict } from '../../../plan/fleet/gates/verdicts.ts'
import type { FleetModule } from '../../../plan/fleet/planner/input.ts'
import type { FleetPlan, ModuleProgress } from '../../../plan/fleet/planner/plan.ts'
import type { Verdict } from '../../../rollout/planner/input.ts'
import { sameRollout } from '../../../rollout/state/id.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { RunContext } from '../../runtime/context.ts'
import { clusterType, moduleType } from '../types.ts'
import { GateAsker, type OpenQuestion } from './gate-asker.ts'
import type { GateAnswer, RolloutGate } from './rollout-gate.ts'
import type { SeenRollout } from './seen-rollout.ts'

type Gate = ModuleProgress['gates'][number]

/** What a fleet is asked about. */
export interface FleetView {
  readonly plan: () => FleetPlan | undefined
  /** A module as it is planned. */
  readonly module: (name: string) => FleetModule | undefined
  readonly state: (name: string) => RolloutState | undefined
  /** What people say of the rollout of a module. */
  readonly said: (name: string) => SeenRollout | undefined
  /** Something else is to be planned of a module, and to be written of its rollout. */
  readonly changed: (name: string) => void
}

/** The gates of the rollouts of a fleet: asks those that callers answer, and counts the approvals of people. */
export class FleetGates implements AsyncDisposable {
  readonly #namespace: string
  readonly #gates: ReadonlyMap<string, RolloutGate>
  readonly #fleet: FleetView
  readonly #context: RunContext
  readonly #asker: GateAsker
  /** By module, what its checks have said. */
  readonly #verdicts: Map<string, readonly Verdict[]> = new Map()
  /** By module, the gates that were closed in the newest plan. */
  readonly #closed: Map<string, ModuleProgress> = new Map()
  /** By module, the stages that waited for approvals in it. */
  readonly #awaited: Map<string, readonly AwaitedApproval[]> = new Map()
  /** What was to be stored of them. */
  readonly #shown: Map<string, readonly AwaitedApproval[]> = new Map()
  /** By module, the approvals that the planner has been given. */
  readonly #given: Map<string, FleetModule['approvals']> = new Map()

  constructor(namespace: string, gates: readonly RolloutGate[], fleet: FleetView, context: RunContext) {
    this.#namespace = namespace
    this.#gates = new Map(gates.map((gate) => [gate.name, gate]))
    this.#fleet = fleet
    this.#context = context
    const { signal, clock, store, clusterOf } = context
    this.#asker = new GateAsker({ signal, clock, store, clusterOf: (name) => clusterOf({ ...clusterType, namespace, name }) })
  }

  /** Goes on from what was stored of a rollout, by a clock that may have been ahead. */
  restore(module: string, { verdicts = [] }: StoredRolloutStatus, now: number): void {
    const known = verdicts.map(verdictOf).map((each) => ({ ...each, at: Math.min(each.at, now) }))
    this.#verdicts.set(module, known)
  }

  /** A module with what is said of it. Approvals come later: they are for what a plan has come to. */
  answered(module: FleetModule): FleetModule {
    this.#given.delete(module.id)
    const verdicts = this.#verdicts.get(module.id) ?? []
    const { pins = {}, emergency } = this.#fleet.said(module.id) ?? {}
    const hasHolds = module.holds !== undefined || Object.keys(pins).length > 0
    return {
      ...module,
      // What a cluster has no values for it cannot be given.
      ...(hasHolds && { holds: { ...pins, ...module.holds } }),
      ...(verdicts.length > 0 && { verdicts }),
      ...(emergency?.revision === module.revision && { emergency: { actor: emergency.by, reason: emergency.reason } }),
    }
  }

  /**
   * Looks at what modules wait for by a plan, and asks what is to be asked. Returns those that the plan is to be given once more, with the approvals that are for what it has
   * come to.
   */
  look(plan: FleetPlan): readonly FleetModule[] {
    for (const each of plan.decisions.progress) {
      if (each.gates.length > 0) this.#closed.set(each.module, each)
      else this.#closed.delete(each.module)
      this.#asker.put(
        keyOf(each.module),
        each.gates.flatMap((gate) => this.#question(each, gate)),
      )
    }
    this.#awaited.clear()
    const found: FleetModule[] = []
    for (const [name, { gates }] of this.#closed) {
      const module = this.#fleet.module(name)
      if (module === undefined || !gates.some(({ kind }) => kind === 'approval')) continue
      const awaited = awaitedApprovals(plan, module, this.#fleet.state(name))
      this.#awaited.set(name, awaited)
      const approvals = approvalsFor(module, awaited, this.#fleet.said(name)?.approvals ?? [])
      if (jsonEqual(approvals, this.#given.get(name) ?? [])) continue
      found.push({ ...this.answered(module), approvals })
      this.#given.set(name, approvals)
    }
    return found
  }

  /** The modules of whose rollouts something else is to be stored than when this was asked last. */
  changes(): readonly string[] {
    const changed = [...new Set([...this.#awaited.keys(), ...this.#shown.keys()])].filter((name) => {
      const { approvals } = this.statusOf(name)
      if (jsonEqual(approvals, this.#shown.get(name))) return false
      if (approvals === undefined) this.#shown.delete(name)
      else this.#shown.set(name, approvals)
      return true
    })
    return changed
  }

  forget(module: string): void {
    for (const map of [this.#verdicts, this.#closed, this.#awaited, this.#shown, this.#given]) map.delete(module)
    this.#asker.put(keyOf(module), [])
  }

  /** What is to be stored of the rollout of a module. */
  statusOf(module: string): Pick<StoredRolloutStatus, 'approvals' | 'verdicts'> {
    const approvals = withRefused(this.#awaited.get(module) ?? [], this.#fleet.said(module)?.approvals ?? [])
    const verdicts = (this.#verdicts.get(module) ?? []).map(storedVerdict)
    return { ...(approvals.length > 0 && { approvals }), ...(verdicts.length > 0 && { verdicts }) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asker[Symbol.asyncDispose]()
  }

  #question({ module: id, revision, phase }: ModuleProgress, { kind, check, stage, track }: Gate): readonly OpenQuestion[] {
    const gate = kind === 'check' && check !== undefined ? this.#gates.get(check) : undefined
    const module = this.#fleet.module(id)
    if (gate === undefined || module === undefined || revision === null || (phase !== 'Running' && phase !== 'Paused')) return []
    const of = { stage, ...(track !== undefined && { track }) }
    const rid = attemptOf(module)
    // What has failed has failed for the attempt, also where other tracks go on.
    const isOf = (each: Verdict): boolean =>
      each.stage === stage && each.track === track && each.check === check && sameRollout(each.rid, rid)
    if (this.#verdicts.get(id)?.some((each) => isOf(each) && each.verdict === 'fail')) return []
    return [
      {
        key: keyOf(id, revision, rid.nonce, stage, track ?? '', gate.name),
        gate,
        question: () => {
          const clusters = this.#fleet.plan()?.members(id, of).done
          return clusters && { namespace: this.#namespace, module: id, revision, ...of, clusters }
        },
        answered: (answer, at) => this.#answer(id, { rid, ...of, check: gate.name, ...answer, at }),
      },
    ]
  }

  #answer(id: string, verdict: Verdict & GateAnswer): void {
    const before = this.#verdicts.get(id) ?? []
    const verdicts = withVerdict(before, verdict)
    if (verdicts === before) return
    this.#verdicts.set(id, verdicts)
    const { stage, track, check, verdict: said, evidence } = verdict
    const module = { ...moduleType, namespace: this.#namespace, name: id }
    this.#context.events.emit('rollout.checked', { module, stage, track, check, verdict: said, evidence })
    this.#fleet.changed(id)
  }
}

/** A text that begins as those of all that it is the beginning of. */
function keyOf(...parts: readonly string[]): string {
  return parts.map((part) => `${JSON.stringify(part)}\n`).join('')
}
