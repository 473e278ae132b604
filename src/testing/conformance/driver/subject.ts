import assert from 'node:assert/strict'
import { formatTime } from '../../../model/condition.ts'
import { deepFreeze } from '../../../model/deep-freeze.ts'
import { jsonCopy } from '../../../model/json/parse-json.ts'
import { Assemblage } from '../../../model/kinds/assemblage/assemblage.ts'
import type { DriverChange, DriverInput, SyncVerdict } from '../../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync, AssembledSyncInput, AssembledSyncStatus } from '../../../model/kinds/assemblage/types.generated.ts'
import { rememberWrite } from '../../../plan/assemblage/next-status.ts'
import { orderSyncs } from '../../../plan/assemblage/order-syncs.ts'
import type { Driver } from '../../../ports/driver.ts'
import type { Store } from '../../../ports/store.ts'

/** A driver, and the engine whose objects it makes. */
export interface DriverSubject extends AsyncDisposable {
  readonly driver: Driver
  /** Where the objects are kept. It serves their types, and has the namespace `default`. */
  readonly store: Store
  /** Resolves when the engine has done all that it can: every object is applied as it is, and says so; every deletion has ended. */
  settle(): Promise<void>
  /** Has the engine look at every object again; resolves while it does so. */
  lookAgain(): Promise<void>
  /** The names of the objects that the engine has applied and that are there, sorted. */
  applied(): Promise<readonly string[]>
  /** Two commits of a repository that the engine can apply: in each the directories `a`, `b` and `c`, with one object of that name each. */
  readonly commits: readonly [string, string]
  readonly url: string
}

/** How many rounds of observing and writing may be needed at most. */
const maxRounds = 20

/** One Assemblage, as a controller looks after it. */
export class Assembly {
  readonly subject: DriverSubject
  readonly assemblage: Assemblage
  known: readonly AssembledSyncStatus[] = []

  constructor(subject: DriverSubject, syncs: readonly AssembledSyncInput[] = []) {
    this.subject = subject
    this.assemblage = new Assemblage({ metadata: { name: 'eu', namespace: 'default' }, spec: { syncs } })
  }

  /** The same with other syncs. */
  with(syncs: readonly AssembledSyncInput[]): Assembly {
    return Object.assign(new Assembly(this.subject, syncs), { known: this.known })
  }

  get syncs(): readonly AssembledSync[] {
    return orderSyncs(this.assemblage.spec.syncs).syncs
  }

  /** What the driver decides by now. Frozen, so that one that changes it fails. */
  async input(): Promise<DriverInput> {
    const { driver, store } = this.subject
    const found = jsonCopy(await driver.observe(this.assemblage.ref, { store }))
    return deepFreeze({ assemblage: this.assemblage.ref, syncs: this.syncs, found, known: this.known, now: Date.now() })
  }

  /** Makes the writes that are due once. */
  async write(): Promise<readonly DriverChange[]> {
    const { driver, store } = this.subject
    const changes = driver.diff(await this.input())
    for (const change of changes) {
      const written = await driver.apply(change, { store })
      if (written === undefined || change.sync === undefined) continue
      const before = this.known.find(({ name }) => name === change.sync)
      const others = this.known.filter((sync) => sync !== before)
      this.known = [...others, rememberWrite(change.sync, written.metadata, before, Date.now())]
    }
    return changes
  }

  /** How the syncs are, by name. */
  async judge(): Promise<ReadonlyMap<string, SyncVerdict>> {
    const verdicts = this.subject.driver.judge(await this.input())
    this.known = verdicts.map((verdict) => ({ ...verdict, since: formatTime(Date.now()) }))
    return new Map(verdicts.map((verdict) => [verdict.name, verdict]))
  }

  async states(): Promise<readonly string[]> {
    return [...(await this.judge()).values()].map(({ name, state }) => `${name}: ${state}`).sort()
  }

  /** Writes, and lets the engine work, until nothing is left to write. */
  async settle(): Promise<readonly DriverChange[]> {
    const all: DriverChange[] = []
    for (let round = 0; round < maxRounds; round++) {
      const changes = await this.write()
      for (const change of changes) all.push(change)
      await this.subject.settle()
      await this.judge()
      if (changes.length === 0) return all
    }
    return assert.fail(`after ${maxRounds} rounds there was something to write still`)
  }
}
