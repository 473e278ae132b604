import type { Manager } from '../../../engine/runtime/manager.ts'
import { type FaultControl, type FaultPlan, withFaults } from '../../faults.ts'
import type { VirtualClock } from '../../virtual-clock.ts'
import { below, pick } from './draw.ts'
import { Line } from './line.ts'

/** Makes a port fail as the world has it. */
export type Faulty = <Port extends Parameters<typeof withFaults>[0]>(port: Port) => Port

/** What a manager is made of in its process. */
export interface Equipment {
  readonly holder: string
  readonly line: Line
  readonly faulty: Faulty
  /** Its own, which may be wrong. */
  readonly clock: Pick<VirtualClock, 'now' | 'monotonic' | 'sleep'>
}

export interface ProcessesOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly clock: VirtualClock
  readonly plan: Omit<FaultPlan, 'seed'>
  /** Begins the names of the processes. */
  readonly prefix: string
  readonly make: (equipment: Equipment) => Manager
  /** Whether everything has healed. */
  readonly isQuiet: () => boolean
  /** Told when nothing that a manager began comes to its end any more. */
  readonly stopped: (holder: string) => void
  readonly trace: (line: string) => void
}

/** One process with a manager, and its lines to everything. */
interface Process {
  readonly holder: string
  readonly line: Line
  readonly faults: readonly FaultControl[]
  readonly clock: { skewMs: number }
  readonly stop: AbortController
  ended: boolean
  killed: boolean
  isCutOff: boolean
}

const second = 1000
const minute = 60 * second

/** How the ports of a world fail. */
export function drawFaults(random: () => number, clock: VirtualClock): Omit<FaultPlan, 'seed'> {
  const rate = (most: number): number => (random() < 0.5 ? 0 : random() * most)
  return {
    fail: rate(0.1),
    lose: rate(0.1),
    twice: rate(0.1),
    hang: rate(0.02),
    late: rate(0.02),
    lateMs: 30 * second,
    drop: rate(0.1),
    relist: rate(0.1),
    delayMs: rate(2 * second),
    clock,
  }
}

/** Processes that compete for one lease: they are cut off, die, and are started again. */
export class Processes {
  /** How many faults were injected into those that ended. */
  faults = 0
  readonly #options: ProcessesOptions
  #running: Process[] = []
  /** Lines of processes that gave up, over which calls may still arrive. */
  #adrift: Line[] = []
  #started = 0

  constructor(options: ProcessesOptions) {
    this.#options = options
  }

  start(): void {
    const { random, clock, plan, prefix, make, isQuiet, stopped } = this.#options
    const [line, stop, own] = [new Line(), new AbortController(), { skewMs: 0 }]
    const holder = `${prefix}${++this.#started}`
    const faults: FaultControl[] = []
    const faulty: Faulty = (port) => {
      const made = withFaults(port, { ...plan, seed: below(random, 2 ** 31) })
      faults.push(made.faults)
      if (isQuiet()) made.faults.heal()
      return made
    }
    const manager = make({
      holder,
      line,
      faulty,
      clock: {
        now: () => clock.now() + own.skewMs,
        monotonic: () => clock.monotonic(),
        sleep: (ms, options) => clock.sleep(ms, options),
      },
    })
    const process: Process = { holder, line, faults, clock: own, stop, ended: false, killed: false, isCutOff: false }
    void manager
      .run({ signal: stop.signal })
      .catch(() => {})
      .then(() => {
        process.ended = true
        stopped(holder)
      })
    this.#running.push(process)
  }

  /** Something may happen to one of them: it is interrupted in the middle of what it does next, or its clock goes wrong. */
  disturb(): 'interrupted' | 'skewed' | undefined {
    const { random } = this.#options
    const process = pick(random, this.#running)
    const happens = random()
    if (happens < 0.05) this.#interrupt(process)
    else if (happens < 0.15) this.#hold(process)
    if (happens < 0.15) return 'interrupted'
    if (happens >= 0.18) return undefined
    this.#skew(process)
    return 'skewed'
  }

  /** One of them dies amid what it does next: before one of its next 30 calls. */
  crash(): void {
    this.#interrupt(pick(this.#options.random, this.#free))
  }

  /** One of them is cut off, or connected again. */
  cutOff(): void {
    this.#hold(pick(this.#options.random, this.#running))
  }

  /** One of them is cut off, until all are connected. */
  partition(): void {
    const process = pick(this.#options.random, this.#free)
    process.isCutOff = true
    if (!process.line.holds) this.#hold(process)
  }

  /** All that were cut off by {@link Processes.partition} are connected. */
  connect(): void {
    for (const process of this.#running) {
      const { holder, line, isCutOff } = process
      if (!isCutOff) continue
      process.isCutOff = false
      this.#options.trace(`${holder} is connected again`)
      line.release()
    }
  }

  /** The clock of one of them jumps. */
  skew(): void {
    this.#skew(pick(this.#options.random, this.#running))
  }

  /** Calls of those that gave up may arrive. */
  letArrive(): void {
    for (const line of this.#adrift.splice(0, below(this.#options.random, 2))) line.release()
  }

  /** Something starts each one again that has ended. */
  restart(): void {
    const ended = this.#running.filter((process) => process.ended)
    this.#running = this.#running.filter((process) => !process.ended)
    for (const process of ended) {
      if (process.line.holds) this.#adrift.push(process.line)
      else this.#kill(process)
      this.start()
    }
  }

  /** Nothing fails any more. */
  heal(): void {
    for (const process of this.#running) {
      const hangs = process.faults.some(({ injected }) =>
        injected.some(({ method, fault }) => fault === 'hang' && ['watch', 'list', 'discover'].includes(method)),
      )
      for (const each of process.faults) each.heal()
      process.line.release()
      // What a connection gives up in time, such as a watch that went silent, the process gives up here.
      if (hangs) this.#kill(process)
    }
    for (const line of this.#adrift) line.release()
  }

  /** All die, and nothing of theirs arrives any more. */
  killAll(): void {
    for (const line of this.#adrift.splice(0)) line.cut()
    for (const process of this.#running) this.#kill(process)
  }

  /** Those to which nothing else is about to happen, or else all. */
  get #free(): readonly Process[] {
    const free = this.#running.filter(({ line, ended }) => !ended && !line.holds)
    return free.length > 0 ? free : this.#running
  }

  #interrupt(process: Process): void {
    process.line.cutAfter(below(this.#options.random, 30), () => this.#kill(process))
  }

  #skew({ holder, clock }: Process): void {
    clock.skewMs += (this.#options.random() - 0.5) * 1000 * minute
    this.#options.trace(`the clock of ${holder} jumps`)
  }

  #hold({ holder, line }: Process): void {
    this.#options.trace(`${holder} is ${line.holds ? 'connected again' : 'cut off'}`)
    if (line.holds) line.release()
    else line.hold(below(this.#options.random, 30))
  }

  #kill(process: Process): void {
    if (process.killed) return
    process.killed = true
    this.#options.trace(`${process.holder} dies`)
    this.#options.stopped(process.holder)
    process.line.cut()
    process.stop.abort()
    process.ended = true
    this.faults += process.faults.reduce((sum, { injected }) => sum + injected.length, 0)
  }
}
