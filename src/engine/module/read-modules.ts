import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { readModule } from '../../model/kinds/bootstrap-module/read-module.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../model/object.ts'
import type { FleetModule } from '../../plan/fleet/planner/input.ts'
import { ModuleReader, type ReadModule } from './module-reader.ts'
import type { Specialiser } from './specialiser.ts'

/** The Modules of a fleet, as they were read last. */
export class ReadModules {
  readonly #reader: ModuleReader
  /** With the generation that each was read at. */
  readonly #read: Map<string, ReadModule & { readonly generation: number | undefined }> = new Map()

  constructor(specialiser: Specialiser) {
    this.#reader = new ModuleReader(specialiser)
  }

  get names(): Iterable<string> {
    return this.#read.keys()
  }

  /** One as it is planned. */
  planned(name: string): FleetModule | undefined {
    return this.#read.get(name)?.module
  }

  /** The generation that one is planned as. */
  generationOf(name: string): number | undefined {
    return this.#read.get(name)?.generation
  }

  /** Those that have to be read again when a cluster changes. */
  get byCluster(): readonly string[] {
    return this.#where(({ isByCluster }) => isByCluster)
  }

  /** Those that some clusters cannot have. */
  get unresolved(): readonly string[] {
    return this.#where(({ unresolved }) => unresolved.size > 0)
  }

  /** Why a cluster cannot have a Module. */
  whyUnresolved(name: string, cluster: string): string | undefined {
    return this.#read.get(name)?.unresolved.get(cluster)
  }

  /**
   * What is planned of a Module from now on, `undefined` for none; `same`: as before. One that became invalid, or whose revision was not seen yet, stays as it was, but nothing is started.
   */
  async read(
    name: string,
    object: KubeObject | undefined,
    revisionOf: (name: string | undefined) => ModuleRevision | undefined,
    clusters: readonly KubeObject[],
  ): Promise<FleetModule | undefined | 'same'> {
    if (object === undefined) {
      this.#read.delete(name)
      return undefined
    }
    const before = this.#read.get(name)
    const module = orInvalid(() => readModule(object))
    const revision = module instanceof FleetkitError ? undefined : revisionOf(module.status?.revision)
    const isUnseen = revision === undefined && object.metadata.deletionTimestamp === undefined
    if (module instanceof FleetkitError || (isUnseen && before !== undefined)) return before === undefined ? 'same' : this.hold(name)
    const read = await this.#reader.read(module, revision, clusters)
    if (read === undefined) return 'same'
    // What clusters have of it, and what that needs, counts for the others all the same.
    const planned = isUnseen ? { ...read.module, paused: true } : read.module
    // Its status may be all that has changed.
    const isSame = jsonEqual(planned, before?.module)
    const generation = isUnseen ? undefined : object.metadata.generation
    this.#read.set(name, { ...read, module: isSame ? (before?.module ?? planned) : planned, generation })
    return isSame ? 'same' : planned
  }

  /** A Module as it was, of which nothing is started until it is read again. */
  hold(name: string): FleetModule | undefined {
    const before = this.#read.get(name)
    if (before === undefined) return undefined
    const module = before.module.paused === true ? before.module : { ...before.module, paused: true }
    this.#read.set(name, { ...before, module })
    return module
  }

  #where(is: (read: ReadModule) => boolean): readonly string[] {
    return [...this.#read].flatMap(([name, read]) => (is(read) ? [name] : []))
  }
}
