import { compareText } from '../../model/compare-text.ts'
import type { TreeEntry } from '../../ports/git.ts'
import type { Turns } from './turns.ts'

/** An entry of one directory. */
export interface Child {
  readonly name: string
  readonly kind: TreeEntry['kind'] | 'directory'
  readonly oid: string
}

/** A directory is what git does not write: which is to say for what is wrong with it. */
export class MalformedTree extends Error {}

/**
 * The entries of a tree: `<mode> SP <name> NUL <oid>` each. They come in the order of the paths below them, which is how git
 * has them. Names that are no UTF-8 are read with replacement characters.
 *
 * @param idBytes - how long an id is: 20, or 32 in a repository that uses SHA-256
 * @throws MalformedTree also for two entries of one name, once it is read, and for one whose name is a path: what is applied
 * would be chosen by chance
 */
export async function parseTree(bytes: Buffer, idBytes: number, most: number, turns: Turns): Promise<readonly Child[]> {
  const children: Child[] = []
  const names = new Set<string>()
  let sorted = true
  let last = ''
  for (let at = 0; at < bytes.length; ) {
    if (turns.over) await turns.next()
    const space = bytes.indexOf(0x20, at)
    const end = bytes.indexOf(0, space)
    if (space < 0 || end < 0 || end + 1 + idBytes > bytes.length) throw new MalformedTree('breaks off')
    const name = bytes.toString('utf8', space + 1, end)
    const kind = kindOfMode(bytes.toString('latin1', at, space))
    if (kind === undefined) throw new MalformedTree(`has the entry ${JSON.stringify(name)} of a mode that git does not have`)
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw new MalformedTree(`has an entry that is no file name: ${JSON.stringify(name)}`)
    if (names.has(name)) throw new MalformedTree(`has two entries of the name ${JSON.stringify(name)}`)
    names.add(name)
    children.push({ name, kind, oid: bytes.toString('hex', end + 1, end + 1 + idBytes) })
    const key = orderOf({ name, kind })
    sorted &&= compareText(last, key) < 0
    last = key
    at = end + 1 + idBytes
    if (children.length > most) break // the caller counts
  }
  return sorted ? children : children.sort((a, b) => compareText(orderOf(a), orderOf(b)))
}

/** Everything below a directory begins so. */
function orderOf({ name, kind }: Pick<Child, 'name' | 'kind'>): string {
  return kind === 'directory' ? `${name}/` : name
}

/** What a mode says an entry is; `undefined` for one that git does not have. Old programs wrote more of the bits of permissions. */
function kindOfMode(mode: string): TreeEntry['kind'] | 'directory' | undefined {
  if (!/^[0-7]{5,6}$/.test(mode)) return undefined
  const bits = Number.parseInt(mode, 8)
  const type = bits & 0o170000
  if (type === 0o040000) return 'directory'
  if (type === 0o120000) return 'symlink'
  if (type === 0o160000) return 'submodule'
  return type === 0o100000 ? ((bits & 0o100) !== 0 ? 'executable' : 'file') : undefined
}
