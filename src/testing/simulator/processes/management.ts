import { moduleController } from '../../../engine/module/controller.ts'
import { type RolloutController, rolloutController } from '../../../engine/module/rollout-controller.ts'
import { Manager } from '../../../engine/runtime/manager.ts'
import type { FleetEvent } from '../../../observe/events.ts'
import type { Explanation } from '../../../plan/fleet/planner/plan.ts'
import type { Git } from '../../../ports/git.ts'
import type { Store } from '../../../ports/store.ts'
import { formatEvent } from '../../../views/event-text.ts'
import type { FaultPlan } from '../../faults.ts'
import type { VirtualClock } from '../../virtual-clock.ts'
import type { Fleet } from '../fleet.ts'
import type { Observer } from '../judge/observer.ts'
import type { Trace } from '../judge/trace.ts'
import { type Equipment, Processes } from './processes.ts'

export interface ManagementOptions {
  readonly clock: VirtualClock
  readonly random: () => number
  readonly git: Git
  readonly fleet: Fleet
  readonly observer: Observer
  readonly trace: Trace
  readonly faults: Omit<FaultPlan, 'seed' | 'clock' | 'error'>
  readonly verbose: boolean
  readonly isQuiet: () => boolean
}

const second = 1000

/** The managers of a fleet: the engine as it is, each in a process that can die, be cut off, or have a wrong clock. */
export class Management {
  readonly processes: Processes
  readonly #options: ManagementOptions
  /** Those of the processes, the newest last. */
  #rollouts: RolloutController[] = []

  constructor(options: ManagementOptions) {
    const { random, clock, faults, trace, isQuiet } = options
    this.#options = options
    this.processes = new Processes({
      random,
      clock,
      plan: { ...faults, clock },
      prefix: 'm',
      make: (equipment) => this.#inProcess(equipment),
      isQuiet,
      stopped: () => {},
      trace: (line) => trace.say(line),
    })
  }

  /** A manager that nothing happens to, and that competes with no other. */
  undisturbed(name: string): Manager {
    const { clock, random, git, observer } = this.#options
    return this.#with(new Manager({ store: observer.storeOf(name), git, clock, random, gracePeriodMs: 5 * second }))
  }

  /** Why a cluster has what it has of a module, by the manager that leads. */
  explain(cluster: string, module: string): Explanation | undefined {
    const { namespace } = this.#options.fleet
    for (const rollouts of this.#rollouts.toReversed()) {
      try {
        const explanation = rollouts.explain({ namespace, cluster, module })
        if (explanation !== undefined) return explanation
      } catch {
        // It has not seen the cluster, or another plan has followed.
      }
    }
    return undefined
  }

  #inProcess({ holder, line, faulty, clock }: Equipment): Manager {
    const { random, git, observer } = this.#options
    const store: Store = faulty(line.over(observer.storeOf(holder), { loses: false }))
    const manager = new Manager({
      store,
      git: faulty(git),
      clock,
      random,
      leaderElection: { namespace: 'default', name: 'leader', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    manager.events.on('*', (event) => this.#told(holder, event))
    return this.#with(manager)
  }

  #with(manager: Manager): Manager {
    const rollouts = rolloutController({ policy: () => this.#options.fleet.policy })
    this.#rollouts = [...this.#rollouts.slice(-3), rollouts]
    return manager.add(moduleController(), rollouts)
  }

  #told(holder: string, event: FleetEvent): void {
    const { trace, observer, verbose } = this.#options
    if (event.type === 'rollout.assigned')
      observer.explained(event.cluster.name, event.module, ` (${event.why}${event.stage === null ? '' : `, stage ${event.stage}`})`)
    if (event.type === 'leader.acquired') trace.say(`${holder} leads (term ${event.term})`)
    else if (event.type === 'leader.lost') trace.say(`${holder} leads no longer: ${event.error.message}`)
    else if (verbose) trace.say(`${holder}: ${formatEvent(event)}`)
  }
}
