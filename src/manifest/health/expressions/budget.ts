import { type CelResult, type CelValue, celError, isCelList, isCelMap } from '@bufbuild/cel'

/** How many steps an evaluation may take: about as many as a machine makes in a twentieth of a second. */
export const stepsPerEvaluation = 200_000

/**
 * What one evaluation may still spend. Everything whose cost depends on data pays before it works, so an evaluation ends in bounded time
 * whatever the expression and the object are; and after the same number of steps on every machine, because no clock is asked.
 */
export class Budget {
  #left = 0
  /** Sizes of lists and maps, with all that they hold. */
  readonly #sizes = new WeakMap<object, number>()

  /** Starts an evaluation. */
  refill(): void {
    this.#left = stepsPerEvaluation
  }

  get exhausted(): boolean {
    return this.#left < 0
  }

  /** How much there is to look at in values, all together. */
  sizeOf(...values: readonly (CelValue | undefined)[]): number {
    return values.reduce((sum: number, value) => sum + this.#sizeOf(value), 0)
  }

  #sizeOf(value: CelValue | undefined): number {
    if (typeof value === 'string' || value instanceof Uint8Array) return 1 + value.length
    if (!isCelList(value) && !isCelMap(value)) return 1
    const known = this.#sizes.get(value)
    if (known !== undefined) return known
    let size = 1
    for (const item of value.values()) {
      size += this.#sizeOf(item)
      // What cannot be paid for need not be measured to its end.
      if (size > stepsPerEvaluation) break
    }
    this.#sizes.set(value, size)
    return size
  }

  /** The functions of one name, but a call pays a step, and as many more as `price` says, before it does anything. */
  metered<T extends Callable>(functions: T, price: (target: CelValue | undefined, args: readonly CelValue[]) => number): T {
    const call: Callable['call'] = (id, target, args) => {
      this.#left -= 1 + price(target, args)
      return this.#left < 0 ? celError('too many steps', id) : functions.call(id, target, args)
    }
    return Object.create(functions, { call: { value: call } }) as T
  }
}

interface Callable {
  call(id: number, target: CelValue | undefined, args: CelValue[]): CelResult | undefined
}
