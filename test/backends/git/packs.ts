import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync } from 'node:zlib'

/** An entry of a pack: an object, or a delta of an earlier entry (by its place) or of an object (by its id). */
export type PackEntry =
  | { readonly type: 'commit' | 'tree' | 'blob' | 'tag'; readonly content: Buffer }
  | { readonly base: number | string; readonly delta: Buffer }

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const

/** A pack of any entries, right or wrong, with the checksum that it should have. */
export function makePack(entries: readonly PackEntry[]): Buffer {
  const parts: Buffer[] = [Buffer.from('PACK\0\0\0\x02'), uint32(entries.length)]
  const offsets: number[] = []
  let at = 12
  const packed = new Map<Buffer, Buffer>()
  for (const entry of entries) {
    offsets.push(at)
    const content = 'type' in entry ? entry.content : entry.delta
    const compressed = packed.get(content) ?? deflateSync(content)
    packed.set(content, compressed)
    const kind = 'type' in entry ? typeNumbers[entry.type] : typeof entry.base === 'number' ? 6 : 7
    const reference =
      'type' in entry
        ? Buffer.alloc(0)
        : typeof entry.base === 'number'
          ? distance(at - (offsets[entry.base] as number))
          : Buffer.from(entry.base, 'hex')
    const bytes = Buffer.concat([header(kind, content.length), reference, compressed])
    parts.push(bytes)
    at += bytes.length
  }
  return withChecksum(Buffer.concat(parts))
}

export function withChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])
}

/** A delta that copies the whole base and adds `more`. */
export function appending(base: number, more: Buffer): Buffer {
  const copies: Buffer[] = []
  for (let at = 0; at < base; at += 0xffffff) {
    const length = Math.min(0xffffff, base - at)
    copies.push(Buffer.from([0xff, at & 255, (at >> 8) & 255, (at >> 16) & 255, (at >> 24) & 255]))
    copies.push(Buffer.from([length & 255, (length >> 8) & 255, (length >> 16) & 255]))
  }
  const added = more.length === 0 ? [] : [Buffer.from([more.length]), more]
  return Buffer.concat([size(base), size(base + more.length), ...copies, ...added])
}

export function oidOf(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}

/** A tree and a commit of it. `tree` is entries as git has them: mode, name, id. */
export function commitOf(tree: readonly (readonly [mode: string, name: string | Buffer, oid: string])[]): {
  readonly entries: readonly PackEntry[]
  readonly commit: string
} {
  const content = treeOf(tree)
  const text = Buffer.from(`tree ${oidOf('tree', content)}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n`)
  return {
    entries: [
      { type: 'commit', content: text },
      { type: 'tree', content },
    ],
    commit: oidOf('commit', text),
  }
}

export function treeOf(tree: readonly (readonly [mode: string, name: string | Buffer, oid: string])[]): Buffer {
  return Buffer.concat(
    tree.flatMap(([mode, name, oid]) => [Buffer.from(`${mode} `), Buffer.from(name as string), Buffer.from([0]), Buffer.from(oid, 'hex')]),
  )
}

/** A git server that answers every fetch with one pack. With `names`, the lines of an old server that begins with all its names. */
export async function servePack(pack: Buffer, names?: readonly string[]): Promise<{ readonly url: string } & AsyncDisposable> {
  const offer = names ?? ['version 2\n', 'ls-refs\n', 'fetch=shallow\n']
  const server = createServer((request, response) => {
    request.resume()
    const result = request.method === 'POST'
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${result ? 'result' : 'advertisement'}` })
    if (!result) {
      response.write(`${line('# service=git-upload-pack\n')}0000`)
      for (const text of offer) response.write(line(text))
    } else {
      response.write(line('packfile\n'))
      for (let at = 0; at < pack.length; at += 60_000)
        response.write(line(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])))
    }
    response.end('0000')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/evil.git`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function line(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

function header(kind: number, length: number): Buffer {
  const bytes = [(kind << 4) | (length & 15)]
  for (let rest = Math.floor(length / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80
    bytes.push(rest & 0x7f)
  }
  return Buffer.from(bytes)
}

function distance(back: number): Buffer {
  const bytes = [back & 0x7f]
  for (let rest = Math.floor(back / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (--rest & 0x7f))
  return Buffer.from(bytes)
}

function size(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.from(bytes)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
