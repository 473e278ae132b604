import { type GitLimits, type GitObject, LimitExceeded, type ObjectReader, type ObjectType, objectBytes } from '../transport.ts'
import { localEnvironment } from './environment.ts'
import { type Finished, runGit } from './run.ts'

/** Reads a bare repository by `git cat-file`: one program for any number of objects. */
export class CliObjects implements ObjectReader {
  readonly #gitdir: string
  readonly #limits: GitLimits

  constructor(gitdir: string, limits: GitLimits) {
    this.#gitdir = gitdir
    this.#limits = limits
  }

  async type(oid: string, signal: AbortSignal): Promise<ObjectType | undefined> {
    let output = ''
    const { exitCode } = await this.#run(['cat-file', '-t', oid], '', signal, (chunk) => (output += chunk.toString('latin1')))
    return exitCode === 0 ? (output.trim() as ObjectType) : undefined
  }

  async objects(oids: readonly string[], most: number, signal: AbortSignal): Promise<ReadonlyMap<string, GitObject>> {
    const parser = new BatchParser(objectBytes(this.#limits), most)
    const input = oids.map((oid) => `${oid}\n`).join('')
    const { exitCode, stderr } = await this.#run(['cat-file', '--batch', '--buffer'], input, signal, (chunk) => parser.push(chunk))
    if (exitCode !== 0) throw new Error(stderr)
    return parser.found
  }

  async #run(args: readonly string[], input: string, signal: AbortSignal, onOutput: (chunk: Buffer) => void): Promise<Finished> {
    return await runGit([`--git-dir=${this.#gitdir}`, ...args], { env: localEnvironment(), input, signal, onOutput })
  }
}

/** Takes apart what `git cat-file --batch` writes: `<oid> <type> <size> LF <content> LF`, or `<oid> missing LF`. */
class BatchParser {
  readonly found = new Map<string, GitObject>()
  readonly #objectBytes: number
  readonly #totalBytes: number
  #pending: Buffer[] = []
  #size = 0
  #needed = 1
  #total = 0

  constructor(objectBytes: number, totalBytes: number) {
    this.#objectBytes = objectBytes
    this.#totalBytes = totalBytes
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
      this.found.set(oid, { type: type as ObjectType, content: Buffer.from(bytes.subarray(end + 1, end + 1 + length)) })
      this.#total += length
      at += this.#needed
    }
    this.#pending = at < bytes.length ? [bytes.subarray(at)] : []
    this.#size = bytes.length - at
  }

  #check(oid: string, length: number): void {
    if (length > this.#objectBytes) throw new LimitExceeded(`the object ${oid} has ${length} bytes, more than ${this.#objectBytes}`)
    if (this.#total + length > this.#totalBytes) throw new LimitExceeded(`the objects have more than ${this.#totalBytes} bytes`)
  }
}
