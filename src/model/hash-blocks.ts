/** Adds a block of 64 bytes, from `offset`, to the state of a hash. */
export type AddBlock = (state: Int32Array, blocks: DataView, offset: number) => void

/**
 * What SHA-1 and SHA-256 have in common (FIPS 180-4): the bytes are padded to blocks of 64, each goes into a state of words, and
 * the state is the digest, here in hexadecimal digits. Our own, because a browser offers only asynchronous ones.
 */
export function hashBlocks(bytes: Uint8Array, initial: readonly number[], addBlock: AddBlock): string {
  const blocks = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / 64) * 64))
  new Uint8Array(blocks.buffer).set(bytes)
  blocks.setUint8(bytes.length, 0x80)
  blocks.setBigUint64(blocks.byteLength - 8, BigInt(bytes.length) * 8n)
  const state = new Int32Array(initial)
  for (let offset = 0; offset < blocks.byteLength; offset += 64) addBlock(state, blocks, offset)
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}
