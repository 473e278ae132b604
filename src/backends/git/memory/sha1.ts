import { hashBlocks } from '../../../model/hash-blocks.ts'

/** The SHA-1 of `bytes` in hexadecimal digits, by which git names objects. */
export function sha1(bytes: Uint8Array): string {
  const schedule = new Int32Array(80)
  const initial = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  return hashBlocks(bytes, initial, (state, blocks, offset) => addBlock(state, schedule, blocks, offset))
}

function addBlock(state: Int32Array, schedule: Int32Array, blocks: DataView, offset: number): void {
  const at = (index: number): number => schedule[index] as number
  for (let index = 0; index < 80; index++)
    schedule[index] =
      index < 16 ? blocks.getInt32(offset + 4 * index) : rotate(at(index - 3) ^ at(index - 8) ^ at(index - 14) ^ at(index - 16), 1)
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number]
  for (let index = 0; index < 80; index++) {
    const next = (rotate(a, 5) + mix(index, b, c, d) + e + at(index)) | 0
    e = d
    d = c
    c = rotate(b, 30)
    b = a
    a = next
  }
  const words = [a, b, c, d, e]
  state.set(state.map((word, index) => word + (words[index] as number)))
}

/** The function and the constant of a round. */
function mix(index: number, b: number, c: number, d: number): number {
  if (index < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (index < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (index < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
