import { createHash } from 'node:crypto'
import type { GitFile, GitFiles } from './files.ts'

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

/** Wraps content as git does before it takes the digest: `<type> <length> NUL <content>`. */
export function gitObject(type: GitObject['type'], content: string | Uint8Array): GitObject {
  const bytes = Buffer.from(content as Uint8Array)
  const oid = createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex')
  return { oid, type, bytes: new Uint8Array(bytes) }
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
  const key = ([name, { mode }]: [string, Node]): Buffer => Buffer.from(mode === '40000' ? `${name}/` : name)
  const sorted = [...children].sort((a, b) => Buffer.compare(key(a), key(b)))
  return Buffer.concat(sorted.flatMap(([name, { mode, oid }]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]))
}
