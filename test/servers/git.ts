import { execFile, spawn } from 'node:child_process'
import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GitFile, GitFiles } from 'fleetkit/memory'

const run = promisify(execFile)

/** What goes wrong with requests from now on. */
export type GitFault =
  | { readonly kind: 'delay'; readonly ms: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Resets the connection after so many bytes of a pack. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Ends the answer, properly for HTTP, after so many bytes of a pack. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Answers 200 with the right content type and nonsense. */
  | { readonly kind: 'garbage' }
  /** Redirects to the same path of another server. */
  | { readonly kind: 'redirect'; readonly to: string }

export interface GitServerOptions {
  readonly auth?: { readonly username: string; readonly password: string } | { readonly token: string } | undefined
  /** Serves https with a certificate of its own authority: `ca`. */
  readonly tls?: boolean | undefined
  /** Knows no protocol but version 0, as old servers do. */
  readonly version0?: boolean | undefined
  /** Configuration of every repository, such as `uploadpack.allowReachableSHA1InWant`. */
  readonly config?: Readonly<Record<string, string>> | undefined
}

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
}

export interface GitServer extends AsyncDisposable {
  readonly origin: string
  /** PEM of the authority, of a server with `tls`. */
  readonly ca: string | undefined
  readonly requests: SeenRequest[]
  /** TCP connections accepted. */
  connections: number
  fault: GitFault | undefined
  /** Makes an empty repository, served at its `url`. */
  repository(name: string): Promise<ServedRepository>
}

export interface ServedRepository {
  readonly url: string
  /** Where it is on disk. */
  readonly folder: string
  /** Adds a commit to `main`: the same one that `memoryGit` makes. */
  commit(files: GitFiles, options?: { readonly message?: string | undefined }): Promise<string>
  tag(name: string, target: string, options?: { readonly message?: string | undefined }): Promise<string>
  branch(name: string, commit: string): Promise<void>
  git(...args: string[]): Promise<string>
}

const startSeconds = Date.UTC(2026, 0, 1) / 1000
const isolated = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
}

/** A git server as they are: `git http-backend` behind node's http server, on a free loopback port. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'fleetkit-git-server-'))
  const sockets = new Set<Socket>()
  const identity = options.tls ? await makeCertificate(root) : undefined
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    served.requests.push({ method: request.method ?? '', path: request.url ?? '', authorization: request.headers.authorization })
    handle(root, options, served.fault, request, response).catch(() => response.destroy())
  }
  const server: Server =
    identity === undefined ? createServer(listener) : createTlsServer({ key: identity.key, cert: identity.cert }, listener)
  server.keepAliveTimeout = 60_000
  const served: GitServer = {
    origin: '',
    ca: identity?.ca,
    requests: [],
    connections: 0,
    fault: undefined,
    repository: (name) => makeRepository(join(root, `${name}.git`), `${served.origin}/${name}.git`, options.config ?? {}),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
  server.on('connection', (socket) => {
    served.connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const scheme = identity === undefined ? 'http' : 'https'
  return Object.assign(served, { origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** A bare repository made by git, with fixed authors and times. `url` is where it is to be had. */
export async function makeRepository(
  folder: string,
  url: string,
  config: Readonly<Record<string, string>> = {},
): Promise<ServedRepository> {
  await mkdir(folder, { recursive: true })
  const git = (...args: string[]): Promise<string> => runGit(['--git-dir', folder, ...args])
  await runGit(['init', '--quiet', '--bare', '--initial-branch=main', folder])
  for (const [key, value] of Object.entries(config)) await git('config', key, value)
  let count = 0
  return {
    url,
    folder,
    git,
    async commit(files, { message } = {}) {
      count++
      const parent = await git('rev-parse', '--verify', '--quiet', 'refs/heads/main').catch(() => undefined)
      const note = Buffer.from(message ?? `Commit ${count}`)
      const when = `fleetkit <fleetkit@example.com> ${startSeconds + count} +0000`
      const stream: (string | Uint8Array)[] = [
        `commit refs/heads/main\nauthor ${when}\ncommitter ${when}\ndata ${note.length}\n`,
        note,
        '\n',
      ]
      if (parent !== undefined) stream.push(`from ${parent}\n`)
      stream.push('deleteall\n')
      for (const [path, file] of Object.entries(files)) stream.push(...fileChange(path, file))
      await runGit(
        ['--git-dir', folder, 'fast-import', '--quiet', '--date-format=raw-permissive'],
        Buffer.concat(stream.map((part) => Buffer.from(part as Uint8Array))),
      )
      return await git('rev-parse', 'refs/heads/main')
    },
    async tag(name, target, { message } = {}) {
      if (message === undefined) await git('update-ref', `refs/tags/${name}`, target)
      else await git('tag', '--force', '--annotate', '-m', message, name, target)
      return await git('rev-parse', `refs/tags/${name}`)
    },
    async branch(name, commit) {
      await git('update-ref', `refs/heads/${name}`, commit)
    },
  }
}

