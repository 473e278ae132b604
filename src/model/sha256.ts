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
  const at = (index: number): number => schedule[index] as number
  for (let index = 0; index < 16; index++) schedule[index] = blocks.getInt32(offset + 4 * index)
  for (let index = 16; index < 64; index++) {
    const [early, late] = [at(index - 15), at(index - 2)]
    const mixed = (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) + (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10))
    schedule[index] = at(index - 16) + at(index - 7) + mixed
  }
}

function addSchedule(state: Int32Array, schedule: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let index = 0; index < 64; index++) {
    const chosen = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g))
    const first = (h + chosen + (constants[index] as number) + (schedule[index] as number)) | 0
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
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] as number) + word
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
