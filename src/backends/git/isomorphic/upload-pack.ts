import type { Session } from '../session.ts'
import { mostRefs, type RemoteRef } from '../transport.ts'
import { Turns } from '../turns.ts'
import type { Endpoint, GitHttp } from './http.ts'
import { delimiterPkt, flushPkt, pktLine } from './pkt-line.ts'
import { packOf, textLines, unexpectedLine } from './response.ts'

const agent = 'agent=git/fleetkit'

/** What the server says first. In version 0 of the protocol that includes all its refs; in version 2 they are requested. */
interface Service {
  readonly endpoint: Endpoint
  readonly version: 0 | 2
  readonly capabilities: ReadonlySet<string>
  readonly refs: readonly RemoteRef[]
}

/**
 * The client's side of git's upload-pack: version 2, where a server gives out any commit and names by prefix, and
 * version 0 for servers that know no other. Source: git's `gitprotocol-v2`, `gitprotocol-pack`, `gitprotocol-http`.
 */
export class UploadPack {
  readonly #http: GitHttp

  constructor(http: GitHttp) {
    this.#http = http
  }

  async refs(session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
    return await this.#list(session, await this.#discover(session, signal), prefixes, signal)
  }

  /** The pack of one commit without its history, or why there is none. */
  async commit(session: Session, commit: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'refused' | 'missing'> {
    const service = await this.#discover(session, signal)
    const want = service.version === 2 ? commit : wantFor(service, commit)
    if (want === undefined) return 'refused'
    return await this.#fetch(session, service, [want], true, signal)
  }

  /** The pack of all branches and tags with their history. */
  async history(session: Session, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'missing'> {
    const service = await this.#discover(session, signal)
    const refs = await this.#list(session, service, ['refs/heads/', 'refs/tags/'], signal)
    const wants = [...new Set(refs.map(({ oid }) => oid))]
    return wants.length === 0 ? 'missing' : await this.#fetch(session, service, wants, false, signal)
  }

  async #discover(session: Session, signal: AbortSignal): Promise<Service> {
    const { endpoint, response } = await this.#http.discover(session, signal)
    if (!response.contentType.startsWith('application/x-git-upload-pack-advertisement')) {
      for await (const _ of response.body) break // gives the connection back
      throw session.error('git/protocol', 'this is no git repository, or a server of the old kind that is nothing but files', {
        detail: `the response is ${JSON.stringify(response.contentType)}`,
      })
    }
    const lines = await textLines(session, response)
    if (lines[0]?.startsWith('# service=')) lines.shift()
    if (lines[0] === 'version 2') return { endpoint, version: 2, capabilities: new Set(lines.slice(1)), refs: [] }
    if (lines[0] === 'version 1') lines.shift()
    const [first = '', capabilities = ''] = (lines.shift() ?? '').split('\0')
    const service = { endpoint, version: 0 as const, capabilities: new Set(capabilities.split(' ')) }
    checkFormat(session, service.capabilities)
    const refs = first === '' || first.endsWith(' capabilities^{}') ? [] : await refsOfVersion0(session, [first, ...lines], signal)
    return { ...service, refs }
  }

  async #list(session: Session, service: Service, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const wanted = ({ name }: RemoteRef): boolean => prefixes.some((prefix) => name.startsWith(prefix))
    if (service.version === 0) return service.refs.filter(wanted)
    checkFormat(session, service.capabilities)
    const body =
      ['command=ls-refs\n', `${agent}\n`].map(pktLine).join('') +
      delimiterPkt +
      ['peel\n', ...prefixes.map((prefix) => `ref-prefix ${prefix}\n`)].map(pktLine).join('') +
      flushPkt
    const lines = await textLines(session, await this.#http.post(session, service.endpoint, 2, body, signal))
    checkNumber(session, lines)
    const turns = new Turns(signal)
    const refs: RemoteRef[] = []
    for (const line of lines) {
      if (turns.over) await turns.next()
      const [, oid, name, attributes] = /^([0-9a-f]{40}|unborn) (\S+)(.*)$/.exec(line) ?? []
      if (oid === undefined || name === undefined) throw unexpectedLine(session, line)
      const ref = { oid, name, peeled: / peeled:([0-9a-f]{40})/.exec(attributes ?? '')?.[1] }
      if (wanted(ref) && oid !== 'unborn') refs.push(ref)
    }
    return refs
  }

  async #fetch(
    session: Session,
    service: Service,
    wants: readonly string[],
    shallow: boolean,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | 'missing'> {
    const { version, capabilities, endpoint } = service
    checkFormat(session, capabilities)
    const offered =
      version === 2
        ? ([...capabilities]
            .find((line) => line.startsWith('fetch='))
            ?.slice(6)
            .split(' ') ?? [])
        : [...capabilities]
    const deepen = shallow && offered.includes('shallow') ? [pktLine('deepen 1\n')] : []
    const body =
      version === 2
        ? ['command=fetch\n', `${agent}\n`].map(pktLine).join('') +
          delimiterPkt +
          ['ofs-delta\n', 'no-progress\n', ...wants.map((oid) => `want ${oid}\n`)].map(pktLine).join('') +
          deepen.join('') +
          pktLine('done\n') +
          flushPkt
        : wants
            .map((oid, index) => pktLine(index === 0 ? `want ${oid} ${clientCapabilities(session, capabilities)}\n` : `want ${oid}\n`))
            .join('') +
          deepen.join('') +
          flushPkt +
          pktLine('done\n')
    const response = await this.#http.post(session, endpoint, version, body, signal)
    const pack = packOf(session, response)
    // The first piece says whether there is a pack at all.
    const first = await pack.next()
    if (first.value === 'missing') return 'missing'
    return (async function* () {
      if (first.done) return
      yield first.value as Uint8Array
      yield* pack as AsyncGenerator<Uint8Array, void, undefined>
    })()
  }
}

function checkNumber(session: Session, { length }: readonly string[]): void {
  if (length > mostRefs) throw session.error('git/limit', `the git server has ${length} names, more than ${mostRefs}`)
}

function checkFormat(session: Session, capabilities: ReadonlySet<string>): void {
  if (capabilities.has('object-format=sha256'))
    throw session.error('git/config', "the repository uses SHA-256, which only the backend 'cli' can read", { retryable: false })
}

function clientCapabilities(session: Session, offered: ReadonlySet<string>): string {
  if (!offered.has('side-band-64k'))
    throw session.error('git/protocol', 'the git server is too old: it does not multiplex', { retryable: false })
  // Azure DevOps insists on multi_ack, though nothing is acknowledged here.
  return [...['multi_ack', 'side-band-64k', 'ofs-delta', 'no-progress'].filter((name) => offered.has(name)), agent].join(' ')
}

/** In version 0, what to want to get a commit: itself where that is allowed, otherwise a ref that leads to it. */
function wantFor({ capabilities, refs }: Service, commit: string): string | undefined {
  const ref = refs.find(({ oid, peeled }) => oid === commit || peeled === commit)
  const allowed = capabilities.has('allow-reachable-sha1-in-want') || capabilities.has('allow-any-sha1-in-want')
  return ref?.oid ?? (allowed ? commit : undefined)
}

async function refsOfVersion0(session: Session, lines: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
  checkNumber(session, lines)
  const turns = new Turns(signal)
  const refs = new Map<string, { oid: string; name: string; peeled?: string }>()
  for (const line of lines) {
    if (turns.over) await turns.next()
    if (line.startsWith('shallow ')) continue
    const [, oid, name] = /^([0-9a-f]{40}) (\S+)$/.exec(line) ?? []
    if (oid === undefined || name === undefined) throw unexpectedLine(session, line)
    const tag = name.endsWith('^{}') ? refs.get(name.slice(0, -3)) : undefined
    if (tag !== undefined) tag.peeled = oid
    else refs.set(name, { oid, name })
  }
  return [...refs.values()]
}