function fileChange(path: string, file: GitFile): (string | Uint8Array)[] {
  const quoted = JSON.stringify(path)
  if (typeof file === 'object' && 'submodule' in file) return [`M 160000 ${file.submodule} ${quoted}\n`]
  const [mode, content] =
    typeof file === 'string' || file instanceof Uint8Array
      ? (['100644', file] as const)
      : 'link' in file
        ? (['120000', file.link] as const)
        : (['100755', file.executable] as const)
  const bytes = Buffer.from(content as Uint8Array)
  return [`M ${mode} inline ${quoted}\ndata ${bytes.length}\n`, bytes, '\n']
}

async function runGit(args: readonly string[], input?: Buffer): Promise<string> {
  const who = { NAME: 'fleetkit', EMAIL: 'fleetkit@example.com', DATE: `${startSeconds} +0000` }
  const people = Object.fromEntries(
    Object.entries(who).flatMap(([key, value]) => [`GIT_AUTHOR_${key}`, `GIT_COMMITTER_${key}`].map((name) => [name, value])),
  )
  const running = run('git', args, { env: { ...isolated, ...people }, maxBuffer: 2 ** 26 })
  running.child.stdin?.end(input)
  return (await running).stdout.trim()
}

async function handle(
  root: string,
  options: GitServerOptions,
  fault: GitFault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (fault?.kind === 'hang') return
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms))
  if (fault?.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers }).end(fault.body ?? '')
    return
  }
  if (fault?.kind === 'redirect') {
    response.writeHead(302, { location: fault.to + request.url }).end()
    return
  }
  if (fault?.kind === 'garbage') {
    const type = request.method === 'GET' ? 'advertisement' : 'result'
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${type}` }).end('zzzz this is no git\n'.repeat(50))
    return
  }
  if (!isAuthorized(options.auth, request.headers.authorization)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' }).end('no entry')
    return
  }
  const url = new URL(request.url ?? '/', 'http://localhost')
  const protocol = options.version0 ? undefined : request.headers['git-protocol']
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...isolated,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
      ...(protocol === undefined ? {} : { GIT_PROTOCOL: String(protocol) }),
    },
  })
  backend.stdin.on('error', () => {})
  backend.stderr.resume()
  request.pipe(backend.stdin)
  const gone = new AbortController()
  response.once('close', () => {
    backend.kill()
    gone.abort()
  })
  let head: Buffer | undefined = Buffer.alloc(0)
  let sent = 0
  const isPack = request.method === 'POST'
  for await (const chunk of backend.stdout as AsyncIterable<Buffer>) {
    let body = chunk
    if (head !== undefined) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      writeCgiHead(response, head.toString('latin1', 0, end))
      body = head.subarray(end + 4)
      head = undefined
    }
    sent += body.length
    if (isPack && (fault?.kind === 'cut' || fault?.kind === 'truncate') && sent > fault.afterBytes) {
      response.write(body.subarray(0, Math.max(0, body.length - (sent - fault.afterBytes))))
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (fault.kind === 'cut') response.destroy()
      else response.end()
      return
    }
    if (!response.write(body)) await once(response, 'drain', { signal: gone.signal })
  }
  response.end()
}

function writeCgiHead(response: ServerResponse, head: string): void {
  const fields = head
    .split('\r\n')
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
  const status = fields.find(([name]) => name === 'status')?.[1] ?? '200'
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(fields.filter(([name]) => name !== 'status')))
}

function isAuthorized(auth: GitServerOptions['auth'], header: string | undefined): boolean {
  if (auth === undefined) return true
  const wanted = 'token' in auth ? `Bearer ${auth.token}` : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
  const given = Buffer.from(header ?? '')
  return given.length === wanted.length && timingSafeEqual(given, Buffer.from(wanted))
}

async function makeCertificate(folder: string): Promise<{ readonly key: string; readonly cert: string; readonly ca: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ])
  const pem = await readFile(cert, 'utf8')
  return { key: await readFile(key, 'utf8'), cert: pem, ca: pem }
}
