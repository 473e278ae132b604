import { simulateModules } from './modules.ts'
import { type MirrorKind, ProxyWorld } from './proxy/world.ts'
import { SyncWorld } from './sync-world.ts'
import type { UnitKind } from './units.ts'
import type { World } from './world.ts'

/** What a world is of. */
export type WorldKind = UnitKind | MirrorKind | 'Module'

export interface SimulateOptions {
  /** What the world is of. Syncs by default. */
  readonly kind?: WorldKind | undefined
  /** How many things happen before everything heals. The first ones are the same however many follow. */
  readonly steps?: number | undefined
  /** How often the management is backed up, and restored, where it is one: 1 by default. */
  readonly backups?: number | undefined
  /** Told what happens, line by line. */
  readonly trace?: ((line: string) => void) | undefined
}

/** What came of a simulation. */
export interface Simulated {
  readonly violations: readonly { readonly invariant: string; readonly message: string }[]
  /** How many faults were injected, and how many attempts were made. */
  readonly faults: number
  readonly attempts: number
}

/**
 * A random world from beginning to end, in virtual time: objects of users, managers that compete for a lease and die, ports that fail in
 * every way, others who change everything at any time; then everything heals. The same seed gives the same.
 */
export async function simulate(seed: number, { kind = 'Sync', steps = 25, backups, trace }: SimulateOptions = {}): Promise<Simulated> {
  if (kind === 'Module') {
    const { violations, faults, assignments, trace: lines } = await simulateModules(seed, steps)
    trace?.(lines)
    return { violations: violations.map(({ invariant, message }) => ({ invariant, message })), faults, attempts: assignments }
  }
  // What a process loads with its first attempt takes real turns: no later world has them.
  const warmed = warm.get(kind) ?? run(worldOf(kind, 0), 10)
  warm.set(kind, warmed)
  await warmed
  return run(worldOf(kind, seed, trace, backups), steps)
}

const warm = new Map<Exclude<WorldKind, 'Module'>, Promise<Simulated>>()

function worldOf(kind: Exclude<WorldKind, 'Module'>, seed: number, trace?: SimulateOptions['trace'], backups?: number): World {
  return kind === 'ProxySync' || kind === 'PullSync' ? new ProxyWorld(seed, kind, trace, backups) : new SyncWorld(seed, kind, trace)
}

async function run(world: World, steps: number): Promise<Simulated> {
  await world.begin()
  for (let step = 0; step < steps && world.violations.length === 0; step++) await world.step()
  if (world.violations.length === 0) await world.end()
  await world.stop()
  return { violations: world.violations, faults: world.faults, attempts: world.attempts }
}
