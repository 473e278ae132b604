import type { TreeEntry } from '../../../ports/git.ts'
import { type FoundAt, type GitLimits, LimitExceeded, type ObjectReader } from '../transport.ts'
import { kindOfMode } from '../tree-entries.ts'
import { localEnvironment } from './environment.ts'
import { runGit } from './run.ts'

/** Room for names of the longest sort. */
const bytesPerEntry = 4096

/** Reads a bare repository by git's plumbing: one program for a listing, one for any number of blobs. */
export class CliObjects implements ObjectReader {
  readonly #gitdir: string

  constructor(gitdir: string) {
    this.#gitdir = gitdir
  }

  async type(oid: string, signal: AbortSignal): Promise<string | undefined> {
    const { exitCode, output } = await this.#run(['cat-file', '-t', oid], signal)
    return exitCode === 0 ? output.toString('utf8').trim() : undefined
  }

  async tree(commit: string, path: string, limits: GitLimits, signal: AbortSignal): Promise<FoundAt> {
    let oid: string
    if (path === '') oid = (await this.#ask(['rev-parse', '--verify', `${commit}^{tree}`], signal)).toString('utf8').trim()
    else {
      // Every step, to say where a path ends in something that is no directory.
      const steps = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
      const found = parseListing(await this.#ask(['ls-tree', '-z', '--full-tree', commit, '--', ...steps], signal))
      const leaf = found.find((entry) => entry.kind !== undefined && steps.includes(entry.path))
      if (leaf?.kind !== undefined) return { kind: leaf.kind, path: leaf.path }
      const target = found.find((entry) => entry.path === path)
      if (target === undefined) return { kind: 'missing' }
      oid = target.oid
    }
    const listing = parseListing(await this.#ask(['ls-tree', '-r', '-z', '--full-tree', oid], signal, limits.files * bytesPerEntry))
    if (listing.length > limits.files) throw new LimitExceeded(`the tree ${oid} has more than ${limits.files} entries`)
    const prefix = path === '' ? '' : `${path}/`
    const entries: TreeEntry[] = listing.flatMap(({ path: name, kind, oid: child }) =>
      kind === undefined ? [] : [{ path: prefix + name, kind, oid: child }],
    )
    return { kind: 'tree', oid, entries }
  }

  async blobs(oids: readonly string[], limits: GitLimits, signal: AbortSignal): Promise<Map<string, Uint8Array>> {
    const parser = new BatchParser(limits)
    const { exitCode, stderr } = await runGit([...this.#where(), 'cat-file', '--batch', '--buffer'], {
      env: localEnvironment(),
      input: oids.map((oid) => `${oid}\n`).join(''),
      signal,
      onOutput: (chunk) => parser.push(chunk),
    })
    if (exitCode !== 0) throw new Error(stderr)
    return parser.found
  }

  #where(): string[] {
    return [`--git-dir=${this.#gitdir}`]
  }

  async #ask(args: readonly string[], signal: AbortSignal, limit?: number): Promise<Buffer> {
    const { exitCode, output, stderr } = await this.#run(args, signal, limit)
    if (exitCode !== 0) throw new Error(stderr)
    return output
  }

  async #run(
    args: readonly string[],
    signal: AbortSignal,
    limit: number = 2 ** 20,
  ): Promise<{ exitCode: number; output: Buffer; stderr: string }> {
    const chunks: Buffer[] = []
    let size = 0
    const onOutput = (chunk: Buffer): void => {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) throw new LimitExceeded(`the listing is longer than ${limit} bytes`)
    }
    const finished = await runGit([...this.#where(), ...args], { env: localEnvironment(), signal, onOutput })
    return { ...finished, output: Buffer.concat(chunks) }
  }
}

interface ListingLine {
  readonly path: string
  readonly oid: string
  readonly kind: TreeEntry['kind'] | undefined
}

/** `<mode> SP <type> SP <oid> TAB <path> NUL`, as `git ls-tree -z` writes. */
function parseListing(output: Buffer): ListingLine[] {
  const lines = output.toString('utf8').split('\0')
  lines.pop()
  return lines.map((line) => {
    const [mode = '', , oid = ''] = line.slice(0, line.indexOf('\t')).split(' ')
    return { path: line.slice(line.indexOf('\t') + 1), oid, kind: kindOfMode(mode) }
  })
}

/** Takes apart what `git cat-file --batch` writes: `<oid> <type> <size> LF <content> LF`, or `<oid> missing LF`. */
class BatchParser {
  readonly found = new Map<string, Uint8Array>()
  readonly #limits: GitLimits
  #pending: Buffer[] = []
  #size = 0
  #needed = 1
  #total = 0

  constructor(limits: GitLimits) {
    this.#limits = limits
  }

  push(chunk: Buffer): void {
    this.#pending.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#needed) return
    const bytes = Buffer.concat(this.#pending)
    let at = 0
    for (;;) {
      const end = bytes.indexOf(10, at)
      this.#needed = 1
      if (end < 0) break
      const [oid = '', type, digits] = bytes.toString('latin1', at, end).split(' ')
      if (digits === undefined) {
        at = end + 1
        continue
      }
      const length = Number(digits)
      this.#check(oid, length)
      this.#needed = end + 1 + length + 1 - at
      if (bytes.length - at < this.#needed) break
      if (type === 'blob') this.found.set(oid, new Uint8Array(bytes.subarray(end + 1, end + 1 + length)))
      this.#total += length
      at += this.#needed
    }
    this.#pending = at < bytes.length ? [bytes.subarray(at)] : []
    this.#size = bytes.length - at
  }

  #check(oid: string, length: number): void {
    const { blobBytes, totalBytes } = this.#limits
    if (length > blobBytes) throw new LimitExceeded(`the file ${oid} has ${length} bytes, more than ${blobBytes}`)
    if (this.#total + length > totalBytes) throw new LimitExceeded(`the files have more than ${totalBytes} bytes`)
  }
}
