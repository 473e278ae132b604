import type { Turns } from '../../turns.ts'
import { MalformedPack } from './entry.ts'

const instructionsAtOnce = 1024

/** How many bytes a delta wants as its base, how many it makes of it, and where its instructions begin. */
export function deltaSizes(delta: Buffer): { readonly base: number; readonly target: number; readonly at: number } {
  let at = 0
  const read = (): number => {
    let size = 0
    for (let factor = 1, more = true; more; factor *= 128) {
      const byte = delta[at++]
      if (byte === undefined) throw new MalformedPack('a delta breaks off')
      size += (byte & 0x7f) * factor
      more = (byte & 0x80) !== 0
    }
    return size
  }
  const base = read()
  const target = read()
  return { base, target, at }
}

/** What a delta makes of its base. Source of the format: git's `gitformat-pack`. */
export async function applyDelta(base: Buffer, delta: Buffer, turns: Turns): Promise<Buffer> {
  const sizes = deltaSizes(delta)
  if (sizes.base !== base.length) throw new MalformedPack('a delta belongs to another base')
  const target = Buffer.allocUnsafe(sizes.target)
  let at = sizes.at
  let written = 0
  for (let count = 1; at < delta.length; count++) {
    if (count % instructionsAtOnce === 0 && turns.over) await turns.next()
    const instruction = delta[at++] as number
    let size = instruction
    if (instruction & 0x80) {
      const [start, length, next] = copied(delta, at, instruction)
      at = next
      size = length
      if (start + size > base.length || written + size > target.length) throw new MalformedPack('a delta copies what is not there')
      base.copy(target, written, start, start + size)
    } else {
      if (size === 0 || at + size > delta.length || written + size > target.length) throw new MalformedPack('a delta breaks off')
      delta.copy(target, written, at, at + size)
      at += size
    }
    written += size
  }
  if (written !== target.length) throw new MalformedPack('a delta makes less than it says')
  return target
}

/** Where a copy begins in the base, how long it is, and where the next instruction begins. */
function copied(delta: Buffer, from: number, instruction: number): readonly [start: number, length: number, next: number] {
  let at = from
  let start = 0
  let length = 0
  for (let bit = 0; bit < 7; bit++) {
    if ((instruction & (1 << bit)) === 0) continue
    const byte = delta[at++]
    if (byte === undefined) throw new MalformedPack('a delta breaks off')
    if (bit < 4) start += byte * 2 ** (8 * bit)
    else length += byte * 2 ** (8 * (bit - 4))
  }
  return [start, length === 0 ? 0x10000 : length, at]
}
