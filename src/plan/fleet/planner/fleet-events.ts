import { describeHalt } from '../../../rollout/planner/hold.ts'
import { isOutcome } from '../../../rollout/planner/outcome.ts'
import type { RolloutEvent } from '../../../rollout/state/event.ts'
import type { RolloutId } from '../../../rollout/state/id.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import type { HistoryEvent } from '../history/event.ts'
import { isPulled } from './handbrake.ts'
import type { FleetCluster, FleetModule, FleetPolicy } from './input.ts'
import type { Assignment } from './plan.ts'

type Known = Pick<TargetView, 'assigned' | 'observed'>

/** What has happened to a fleet, and was decided, in one step: for its log. */
export class FleetEvents {
  readonly list: HistoryEvent[] = []
  readonly #now: number

  constructor(now: number) {
    this.#now = now
  }

  /** A module has another revision, or is to be tried again, or is paused or resumed; `stored` is what is remembered of its rollout. */
  specified(module: FleetModule, known: FleetModule | undefined, stored?: RolloutState): void {
    const before = known ?? storedModule(module, stored)
    const { id, revision } = module
    const isAgain = before !== undefined && before.revision === revision && (before.nonce ?? '') !== (module.nonce ?? '')
    if (before?.revision !== revision || isAgain)
      this.#add('revised', { module: id, revision: revision ?? undefined, why: isAgain ? 'it is tried again' : whyRevised(module) })
    if ((before?.paused ?? false) !== (module.paused ?? false)) this.#add(module.paused === true ? 'paused' : 'resumed', { module: id })
  }

  /** The handbrake of the fleet. */
  braked(now: FleetPolicy['handbrake'], before: FleetPolicy['handbrake']): void {
    if (isPulled(now) === isPulled(before)) return
    const why = !isPulled(now)
      ? 'the handbrake was released'
      : now === true
        ? 'the handbrake was pulled'
        : `${now.by} pulled the handbrake: ${now.reason}`
    this.#add(isPulled(now) ? 'paused' : 'resumed', { why })
  }

  /** A cluster was looked at. */
  seen({ id, reach, labels = {} }: FleetCluster, before: FleetCluster | undefined): void {
    if (before === undefined) return
    if (before.reach.ok !== reach.ok) this.#add(reach.ok ? 'found' : 'lost', { cluster: id })
    const changed = labelChanges(before.labels ?? {}, labels)
    if (changed.length > 0) this.#add('relabelled', { cluster: id, why: changed.join(', ') })
  }

  /** Something was seen of a module on a cluster. */
  observed(module: string, cluster: string, known: Known, before: Known | undefined): void {
    // What was there before it was looked at has not happened now.
    if (before === undefined) return
    const phase = phaseOf(known)
    if (phase === undefined || (phase === phaseOf(before) && known.assigned?.generation === before.assigned?.generation)) return
    this.#add(phase, { module, cluster, revision: known.assigned?.version ?? undefined })
  }

  /** A cluster is assigned something. */
  assigned({ module, cluster, revision, why, stage }: Assignment, emergency: FleetModule['emergency']): void {
    const note = emergency === undefined ? '' : `, in an emergency (${emergency.actor}: ${emergency.reason})`
    const text = `${whyAssigned(why, stage)}${why === 'pinned' ? '' : note}`
    if (revision === null) this.#add('removed', { module, cluster, why: text })
    else this.#add('assigned', { module, cluster, revision, why: text })
  }

  /** What the planner of a rollout has decided beside, and the state that led to. */
  decided(module: string, events: readonly RolloutEvent[], state: RolloutState | null): void {
    for (const event of events) {
      const of = event.track === undefined ? '' : ` in ${event.track}`
      if (event.type === 'opened' && event.approvedBy.length > 0)
        this.#add('approved', { module, why: `${event.stage}${of}, by ${event.approvedBy.join(', ')}` })
      const { failed = [] } = (event.track === undefined ? state : state?.tracks?.[event.track]) ?? {}
      if (event.type === 'halted') this.#add('halted', { module, why: `${describeHalt(event.halt, failed)}${of}` })
      if (event.type === 'completed') this.#add('completed', { module, why: `${event.failed} of ${event.finished} have failed${of}` })
    }
  }

  #add(type: HistoryEvent['type'], event: Omit<HistoryEvent, 'at' | 'type'>): void {
    this.list.push({ at: this.#now, type, ...event })
  }
}

function phaseOf(known: Known): 'ready' | 'failed' | undefined {
  if (!isOutcome(known)) return undefined
  const phase = known.observed?.phase
  return phase === 'ready' || phase === 'failed' ? phase : undefined
}

function whyRevised({ revision }: FleetModule): string | undefined {
  return revision === null ? 'it is to be removed' : undefined
}

function whyAssigned(why: Assignment['why'], stage: string | null): string {
  const of = stage === null ? '' : `stage ${stage}`
  switch (why) {
    case 'stage':
      return of
    case 'catch-up':
      return `${of}, to catch up`
    case 'retry':
      return `${of}, another try`
    case 'baseline':
      return 'what the others have, as it is new'
    case 'revert':
      return 'what it had before'
    case 'absent':
      return 'the module is to be removed'
    case 'deselected':
      return 'the module no longer selects it'
    case 'pinned':
      return 'it is pinned'
  }
}

function labelChanges(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const of = (labels: Readonly<Record<string, string>>, key: string): string | undefined =>
    Object.hasOwn(labels, key) ? labels[key] : undefined
  return keys.flatMap((key) => {
    const [old, now] = [of(before, key), of(after, key)]
    return old === now ? [] : [`${key}: ${old ?? 'none'} → ${now ?? 'none'}`]
  })
}

/** A module that was rolled out before it is planned here. */
function storedModule(module: FleetModule, stored: RolloutState | undefined): FleetModule | undefined {
  const rid: Partial<RolloutId> | null | undefined = stored?.rid
  return rid?.version === undefined ? undefined : { ...module, revision: rid.version, nonce: rid.nonce }
}
