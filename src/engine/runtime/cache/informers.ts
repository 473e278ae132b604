import { FleetkitError } from '../../../model/errors/error.ts'
import { type TypeRef, typeKey } from '../../../model/reference.ts'
import type { CacheReader } from '../context.ts'
import { typeOf } from '../fleet-kind.ts'
import type { Informer } from './informer.ts'

/** The informers of a store, one for each type. */
export class Informers implements AsyncDisposable {
  /** What they know. */
  readonly cache: CacheReader
  readonly #make: (type: TypeRef) => Informer
  readonly #informers: Map<string, Informer> = new Map()

  /** @param make - makes the informer of a type, when that is asked for first */
  constructor(make: (type: TypeRef) => Informer) {
    this.#make = make
    this.cache = {
      get: (ref) => this.known(ref).get(ref),
      list: (type, select) => this.known(typeOf(type)).list(select),
      indexed: (type, name, value) => this.known(typeOf(type)).indexed(name, value),
      has: (type) => this.find(typeOf(type)) !== undefined,
    }
  }

  get all(): readonly Informer[] {
    return [...this.#informers.values()]
  }

  /** The informer of a type, if it was asked for. */
  find(type: TypeRef): Informer | undefined {
    return this.#informers.get(typeKey(type))
  }

  /** The informer of a type; made when it is asked for first. */
  of(type: TypeRef): Informer {
    const informer = this.find(type) ?? this.#make(type)
    this.#informers.set(typeKey(type), informer)
    return informer
  }

  /** Throws `model/invalid` for a type that was never asked for. */
  known(type: TypeRef): Informer {
    const informer = this.find(type)
    if (informer !== undefined) return informer
    const accepted = this.all.map((other) => `${other.type.kind} (${other.type.apiVersion})`).join(', ') || 'none'
    throw new FleetkitError('model/invalid', `no controller names ${type.kind} (${type.apiVersion}), so it is not in the cache`, {
      problems: [{ path: 'type', found: `${type.kind} (${type.apiVersion})`, accepted }],
    })
  }

  start(): void {
    for (const informer of this.all) informer.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((informer) => informer[Symbol.asyncDispose]()))
  }
}
