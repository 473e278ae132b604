import { compareText } from '../../../model/compare-text.ts'
import type { GitFile, GitFiles } from './files.ts'
import { sha1 } from './sha1.ts'

/** An object of git as it is stored, before compression. */
export interface GitObject {
  readonly oid: string
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  readonly bytes: Uint8Array
}

/** An entry of a directory. */
export type Node =
  | { readonly mode: '40000'; readonly oid: string; readonly children: ReadonlyMap<string, Node> }
  | { readonly mode: '100644' | '100755' | '120000' | '160000'; readonly oid: string }

export type Folder = Extract<Node, { readonly mode: '40000' }>

const encoder = new TextEncoder()

/** Wraps content as git does before it takes the digest: `<type> <length> NUL <content>`. */
export function gitObject(type: GitObject['type'], content: string | Uint8Array): GitObject {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content.slice()
  return { oid: sha1(concatenate([encoder.encode(`${type} ${bytes.length}\0`), bytes])), type, bytes }
}

/** Builds the tree of `files`, handing every object made to `keep`. */
export function buildTree(files: GitFiles, keep: (object: GitObject) => void): Folder {
  type Draft = Map<string, Draft | GitFile>
  const root: Draft = new Map()
  for (const [path, file] of Object.entries(files)) {
    const parts = path.split('/')
    if (parts.some((part) => part === '' || part === '.' || part === '..'))
      throw new TypeError(`not a path in a repository: ${JSON.stringify(path)}`)
    let folder = root
    for (const part of parts.slice(0, -1)) {
      const next = folder.get(part) ?? new Map()
      if (!(next instanceof Map)) throw new TypeError(`both a file and a directory: ${JSON.stringify(part)}`)
      folder.set(part, next)
      folder = next
    }
    const name = parts.at(-1) as string
    if (folder.has(name)) throw new TypeError(`both a file and a directory: ${JSON.stringify(path)}`)
    folder.set(name, file)
  }
  const store = (object: GitObject): string => {
    keep(object)
    return object.oid
  }
  const build = (draft: Draft): Folder => {
    const children = new Map<string, Node>()
    for (const [name, value] of draft) children.set(name, value instanceof Map ? build(value) : leaf(value, store))
    return { mode: '40000', oid: store(gitObject('tree', encodeTree(children))), children }
  }
  return build(root)
}

function leaf(file: GitFile, store: (object: GitObject) => string): Node {
  if (typeof file === 'string' || file instanceof Uint8Array) return { mode: '100644', oid: store(gitObject('blob', file)) }
  if ('executable' in file) return { mode: '100755', oid: store(gitObject('blob', file.executable)) }
  if ('link' in file) return { mode: '120000', oid: store(gitObject('blob', file.link)) }
  return { mode: '160000', oid: file.submodule }
}

/** `<mode> SP <name> NUL <20 bytes of oid>` for each entry; directories sort as if their names ended in a slash. */
function encodeTree(children: ReadonlyMap<string, Node>): Uint8Array {
  const key = ([name, { mode }]: [string, Node]): string => (mode === '40000' ? `${name}/` : name)
  const sorted = [...children].sort((a, b) => compareText(key(a), key(b)))
  return concatenate(sorted.flatMap(([name, { mode, oid }]) => [encoder.encode(`${mode} ${name}\0`), bytesOf(oid)]))
}

function bytesOf(oid: string): Uint8Array {
  return Uint8Array.from({ length: oid.length / 2 }, (_, index) => Number.parseInt(oid.slice(2 * index, 2 * index + 2), 16))
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
