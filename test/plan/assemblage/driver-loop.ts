import type { Assemblage, Driver, DriverChange, DriverInput, DriverOptions, KubeObject, ObjectRef, SyncVerdict } from 'fleetkit'

/** A sync of an Assemblage. */
export type AssembledSync = Assemblage['spec']['syncs'][number]
/** What is remembered of a sync. */
type Known = DriverInput['known'][number]

/** What a controller of Assemblages does with a driver, step by step: it remembers verdicts and writes, and knows nothing else. */
export class DriverLoop {
  known: readonly Known[] = []
  syncs: readonly AssembledSync[] = []
  /** The time of what comes next, in milliseconds since the epoch. */
  now = 0

  readonly driver: Driver
  readonly assemblage: ObjectRef
  readonly options: DriverOptions

  constructor(driver: Driver, assemblage: ObjectRef, options: DriverOptions) {
    this.driver = driver
    this.assemblage = assemblage
    this.options = options
  }

  /** @param objects - as a watch has shown them; listed when absent */
  async observe(objects?: readonly KubeObject[]): Promise<DriverInput> {
    const found = await this.driver.observe(this.assemblage, this.options, objects)
    return this.input(found)
  }

  input(found: DriverInput['found']): DriverInput {
    const { assemblage, syncs, known, now } = this
    return { assemblage, syncs, found, known, now }
  }

  /** Judges, and remembers what was said. */
  judge(found: DriverInput['found']): readonly SyncVerdict[] {
    const verdicts = this.driver.judge(this.input(found))
    this.known = verdicts.map((verdict) => {
      const before = this.known.find(({ name }) => name === verdict.name)
      const isSame = before?.state === verdict.state && before.revision === verdict.revision
      return { ...verdict, since: isSame ? before.since : new Date(this.now).toISOString() }
    })
    return verdicts
  }

  /** Makes one write, and remembers what it answered. */
  async apply(change: DriverChange): Promise<KubeObject | undefined> {
    const answer = await this.driver.apply(change, this.options)
    if (answer !== undefined && change.sync !== undefined && change.reason !== 'removed') this.remember(change.sync, answer)
    return answer
  }

  /** Remembers what a sync was written as. */
  remember(sync: string, { metadata: { uid, generation } }: KubeObject): void {
    const before = this.known.find(({ name }) => name === sync)
    const fresh: Known = { name: sync, state: 'Progressing', reason: 'Written', message: '', since: new Date(this.now).toISOString() }
    this.known = [...this.known.filter(({ name }) => name !== sync), { ...(before ?? fresh), uid, generation }]
  }

  /** Writes what is to be written, once. */
  async write(found: DriverInput['found']): Promise<readonly DriverChange[]> {
    const changes = this.driver.diff(this.input(found))
    for (const change of changes) await this.apply(change)
    return changes
  }
}
