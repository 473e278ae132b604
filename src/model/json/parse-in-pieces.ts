import type { Json, JsonObject } from '../object.ts'
import { parseJson } from './parse-json.ts'

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openList, closeList, openMap, closeMap] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Reads the JSON of a list object, as an API server answers, piece by piece: each item of its `items` by itself. It yields the bytes that it took for each, so that a
 * caller can let others have a turn. Whatever else it is given is read as a whole.
 *
 * @throws SyntaxError when it is not JSON
 */
export function* parseInPieces(bytes: Uint8Array): Generator<number, Json> {
  const start = startOfItems(bytes)
  if (start === undefined) return read(bytes, 0, bytes.length)
  const items: Json[] = []
  let from = start
  for (;;) {
    const end = endOfItem(bytes, from)
    const isLast = bytes[end] === closeList
    const isEmpty = isLast && items.length === 0 && isBlank(bytes, from, end)
    if (!isEmpty) items.push(read(bytes, from, end))
    if (!isLast && end >= bytes.length) throw new SyntaxError('the list of items does not end')
    yield end + 1 - from
    from = end + 1
    if (isLast) break
  }
  // The rest, with an empty list in the place of the items.
  const rest = new Uint8Array(bytes.length - (from - 1 - start))
  rest.set(bytes.subarray(0, start))
  rest.set(bytes.subarray(from - 1), start)
  return { ...(read(rest, 0, rest.length) as JsonObject), items }
}

const decoder = new TextDecoder()

function read(bytes: Uint8Array, from: number, to: number): Json {
  return parseJson(decoder.decode(bytes.subarray(from, to)))
}

/** Where the first item of the list `items` of the outermost object begins. */
function startOfItems(bytes: Uint8Array): number | undefined {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === openMap || byte === openList) depth++
    else if (byte === closeMap || byte === closeList) depth--
    else if (byte === quote) {
      const end = endOfText(bytes, at)
      const list = depth === 1 && isItems(bytes, at + 1, end) ? afterColon(bytes, end + 1) : undefined
      if (list !== undefined && bytes[list] === openList) return list + 1
      at = end
    }
  }
  return undefined
}

/** Where an item ends: at the comma after it, or at the end of the list. */
function endOfItem(bytes: Uint8Array, from: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = endOfText(bytes, at)
    else if (byte === openMap || byte === openList) depth++
    else if (depth === 0 && (byte === comma || byte === closeList)) return at
    else if (byte === closeMap || byte === closeList) depth--
  }
  return bytes.length
}

/** The quote that ends the text which the quote at `from` begins. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; ; ) {
    const end = bytes.indexOf(quote, at)
    if (end < 0) return bytes.length
    let escapes = 0
    while (bytes[end - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return end
    at = end + 1
  }
}

function isItems(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 5 && decoder.decode(bytes.subarray(from, to)) === 'items'
}

function afterColon(bytes: Uint8Array, from: number): number | undefined {
  const at = afterBlanks(bytes, from)
  return bytes[at] === colon ? afterBlanks(bytes, at + 1) : undefined
}

function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return at
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  return afterBlanks(bytes, from) >= to
}
