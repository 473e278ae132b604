import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { type GitLimits, type GitObject, LimitExceeded, type ObjectReader, type ObjectType } from '../transport.ts'
import { Turns } from '../turns.ts'
import { PackIndex } from './pack/index-file.ts'
import { PackReader } from './pack/reader.ts'

/** Reads a bare repository whose objects are all in packs. Holds the indexes of the packs, and no file open. */
export class PackedObjects implements ObjectReader {
  readonly #folder: string
  readonly #limits: GitLimits
  #indexes: Promise<ReadonlyMap<string, PackIndex>> | undefined

  constructor(gitdir: string, limits: GitLimits) {
    this.#folder = join(gitdir, 'objects', 'pack')
    this.#limits = limits
  }

  async type(oid: string, signal: AbortSignal): Promise<ObjectType | undefined> {
    return await this.#read(signal, async (packs) => {
      for (const pack of packs) {
        const type = await pack.type(oid)
        if (type !== undefined) return type
      }
      return undefined
    })
  }

  async objects(oids: readonly string[], most: number, signal: AbortSignal): Promise<ReadonlyMap<string, GitObject>> {
    const found = new Map<string, GitObject>()
    let total = 0
    await this.#read(signal, async (packs) => {
      for (const pack of packs)
        for (const oid of pack.inOrder(oids)) {
          if (found.has(oid)) continue
          const object = await pack.read(oid)
          total += object.content.length
          if (total > most) throw new LimitExceeded(`the objects have more than ${most} bytes`)
          found.set(oid, object)
        }
    })
    return found
  }

  /** Calls `work` with a reader for each pack. */
  async #read<T>(signal: AbortSignal, work: (packs: readonly PackReader[]) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    this.#indexes ??= readIndexes(this.#folder)
    const indexes = await this.#indexes.catch((error: unknown) => {
      this.#indexes = undefined
      throw error
    })
    const turns = new Turns(signal)
    const files: FileHandle[] = []
    try {
      const readers: PackReader[] = []
      for (const [name, index] of indexes) {
        const file = await open(join(this.#folder, name))
        files.push(file)
        readers.push(new PackReader(file, (await file.stat()).size, index, this.#limits, turns))
      }
      return await work(readers)
    } finally {
      for (const file of files) await file.close()
    }
  }
}

/** By the name of the pack. */
async function readIndexes(folder: string): Promise<ReadonlyMap<string, PackIndex>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.idx')).sort()
  const indexes = names.map(async (name) => [name.replace(/idx$/, 'pack'), new PackIndex(await readFile(join(folder, name)))] as const)
  return new Map(await Promise.all(indexes))
}
