import { hashBlocks } from './hash-blocks.ts'

/** The SHA-256 of the UTF-8 bytes of a text, in hexadecimal digits. */
export function sha256(text: string): string {
  const schedule = new Int32Array(64)
  return hashBlocks(new TextEncoder().encode(text), initial, (state, blocks, offset) => {
    fill(schedule, blocks, offset)
    addSchedule(state, schedule)
  })
}

function fill(schedule: Int32Array, blocks: DataView, offset: number): void {
  for (let index = 0; index < 16; index++) schedule[index] = blocks.getInt32(offset + 4 * index)
  for (let index = 16; index < 64; index++) {
    const early = schedule[index - 15] as number
    const late = schedule[index - 2] as number
    const mixedEarly = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const mixedLate = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    const before = ((schedule[index - 16] as number) + (schedule[index - 7] as number)) | 0
    schedule[index] = (before + ((mixedEarly + mixedLate) | 0)) | 0
  }
}

/** The rounds of one block. They are most of the work: plain variables, and 32 bits throughout. */
function addSchedule(state: Int32Array, schedule: Int32Array): void {
  let [a, b, c, d] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number]
  let [e, f, g, h] = [state[4] as number, state[5] as number, state[6] as number, state[7] as number]
  for (let index = 0; index < 64; index++) {
    const mixedE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const added = ((constants[index] as number) + (schedule[index] as number)) | 0
    const first = (((h + mixedE) | 0) + ((((e & f) ^ (~e & g)) + added) | 0)) | 0
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  const words = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index++) state[index] = (state[index] as number) + (words[index] as number)
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

/** The first 32 bits of the fractional part of a root of a prime number. */
function fraction(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) | 0
}

const primes: readonly number[] = Array.from({ length: 312 }, (_, index) => index).filter(isPrime)
const initial: readonly number[] = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
const constants: Int32Array = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))

function isPrime(number: number): boolean {
  if (number < 2) return false
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}
