import { getOrMake } from '../../../rollout/get-or-make.ts'
import type { ModuleNeed } from '../observed-module.ts'
import type { PlacedModule } from '../placement.ts'
import type { FleetModule, FleetRevision } from './input.ts'

const none: ReadonlySet<string> = new Set()

/** The revisions of all modules, and which modules have to do with one another by what their revisions need. */
export class Revisions {
  readonly #byModule: Map<string, Map<string, FleetRevision>> = new Map()
  /** By module, those that a revision of it needs, and those of which a revision needs it. */
  #neighbours: Map<string, Set<string>> | undefined
  #placed: WeakMap<FleetModule, PlacedModule> = new WeakMap()

  put(revision: FleetRevision): void {
    const own = this.#byModule.get(revision.module) ?? new Map<string, FleetRevision>()
    this.#byModule.set(revision.module, own)
    own.set(revision.id, revision)
    this.#neighbours = undefined
    this.#placed = new WeakMap()
  }

  needsOf(module: string, id: string): readonly ModuleNeed[] | undefined {
    const revision = this.#byModule.get(module)?.get(id)
    return revision === undefined ? undefined : (revision.needs ?? [])
  }

  /** A module as its placements are made from. */
  placed(module: FleetModule): PlacedModule {
    return getOrMake(this.#placed, module, () => this.#place(module))
  }

  #place({ id, revision }: FleetModule): PlacedModule {
    const own = this.#byModule.get(id)
    return {
      version: revision,
      needs: revision === null ? [] : (this.needsOf(id, revision) ?? []),
      neededBy: (version) => this.needsOf(id, version),
      numberOf: (version) => own?.get(version)?.version ?? version,
    }
  }

  neighboursOf(module: string): ReadonlySet<string> {
    this.#neighbours ??= this.#findNeighbours()
    return this.#neighbours.get(module) ?? none
  }

  #findNeighbours(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>()
    const add = (a: string, b: string): void => {
      const others = found.get(a) ?? new Set()
      found.set(a, others)
      others.add(b)
    }
    for (const [module, own] of this.#byModule) {
      for (const { needs } of own.values()) {
        for (const need of needs ?? []) {
          if (need.module === module) continue
          add(module, need.module)
          add(need.module, module)
        }
      }
    }
    return found
  }
}
