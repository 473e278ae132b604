import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Semaphore } from '../../../../async/semaphore.ts'

/** What knows the addresses of names. */
export interface NameSources {
  /** Asks name servers, without a thread. Gives none where they know none or do not answer. */
  query(name: string): Promise<readonly LookupAddress[]>
  /** Asks the machine (hosts file, search domains, name servers), which holds a thread of the process as long as that takes. */
  lookup(name: string): Promise<readonly LookupAddress[]>
  /** The text of the hosts file. */
  hosts(): Promise<string>
}

/**
 * The addresses of names. A lookup by the machine holds one of four threads, which files and ciphers use too, for as long as a name server
 * does not answer. So it is asked only for what name servers do not know, one name at a time, and one more of those that it has known.
 */
export class NameLookup {
  readonly #sources: NameSources
  readonly #pending = new Map<string, Promise<readonly LookupAddress[]>>()
  /** Names that the machine gave addresses for when it was last asked. */
  readonly #known = new Set<string>()
  readonly #lanes = { known: new Semaphore(1), unknown: new Semaphore(1) }

  constructor(sources: NameSources) {
    this.#sources = sources
  }

  /** All addresses of `name`, asked for once for all who wait. Rejects with the error of the machine when there are none. */
  resolve(name: string): Promise<readonly LookupAddress[]> {
    let pending = this.#pending.get(name)
    if (pending === undefined) {
      pending = this.#resolve(name).finally(() => this.#pending.delete(name))
      this.#pending.set(name, pending)
    }
    return pending
  }

  async #resolve(name: string): Promise<readonly LookupAddress[]> {
    // What the hosts file says holds before what name servers say, and is quick.
    if (this.#known.has(name) || isInHosts(await this.#sources.hosts(), name)) return this.#askMachine(name, this.#lanes.known)
    const addresses = await this.#sources.query(name)
    return addresses.length > 0 ? addresses : this.#askMachine(name, this.#lanes.unknown)
  }

  async #askMachine(name: string, lane: Semaphore): Promise<readonly LookupAddress[]> {
    using _turn = await lane.acquire()
    try {
      const addresses = await this.#sources.lookup(name)
      this.#known.add(name)
      return addresses
    } catch (error) {
      this.#known.delete(name)
      throw error
    }
  }
}

/** The `lookup` option of `net.connect`, by `names`. */
export function lookupBy(names: NameLookup): LookupFunction {
  return (name, { all }, callback) => {
    names.resolve(name).then(
      (addresses) => {
        const [{ address, family }] = addresses as [LookupAddress]
        if (all) callback(null, [...addresses])
        else callback(null, address, family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

type LookupFunction = (
  name: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void

/** The names of this machine. One for the process, as its threads are. */
export const systemNames: NameLookup = new NameLookup({ query: queryServers, lookup: (name) => dns.lookup(name, { all: true }), hosts })

async function queryServers(name: string): Promise<readonly LookupAddress[]> {
  // A new one reads which name servers there are now.
  const resolver = new dns.Resolver({ timeout: 2000, tries: 1 })
  const [v4, v6] = await Promise.all([resolver.resolve4(name).catch(() => []), resolver.resolve6(name).catch(() => [])])
  return [...v4.map((address) => ({ address, family: 4 })), ...v6.map((address) => ({ address, family: 6 }))]
}

const hostsFile: string =
  process.platform === 'win32' ? path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts') : '/etc/hosts'

function hosts(): Promise<string> {
  return readFile(hostsFile, 'utf8').catch(() => '')
}

function isInHosts(text: string, name: string): boolean {
  const wanted = name.toLowerCase()
  return text.split('\n').some((line) => {
    const [, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
    return names.includes(wanted)
  })
}
